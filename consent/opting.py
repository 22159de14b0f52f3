"""What a person's own words do to consent: leave, come back, join, or be held until somebody has looked."""

import uuid
from typing import Any

from consent import ledger
from consent.models import CONSENTED, Act, Method, Program, Subscription
from consent.models import Status as Standing
from consent.projection import OWN_WORDS
from contacts.models import ContactPoint


def close(point_id: uuid.UUID, *, method: Method, evidence: dict[str, Any]) -> bool:
    """Close the number for the whole brand; returns whether it was open (so a confirmation is due)."""
    was_open = not _is_closed(point_id)
    ledger.record(
        ledger.Entry(point_id=point_id, act=Act.REVOKED, method=method, actor="customer", evidence=evidence)
    )
    return was_open


def reopen(point_id: uuid.UUID, *, evidence: dict[str, Any]) -> bool:
    """START: undo what the person's own words closed, and nothing else. Returns whether the number is open now.

    A number that was never closed is left as it is: START agrees to nothing new.
    """
    row = Subscription.objects.filter(point_id=point_id, program=None).first()
    if row is None or not row.closed_by:
        return True
    ledger.record(
        ledger.Entry(
            point_id=point_id, act=Act.RESUMED, method=Method.KEYWORD, actor="customer", evidence=evidence
        )
    )
    return set(row.closed_by) <= OWN_WORDS


def hold(point_id: uuid.UUID, *, evidence: dict[str, Any]) -> None:
    """Nothing automatic goes out until a person has looked."""
    ledger.record(
        ledger.Entry(
            point_id=point_id, act=Act.HELD, method=Method.PLAIN_WORDS, actor="customer", evidence=evidence
        )
    )


def join(point: ContactPoint, program: Program, *, evidence: dict[str, Any]) -> bool:
    """A join word: agree to what the program sends. Returns False where the number stays closed.

    Texting the word is a fresh affirmative act, so it also undoes what the person's own words closed; what
    a carrier, the team or an opt-out list closed stays closed.
    """
    if not reopen(point.id, evidence=evidence):
        return False
    ledger.record(
        ledger.Entry(
            point_id=point.id,
            program_id=program.id,
            act=Act.GRANTED,
            method=Method.KEYWORD,
            actor="customer",
            purposes=tuple(key for kind in CONSENTED if (key := program.purpose_key(kind))),
            evidence=evidence,
        )
    )
    return True


def _is_closed(point_id: uuid.UUID) -> bool:
    return Subscription.objects.filter(point_id=point_id, program=None, status=Standing.CLOSED).exists()
