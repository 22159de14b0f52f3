"""Verifying the log's tree: every event stands where it was sealed, and the stored rows of hashes follow from them."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from django.db.models import Count

from consent import merkle
from consent.merkle import FULL, HASH, HEIGHT, WIDTH, split
from consent.models import ConsentEvent, Seal, TreeTile
from consent.verifying_chains import EVENTS, Found
from consent.verifying_findings import Finding, Kind
from consent.verifying_leaves import EMPTY, Leaves

SEALS, TILES = "consent_seal", "consent_treetile"
AT_ONCE = 64  # tiles of one query


class Tree:
    """One pass over the tree of a brand.

    Roots are computed from the stored tree wherever it has the hashes. So a changed event is told from a changed
    tree: in the first case the heads still fit the tree, in the second they do not.
    """

    def __init__(self, brand_id: uuid.UUID, leaves: Leaves, found: Found) -> None:
        self.brand_id = brand_id
        self.leaves = leaves
        self.found = found
        self._empty: list[int] = []
        self._differing: list[int] = []

    def verify(self, sizes: Iterable[int], proven: bytes) -> dict[int, bytes]:
        """Check every tile; returns the root that the log had at each of these sizes, as far as it reaches.

        `proven` are the roots of the tiles of leaves that need no closer look, as `verifying_jobs.Tops` has them.
        """
        roots: dict[int, bytes] = {}
        edge, tops = merkle.Edge(), list[bytes]()
        wanted = sorted({size for size in sizes if 0 < size <= self.leaves.size}, reverse=True)
        known = split(proven)
        stored = self._stored(0, [tile for tile, top in enumerate(known) if top == EMPTY])
        for tile, top in enumerate(known):
            begin, end = tile * WIDTH, min((tile + 1) * WIDTH, self.leaves.size)
            is_proven = top != EMPTY
            if not is_proven or (wanted and wanted[-1] <= end):
                hashes = (
                    split(self.leaves.row(begin, end)) if is_proven else self._leaf_hashes(tile, next(stored))
                )
                roots |= _roots(edge, hashes, wanted)
            if end == begin + WIDTH:
                tops.append(top if is_proven else merkle.full_root(b"".join(hashes)))
                edge = merkle.Edge(begin, edge.subtrees)
                edge.append_subtree(HEIGHT, tops[-1])
        self._verify_above(tops)
        self._verify_beyond()
        self._name_rows()
        return roots

    def _leaf_hashes(self, tile: int, stored: bytes) -> list[bytes]:
        """The leaf hashes of a tile, after comparing what the events give with what is stored."""
        begin = tile * WIDTH
        row = self.leaves.row(begin, begin + WIDTH)
        expected = split(row)
        if row == stored and EMPTY not in expected:
            return expected
        self._empty += [begin + at for at, leaf in enumerate(expected) if leaf == EMPTY]
        if len(stored) != len(row):
            self._changed(
                0, tile, f"it holds {len(stored) // HASH} hashes, and {len(expected)} events are there"
            )
            return expected
        kept = split(stored)
        self._differing += [
            begin + at
            for at, leaf in enumerate(expected)
            if leaf not in {EMPTY, kept[at]}
        ]  # fmt: skip
        return kept

    def _verify_above(self, tops: list[bytes]) -> None:
        """The tiles above the leaves, level by level."""
        level, below = 1, tops
        while below:
            tops = []
            for tile, stored in enumerate(self._stored(level, range(-(-len(below) // WIDTH)))):
                row = b"".join(below[tile * WIDTH : (tile + 1) * WIDTH])
                if row != stored:
                    self._changed(level, tile, "its hashes are not those of the tiles below it")
                if len(row) == FULL:
                    tops.append(merkle.full_root(row))
            level, below = level + 1, tops

    def _verify_beyond(self) -> None:
        """Tiles that no leaf leads to."""
        size, level = self.leaves.size, 0
        rows = TreeTile.objects.filter(brand_id=self.brand_id)
        while size:
            for tile in rows.filter(level=level, index__gte=-(-size // WIDTH)):
                self._changed(level, tile.index, "it lies beyond the end of the log")
            size, level = size // WIDTH, level + 1
        for tile in rows.filter(level__gte=level):
            self._changed(tile.level, tile.index, "it lies above the top of the tree")

    def _stored(self, level: int, tiles: Sequence[int]) -> Iterator[bytes]:
        """The hashes of these tiles of a level; of a missing tile, none."""
        for begin in range(0, len(tiles), AT_ONCE):
            page = tiles[begin : begin + AT_ONCE]
            rows = TreeTile.objects.filter(brand_id=self.brand_id, level=level, index__in=page)
            known = {index: bytes(hashes) for index, hashes in rows.values_list("index", "hashes")}
            for index in page:
                yield known.get(index, b"")[: FULL + HASH]

    def _name_rows(self) -> None:
        """Say of each place that is wrong which event it is about."""
        impossible = {*self._claimed_twice(), *self.leaves.outside}
        wrong = {*self._empty, *self._differing, *impossible}
        seals = Seal.objects.filter(brand_id=self.brand_id, position__in=wrong)
        places: dict[int, list[uuid.UUID]] = {}
        for position, event_id in seals.values_list("position", "event_id"):
            places.setdefault(position, []).append(event_id)
        events = ConsentEvent.objects.in_bulk([each for ids in places.values() for each in ids])
        for position in self._differing:
            for event in (events[each] for each in places.get(position, ()) if each in events):
                said = f"its hash is not the one that was sealed at place {position}"
                self.found(Finding(Kind.LEAF_DIFFERS, EVENTS, str(event.id), said, event.point_id, event.seq))
        gone = [position for position in self._empty if position not in places]
        for position in sorted({*self._empty} - {*gone}):
            for event_id in places[position]:
                moved = events.get(event_id)
                if moved is None:
                    said = f"it was sealed at place {position}, and is not there any more"
                    self.found(Finding(Kind.EVENT_GONE, EVENTS, str(event_id), said))
                else:
                    said = f"it was sealed at place {position} of another brand's log"
                    self.found(
                        Finding(Kind.LEAF_DIFFERS, EVENTS, str(event_id), said, moved.point_id, moved.seq)
                    )
        for first, last in _runs(gone):
            said = "no event has this place" if first == last else f"no event has a place up to {last}"
            self.found(Finding(Kind.SEAL_GONE, SEALS, f"place {first}", said))
        for position in sorted(impossible):
            ids = " and ".join(map(str, places.get(position, ())))
            self.found(
                Finding(Kind.SEAL_GONE, SEALS, f"place {position}", f"claimed by {ids}, which cannot be")
            )

    def _claimed_twice(self) -> list[int]:
        """Places that more than one event claims; looked for only when claims outnumber places."""
        if self.leaves.claims - len(self.leaves.outside) + len(self._empty) <= self.leaves.size:
            return []
        seals = Seal.objects.filter(brand_id=self.brand_id).order_by().values("position")
        return list(
            seals.annotate(claims=Count("event")).filter(claims__gt=1).values_list("position", flat=True)
        )

    def _changed(self, level: int, tile: int, said: str) -> None:
        self.found(Finding(Kind.TREE_CHANGED, TILES, f"tile {level}/{tile}", said))


def _roots(edge: merkle.Edge, hashes: list[bytes], wanted: list[int]) -> dict[int, bytes]:
    """The roots at the wanted sizes within the next tile; takes them off the end of `wanted`."""
    roots: dict[int, bytes] = {}
    end = edge.size + len(hashes)
    if not wanted or wanted[-1] > end:
        return roots
    growing = merkle.Edge(edge.size, edge.subtrees)
    for leaf in hashes:
        growing.append(leaf)
        if wanted and wanted[-1] == growing.size:
            roots[wanted.pop()] = growing.root()
    return roots


def _runs(positions: list[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of neighbouring places."""
    for _, group in groupby(enumerate(sorted(positions)), key=lambda each: each[1] - each[0]):
        run = [position for _, position in group]
        yield run[0], run[-1]
