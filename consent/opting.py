"""What a person's own words do to consent: leave, come back, join, or be held until somebody has looked.

`said_at` (aware UTC; None: now) is when the person said it. A text that is taken up late, after a failure, must
not undo what the person has said since.
"""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from consent import ledger
from consent.models import CONSENTED, Act, JoinRequest, Method, Program, Subscription
from consent.projection import FROM_HANDSET
from contacts.models import ContactPoint


def close(
    point_id: uuid.UUID,
    *,
    method: Method,
    evidence: dict[str, Any],
    actor: str = "customer",
    act: Act = Act.REVOKED,
    program_id: uuid.UUID | None = None,
    purposes: tuple[str, ...] = (),
    said_at: dt.datetime | None = None,
    locked: ledger.Locked | None = None,
) -> bool:
    """Close the number for the whole brand, in one program, or for some of its purposes; whether it was open there.

    Whoever closes a number calls `campaigns.leaving`, which also stops what is on its way. `locked`: the number, if
    the transaction has locked it already.
    """
    entry = ledger.Entry(
        point_id=point_id,
        program_id=program_id,
        act=act,
        method=method,
        actor=actor,
        purposes=purposes,
        occurred_at=said_at,
        evidence=evidence,
    )
    with transaction.atomic(savepoint=False):
        locked = locked or ledger.lock([point_id])
        was_open = not locked.is_closed(point_id, program_id)
        ledger.record(entry, locked=locked)
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
    return set(row.closed_by) <= FROM_HANDSET


def hold(
    point_id: uuid.UUID,
    *,
    evidence: dict[str, Any],
    said_at: dt.datetime | None = None,
    locked: ledger.Locked | None = None,
) -> None:
    """Nothing automatic goes out until a person has looked. `locked`: as in `close`."""
    _record(point_id, Act.HELD, Method.PLAIN_WORDS, evidence, said_at, locked=locked)


def purposes_of(program: Program) -> tuple[str, ...]:
    """The keys of every purpose that the program asks people to agree to."""
    return tuple(key for kind in CONSENTED if (key := program.purpose_key(kind)))


def join(
    point: ContactPoint,
    program: Program,
    *,
    evidence: dict[str, Any],
    purposes: tuple[str, ...] = (),
    said_at: dt.datetime | None = None,
) -> bool:
    """A join word: agree to what the program sends, or to these purposes of it; False where it stays closed.

    Texting the word is a fresh affirmative act, so it also undoes what the person's own words closed; what
    a carrier, the team or an opt-out list closed stays closed.
    """
    if not reopen(point.id, evidence=evidence, said_at=said_at):
        return False
    agreed = purposes or purposes_of(program)
    _record(point.id, Act.GRANTED, Method.KEYWORD, evidence, said_at, program=program, purposes=agreed)
    return _is_open(point.id, program)


def confirm(request: JoinRequest, *, evidence: dict[str, Any], said_at: dt.datetime | None = None) -> bool:
    """The handset's answer to a join request: agree to what was asked. Returns as `join` does.

    A request by a join word came from the handset too, so the two together undo what the person's own words closed.
    """
    if not reopen(request.point_id, evidence=evidence, said_at=said_at):
        return False
    ledger.record(
        ledger.Entry(
            point_id=request.point_id,
            contact_id=request.event.contact_id,
            program_id=request.program_id,
            act=Act.CONFIRMED,
            method=Method.KEYWORD,
            actor="customer",
            purposes=tuple(request.purposes),
            disclosure_id=request.disclosure_id,
            occurred_at=said_at,
            evidence=evidence,
        )
    )
    return _is_open(request.point_id, request.program)


def _is_open(point_id: uuid.UUID, program: Program) -> bool:
    return Subscription.objects.filter(
        brand_id=program.brand_id, point_id=point_id, program=program, closed_by=[]
    ).exists()


def _record(
    point_id: uuid.UUID,
    act: Act,
    method: Method,
    evidence: dict[str, Any],
    said_at: dt.datetime | None,
    *,
    program: Program | None = None,
    purposes: tuple[str, ...] = (),
    locked: ledger.Locked | None = None,
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
        ),
        locked=locked,
    )
