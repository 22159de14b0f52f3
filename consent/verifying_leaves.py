"""The hashes of a brand's log while it is verified: 32 bytes a place, in a file that memory need not hold."""

import mmap
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from consent.tiles import HASH, split

EMPTY = bytes(HASH)  # no SHA-256 that anybody will ever see


class Leaves:
    """The event hashes by place; a place that no event claims stays empty."""

    def __init__(self, size: int, *, path: str | None = None) -> None:
        """`path`: the file of another process's `Leaves` of this size, to put more into it."""
        self.size = size
        self.outside: list[int] = []  # places beyond the log that an event claims
        self.claims = 0  # more than there are places: some are claimed twice
        self._file = Path(path).open("r+b") if path else tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by __exit__
        self.path = path or self._file.name
        if not path:
            self._file.truncate(max(1, size) * HASH)
        self._map = mmap.mmap(self._file.fileno(), 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._map.close()
        self._file.close()

    def put(self, position: int, digest: bytes) -> None:
        """The event with this hash (hex) claims this place."""
        self.claims += 1
        if not 0 <= position < self.size:
            self.outside.append(position)
        else:
            begin = position * HASH
            self._map[begin : begin + HASH] = _bytes_of(digest)

    def add(self, claims: int, outside: Iterable[int]) -> None:
        """What another process claimed."""
        self.claims += claims
        self.outside += outside

    def row(self, begin: int, end: int) -> list[bytes]:
        """The hashes of these places; `EMPTY` where there is none."""
        return split(self._map[begin * HASH : end * HASH])


def _bytes_of(digest: bytes) -> bytes:
    """The 32 bytes; of what is no hash, something that no tree has as a leaf."""
    try:
        found = bytes.fromhex(digest.decode())
    except ValueError:
        found = b""
    return found if len(found) == HASH else b"\xff" * HASH
