"""When evidence may lawfully be missing: the ledger says so itself, in an event that comes after."""

import dataclasses
import uuid
from collections.abc import Collection, Iterable
from typing import Protocol

from consent import ledger
from consent.models import Act, ConsentEvent, Evidence, Method


class Event(Protocol):
    """The columns of an event that decide."""

    @property
    def seq(self) -> int: ...
    @property
    def act(self) -> str: ...
    @property
    def contact_id(self) -> uuid.UUID: ...
    @property
    def program_id(self) -> uuid.UUID | None: ...


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Place:
    """Whose evidence, on which number, in which program (None: what concerns the number in the whole brand)."""

    point_id: uuid.UUID
    contact_id: uuid.UUID
    program_id: uuid.UUID | None


def may_be_missing(events: Iterable[Event]) -> set[int]:
    """The `seq`s, among all events of one number, whose evidence may be gone without anybody having tampered.

    An `erased` event covers every event of its number. An `evidence_deleted` event covers the earlier events of
    the same contact in the same program (or, without one, of the number in the whole brand). Both are links of
    the chain and sealed like any other, so a deletion cannot be made lawful after the fact unseen.
    """
    newest_first = sorted(events, key=lambda each: each.seq, reverse=True)
    if any(event.act == Act.ERASED for event in newest_first):
        return {event.seq for event in newest_first}
    covered: set[int] = set()
    places: set[tuple[uuid.UUID, uuid.UUID | None]] = set()
    for event in newest_first:
        if (event.contact_id, event.program_id) in places:
            covered.add(event.seq)
        if event.act == Act.EVIDENCE_DELETED:
            places.add((event.contact_id, event.program_id))
    return covered


def delete(places: Collection[Place], *, actor: str) -> int:
    """Delete the evidence of these places, and say so in the ledger; returns how many rows went.

    Call it in a transaction. `actor` is "system" for a retention rule, or "user:<id>".
    """
    if not places:
        return 0
    ordered = sorted(places, key=lambda place: (place.point_id, place.contact_id, str(place.program_id)))
    ledger.record_many(
        [
            ledger.Entry(
                point_id=place.point_id,
                contact_id=place.contact_id,
                program_id=place.program_id,
                act=Act.EVIDENCE_DELETED,
                method=Method.SYSTEM,
                actor=actor,
            )
            for place in ordered
        ]
    )
    return sum(_delete_of(place) for place in ordered)


def _delete_of(place: Place) -> int:
    events = ConsentEvent.objects.filter(point_id=place.point_id, contact_id=place.contact_id)
    in_place = events.filter(program_id=place.program_id) if place.program_id else events.filter(program=None)
    count, _ = Evidence.objects.filter(event__in=in_place).delete()
    return count
