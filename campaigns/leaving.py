"""Closing a number, or leaving a program, whoever says so: recorded, and everything on its way to it is stopped."""

import dataclasses
import datetime as dt
from typing import Any

from django.db import transaction

from campaigns import journeys
from consent import join_requests, ledger, opting
from consent.models import CONSENTED, Act, Method, Program
from consent.reasons import Reason
from contacts import clock, reading
from contacts.models import ContactPoint
from messaging import in_flight, outbox


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a closing found. `in_flight`: requests that could not be waited for."""

    was_open: bool
    in_flight: int = 0


def leave(
    point: ContactPoint,
    *,
    method: Method,
    actor: str,
    evidence: dict[str, Any],
    program: Program | None = None,
    purposes: tuple[str, ...] = (),
    act: Act = Act.REVOKED,
    said_at: dt.datetime | None = None,
    locked: ledger.Locked | None = None,
) -> bool:
    """Close the number for the whole brand, or (with a program) leave that program, in the caller's transaction.

    With `purposes` (keys) only these are left; with the last one the whole program is.

    1. Lock the number, unless the caller has it `locked`: from here on nothing is claimed for it until the commit.
    2. Record the closing; `evidence` is JSON-ready, `said_at` (aware UTC; None: now) when it was said.
    3. Cancel what waits for it, end its journeys, and end its open requests to join.

    Returns whether it was open. What Twilio is being sent already is waited for after the commit: `leave_now`, or
    `messaging.in_flight.wait`.
    """
    program_id = program.id if program else None
    with transaction.atomic(savepoint=False):
        locked = locked or ledger.lock([point.id])
        was_open = opting.close(
            point.id,
            method=method,
            actor=actor,
            act=act,
            program_id=program_id,
            purposes=purposes,
            evidence=evidence,
            said_at=said_at,
            locked=locked,
        )
        is_all_left = not purposes or locked.is_closed(point.id, program_id)
        with reading.RoundTrip() as trip:
            trip.ask(_cancellation(point, program, purposes))
            if is_all_left:
                trip.ask(journeys.ending(point.brand_id, point.id, program_id=program_id))
            requests = trip.ask(join_requests.open_ids(point.id)) if is_all_left else None
        if requests and requests.answer:
            join_requests.withdraw(
                point.id, program_id=program_id, method=method, actor=actor, said_at=said_at
            )
    return was_open


def _cancellation(
    point: ContactPoint, program: Program | None, purposes: tuple[str, ...]
) -> reading.Question[int]:
    """What waits and may no longer go: all of it, or what the program sends, or that for these purposes."""
    if program is None:
        return outbox.cancellation_for_point(point.brand_id, point.id, reason=Reason.NUMBER_CLOSED)
    kinds = [key.partition(":")[0] for key in purposes] or [str(kind) for kind in CONSENTED]
    return outbox.cancellation_in_program(
        point.brand_id, point.id, program.id, kinds=kinds, reason=Reason.LEFT_PROGRAM
    )


def leave_now(point: ContactPoint, **how: Any) -> Left:
    """`leave` in a transaction of its own, then wait, for a bounded time, until nothing more can reach Twilio.

    Not for use inside a transaction: what waits for a commit that has not happened waits in vain.
    """
    since = clock.now()
    was_open = leave(point, **how)
    return Left(was_open=was_open, in_flight=in_flight.wait([point.id], closed_since=since))
