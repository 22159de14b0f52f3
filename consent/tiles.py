"""The stored tree of a brand's log: rows of 256 hashes, from which every subtree's hash is had by reading one row."""

import uuid
from collections.abc import Iterator, Sequence

from consent import merkle
from consent.merkle import FULL, HASH, HEIGHT, WIDTH
from consent.models import TreeTile

Place = tuple[int, int]  # a tile's level and index


class Tiles:
    """The tiles of one brand; each is read once."""

    def __init__(self, brand_id: uuid.UUID) -> None:
        self.brand_id = brand_id
        self._known: dict[Place, bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        """The hash of the full subtree over leaves [index · 2**level, (index + 1) · 2**level).

        Raises LookupError when the stored tree does not reach so far.
        """
        height = level % HEIGHT
        tile, first = divmod(index << height, WIDTH)
        found = self._tile((level // HEIGHT, tile))[first * HASH : (first + (1 << height)) * HASH]
        if len(found) != HASH << height:
            raise LookupError(f"the stored tree has no subtree {index} at level {level}")
        return merkle.full_root(found)

    def load_edge(self, size: int) -> None:
        """Read the last tile of every level of a tree of this size, in one query."""
        places = [(level, size >> HEIGHT * (level + 1)) for level in levels(size)]
        rows = TreeTile.objects.filter(brand_id=self.brand_id, level__lte=len(places))
        for level, index, hashes in rows.filter(index__in={index for _, index in places}).values_list(
            "level", "index", "hashes"
        ):
            self._known[level, index] = bytes(hashes)

    def grow(self, size: int, leaves: Sequence[bytes]) -> None:
        """Append leaf hashes to a tree of this size, and store it: some tiles filled up, some new.

        Raises LookupError when the last tiles do not hold exactly that size.
        """
        changed: dict[Place, bytes] = {}
        level, added = 0, leaves
        while added:
            count = size >> HEIGHT * level
            changed |= (grown := dict(self._append(level, count, added)))
            full = [hashes for hashes in grown.values() if len(hashes) == FULL]
            level, added = level + 1, [merkle.full_root(hashes) for hashes in full]
        self._known |= changed
        TreeTile.objects.bulk_create(
            [
                TreeTile(brand_id=self.brand_id, level=level, index=index, hashes=hashes)
                for (level, index), hashes in changed.items()
            ],
            update_conflicts=True,
            unique_fields=["brand", "level", "index"],
            update_fields=["hashes"],
        )

    def _append(self, level: int, count: int, added: Sequence[bytes]) -> Iterator[tuple[Place, bytes]]:
        """The tiles of a level of `count` hashes that change when some are added."""
        tile, held = divmod(count, WIDTH)
        before = self._tile((level, tile)) if held else b""
        if len(before) != held * HASH:
            raise LookupError(f"tile {level}/{tile} of the stored tree does not hold {held} hashes")
        row = before + b"".join(added)
        for begin in range(0, len(row), FULL):
            yield (level, tile + begin // FULL), row[begin : begin + FULL]

    def _tile(self, place: Place) -> bytes:
        if place not in self._known:
            level, index = place
            row = TreeTile.objects.filter(brand_id=self.brand_id, level=level, index=index)
            self._known[place] = bytes(row.values_list("hashes", flat=True).first() or b"")
        return self._known[place]


def levels(size: int) -> range:
    """The levels of tiles that a tree of this size has hashes in."""
    return range(max(1, -(-size.bit_length() // HEIGHT)))
