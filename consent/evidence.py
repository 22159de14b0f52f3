"""Deleting evidence: what is deleted, the ledger says so (`missing_evidence`)."""

import dataclasses
import uuid
from collections.abc import Collection

from consent import ledger
from consent.models import Act, ConsentEvent, Evidence, Method


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Place:
    """Whose evidence, on which number, in which program (None: what concerns the number in the whole brand)."""

    point_id: uuid.UUID
    contact_id: uuid.UUID
    program_id: uuid.UUID | None


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
