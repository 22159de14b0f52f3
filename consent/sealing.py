"""Sealing: every new event gets its place in its brand's log, the log's tree grows, and its new head is signed."""

import logging
import time
import uuid
from typing import LiteralString

from django.db import connection, transaction
from django.db.models import Max

from consent import chain, merkle, signing
from consent.models import Seal, TreeHead, Unsealed
from consent.tiles import Tiles
from contacts import clock

log = logging.getLogger(__name__)

PAGE = 10_000  # events of one transaction and one head
SECONDS = 20.0  # of one round of the task

# One statement, so that an event leaves the queue exactly when it gets its place. Events that are recorded in the same
# moment keep the order of their ids; one that commits later than others just comes after them.
_PLACE: LiteralString = """
WITH next AS MATERIALIZED (
    SELECT waiting.recorded_at, waiting.event_id, event.hash
    FROM consent_unsealed waiting JOIN consent_consentevent event ON event.id = waiting.event_id
    WHERE waiting.brand_id = %(brand)s
    ORDER BY waiting.recorded_at, waiting.event_id LIMIT %(most)s
), page AS MATERIALIZED (
    SELECT *, %(size)s - 1 + row_number() OVER (ORDER BY recorded_at, event_id) AS position FROM next
), placed AS (
    INSERT INTO consent_seal (event_id, brand_id, position) SELECT event_id, %(brand)s, position FROM page
), done AS (
    DELETE FROM consent_unsealed waiting USING page
    WHERE waiting.brand_id = %(brand)s AND waiting.recorded_at = page.recorded_at
      AND waiting.event_id = page.event_id
)
SELECT hash FROM page ORDER BY position
"""


class BrokenTree(Exception):
    """The stored tree is not what the last head signed: nothing is sealed on top of it. `consent_verify` tells more."""


def seal_due() -> int:
    """Seal what waits, a page of each brand in turn, for at most 20 seconds; returns how many heads were signed.

    A brand whose tree is broken does not keep others from being sealed. Raises signing.UnusableKey.
    """
    until = time.monotonic() + SECONDS
    signed, due = 0, _brands_due()
    while due and time.monotonic() < until:
        due = [brand_id for brand_id in due if _seal_unless_broken(brand_id)]
        signed += len(due)
    return signed


def _brands_due() -> list[uuid.UUID]:
    """The brands with events that wait, and those whose newest head is not by the key that signs now."""
    key_id = signing.current().id
    waiting = Unsealed.objects.values_list("brand_id", flat=True).distinct()
    # By size, never by moment: a clock that was set back must not make an old key's head the newest.
    longest = TreeHead.objects.values("brand_id").annotate(size=Max("size"))
    ours = dict(longest.filter(key_id=key_id).values_list("brand_id", "size"))
    by_other = [brand for brand, size in longest.values_list("brand_id", "size") if ours.get(brand) != size]
    return sorted({*waiting, *by_other})


def _seal_unless_broken(brand_id: uuid.UUID) -> TreeHead | None:
    try:
        return seal(brand_id)
    except BrokenTree:
        log.exception("brand %s is not sealed any more", brand_id)
        return None


@transaction.atomic
def seal(brand_id: uuid.UUID) -> TreeHead | None:
    """Seal the brand's next page of events; the new head, or None when nothing waits or another does it right now.

    1. One sealer of a brand at a time: who does not get the lock leaves it to the other.
    2. Check that the stored tree is what the newest head signed.
    3. Give the events that wait their places, in the order in which they were recorded.
    4. Grow the tree by their hashes, and sign its new head. A new key signs the same tree again.

    Raises BrokenTree and signing.UnusableKey.
    """
    if not _is_ours(brand_id):
        return None
    key = signing.current()
    last = TreeHead.objects.filter(brand_id=brand_id).order_by("-size", "-signed_at", "-id").first()
    size = last.size if last else 0
    tiles = Tiles(brand_id)
    tiles.load_edge(size)
    _check(tiles, last)
    hashes = _place(brand_id, size)
    signed = TreeHead.objects.filter(brand_id=brand_id, size=size, key_id=key.id)
    if not hashes and (last is None or signed.exists()):
        return None
    tiles.grow(size, [merkle.leaf_hash(bytes.fromhex(each)) for each in hashes])
    return _sign(key, brand_id, size + len(hashes), tiles.read)


def reader(brand_id: uuid.UUID) -> merkle.Read:
    """The hashes of the brand's stored tree, for proofs; each row of it is read once."""
    return Tiles(brand_id).read


def _is_ours(brand_id: uuid.UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"consent.sealing {brand_id}"]
        )
        return bool(cursor.fetchone()[0])


def _check(tiles: Tiles, last: TreeHead | None) -> None:
    size, root = (last.size, last.root) if last else (0, merkle.EMPTY.hex())
    top = Seal.objects.filter(brand_id=tiles.brand_id).aggregate(top=Max("position"))["top"]
    places = 0 if top is None else top + 1
    if places != size:
        raise BrokenTree(f"the newest head of brand {tiles.brand_id} has {size} leaves, its seals {places}")
    try:
        found = merkle.root_at(size, tiles.read).hex()
    except LookupError as error:
        raise BrokenTree(f"brand {tiles.brand_id}: {error}") from error
    if found != root:
        raise BrokenTree(f"the stored tree of brand {tiles.brand_id} has not the root of its newest head")


def _place(brand_id: uuid.UUID, size: int) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, {"brand": brand_id, "size": size, "most": PAGE})
        return [digest for (digest,) in cursor.fetchall()]


def _sign(key: signing.Key, brand_id: uuid.UUID, size: int, read: merkle.Read) -> TreeHead:
    root, now = merkle.root_at(size, read).hex(), clock.now()
    content = signing.head_content(brand_id, size, root, chain.moment(now))
    return TreeHead.objects.create(
        brand_id=brand_id,
        size=size,
        root=root,
        signed_at=now,
        key_id=key.id,
        signature=key.sign(signing.head_message(content)),
    )
