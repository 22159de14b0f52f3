"""What a person's own words do to consent: leave, come back, join, or be held until somebody has looked.

`said_at` (aware UTC; None: now) is when the person said it. A text that is taken up late, after a failure, must
not undo what the person has said since.
"""

import datetime as dt
import uuid
from typing import Any

from consent import ledger
from consent.models import CONSENTED, Act, Method, Program, Subscription
from consent.models import Status as Standing
from consent.projection import OWN_WORDS
from contacts.models import ContactPoint


def close(
    point_id: uuid.UUID, *, method: Method, evidence: dict[str, Any], said_at: dt.datetime | None = None
) -> bool:
    """Close the number for the whole brand; returns whether it was open (so a confirmation is due)."""
    was_open = not Subscription.objects.filter(
        point_id=point_id, program=None, status=Standing.CLOSED
    ).exists()
    _record(point_id, Act.REVOKED, method, evidence, said_at)
    return was_open


def reopen(point_id: uuid.UUID, *, evidence: dict[str, Any], said_at: dt.datetime | None = None) -> bool:
    """START: undo what the person's own words closed before, and nothing else.

    Returns whether the number is open now. A number that was never closed is left as it is: START agrees to
    nothing new. A STOP said after this START stays.
    """
    row = Subscription.objects.filter(point_id=point_id, program=None).first()
    if row is None or not row.closed_by:
        return True
    if said_at is not None and row.closed_at is not None and row.closed_at > said_at:
        return False
    _record(point_id, Act.RESUMED, Method.KEYWORD, evidence, said_at)
    return set(row.closed_by) <= OWN_WORDS


def hold(point_id: uuid.UUID, *, evidence: dict[str, Any], said_at: dt.datetime | None = None) -> None:
    """Nothing automatic goes out until a person has looked."""
    _record(point_id, Act.HELD, Method.PLAIN_WORDS, evidence, said_at)


def join(
    point: ContactPoint, program: Program, *, evidence: dict[str, Any], said_at: dt.datetime | None = None
) -> bool:
    """A join word: agree to what the program sends. Returns False where the number stays closed.

    Texting the word is a fresh affirmative act, so it also undoes what the person's own words closed; what
    a carrier, the team or an opt-out list closed stays closed.
    """
    if not reopen(point.id, evidence=evidence, said_at=said_at):
        return False
    purposes = tuple(key for kind in CONSENTED if (key := program.purpose_key(kind)))
    _record(point.id, Act.GRANTED, Method.KEYWORD, evidence, said_at, program=program, purposes=purposes)
    return True


def _record(
    point_id: uuid.UUID,
    act: Act,
    method: Method,
    evidence: dict[str, Any],
    said_at: dt.datetime | None,
    *,
    program: Program | None = None,
    purposes: tuple[str, ...] = (),
) -> None:
    ledger.record(
        ledger.Entry(
            point_id=point_id,
            program_id=program.id if program else None,
            act=act,
            method=method,
            actor="customer",
            purposes=purposes,
            occurred_at=said_at,
            evidence=evidence,
        )
    )
