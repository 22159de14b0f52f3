"""The leaves of a brand's log while it is verified: 32 bytes a place, in a file that memory need not hold."""

import mmap
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from consent.merkle import HASH

EMPTY = bytes(HASH)  # no SHA-256 that anybody will ever see


class Leaves:
    """The leaf hashes by place; a place that no event claims stays empty."""

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

    def put(self, position: int, leaf: bytes) -> None:
        """An event with this leaf hash claims this place."""
        self.claims += 1
        if 0 <= position < self.size:
            begin = position * HASH
            self._map[begin : begin + HASH] = leaf
        else:
            self.outside.append(position)

    def add(self, claims: int, outside: Iterable[int]) -> None:
        """What another process claimed."""
        self.claims += claims
        self.outside += outside

    def row(self, begin: int, end: int) -> bytes:
        """The leaf hashes of these places, as far as the log reaches, in a row; `EMPTY` where there is none."""
        return self._map[begin * HASH : min(end, self.size) * HASH]
