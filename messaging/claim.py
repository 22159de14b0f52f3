"""The claim: the short transaction in which a batch is locked, judged for the last time, and marked sending."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from consent.asking import Verdict
from consent.reasons import Reason
from contacts import clock
from contacts.ids import as_array, new_id
from messaging import journal, judging, spend
from messaging.models import Lane, Sender, Stage, Status
from messaging.outbox import due_after
from messaging.providers.twilio import Outgoing

# What a message must still have of its window to be worth handing over, and what we leave of it unused so
# that not even Twilio's own queue delivers late.
LEAST_VALIDITY = dt.timedelta(seconds=10)
MARGIN = dt.timedelta(seconds=30)
LONGEST_VALIDITY_SECONDS = 36_000  # Twilio's maximum


class Row(NamedTuple):
    """A due message as the claim reads it."""

    message_id: uuid.UUID
    brand_id: uuid.UUID
    sender_id: uuid.UUID
    point_id: uuid.UUID
    contact_id: uuid.UUID
    program_id: uuid.UUID | None
    purpose: str
    value: str
    likeness: int | None
    body: str
    segments: int
    status: str
    origin: str
    origin_id: uuid.UUID | None
    is_paid: bool  # it was claimed before, and came back: a spend cap has counted it
    is_too_late: bool  # its worth has ended; the moment itself nobody needs, and moments are slow to read


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What was claimed: `claim_id` marks the rows, `outgoing` are the requests to make."""

    claim_id: uuid.UUID
    outgoing: list[Outgoing]
    brands: dict[uuid.UUID, uuid.UUID]
    segments: int
    looked_at: int


def claim(sender: Sender, *, segments: int, limit: int, lanes: Sequence[Lane] = tuple(Lane)) -> Claim:
    """Claim due messages of a sender, worth at most `segments` (one longer message may go over).

    1. Lock due rows lane by lane, oldest first, skipping what another worker has.
    2. Lock their contact points, in the order of their ids and skipping those a STOP or another claim holds:
       a claim never waits for a point, so it can never deadlock with a STOP.
    3. Ask the gate, which from here on sees every STOP that has committed; none can commit before we do. What it
       allows must also fit into what may be spent.
    4. Mark what it allows as sending, under a lease; move the others; write the decisions; commit.
    """
    now = clock.now()
    claim_id = new_id()
    with transaction.atomic():
        due = _due(sender, now, limit, lanes)
        addresses = _lock_points(due)
        rows = _within([row for row in due if row.point_id in addresses], segments)
        if not rows:
            return Claim(claim_id=claim_id, outgoing=[], brands={}, segments=0, looked_at=0)
        verdicts = _judge(rows, now)
        allowed = [row for row in rows if verdicts[row.message_id].outcome == "allow"]
        _mark_sending(allowed, claim_id, now)
        _move(
            [(row, verdicts[row.message_id]) for row in rows if verdicts[row.message_id].outcome != "allow"],
            now,
        )
        journal.decide([(row.brand_id, verdicts[row.message_id]) for row in rows], stage=Stage.CLAIM, at=now)
    return Claim(
        claim_id=claim_id,
        outgoing=[
            _outgoing(row, sender, addresses[row.point_id], verdicts[row.message_id], now) for row in allowed
        ],
        brands={row.message_id: row.brand_id for row in allowed},
        segments=sum(row.segments for row in allowed),
        looked_at=len(rows),
    )


# Lane after lane, each by its index, and no further than the limit. An order of the whole would lock all lanes first.
_DUE = f"""
SELECT {", ".join(f"message.{name}" for name in Row._fields)}
  FROM unnest(%s::smallint[]) AS lane(lane)
 CROSS JOIN LATERAL (
       SELECT id AS message_id, brand_id, sender_id, point_id, contact_id, program_id, purpose, value, likeness, body,
              segments, status, origin, origin_id, attempts > 0 AS is_paid,
              coalesce(expires_at <= %s, false) AS is_too_late
         FROM messaging_message
        WHERE sender_id = %s AND messaging_message.lane = lane.lane AND due_at <= %s
          AND status IN ('queued', 'held')
        ORDER BY due_at
        LIMIT %s
          FOR NO KEY UPDATE SKIP LOCKED) AS message
 LIMIT %s
"""  # noqa: S608 - the names of fields above


def _due(sender: Sender, now: dt.datetime, limit: int, lanes: Sequence[Lane]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [[int(lane) for lane in lanes], now, sender.id, now, limit, limit])
        return list(map(Row._make, cursor.fetchall()))


def _lock_points(rows: list[Row]) -> dict[uuid.UUID, str]:
    """Where to send, as Twilio writes it, for each point that is now ours."""
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, CASE channel WHEN 'sms' THEN address ELSE channel || ':' || address END
              FROM contacts_contactpoint
             WHERE id = ANY(%s::uuid[])
             ORDER BY id
               FOR NO KEY UPDATE SKIP LOCKED
            """,
            [as_array({row.point_id for row in rows})],
        )
        return dict(cursor.fetchall())


def _within(rows: list[Row], segments: int) -> list[Row]:
    """The first rows that fit; a long message at the head goes even so, and its debt is charged later."""
    taken: list[Row] = []
    total = 0
    for row in rows:
        total += row.segments
        if taken and total > segments:
            break
        taken.append(row)
    return taken


def _judge(rows: list[Row], now: dt.datetime) -> dict[uuid.UUID, Verdict]:
    by_id = {row.message_id: row for row in rows}
    said = {v.message_id: _in_time(by_id[v.message_id], v, now) for v in judging.judge(rows, now=now)}
    return spend.spend(rows, said, now=now)


def _in_time(row: Row, verdict: Verdict, now: dt.datetime) -> Verdict:
    """Two reasons of the moment: a text past its worth is refused, a window about to shut is shut."""
    if row.is_too_late:
        return dataclasses.replace(verdict, outcome="refuse", reasons=(Reason.TOO_LATE.value,), until=None)
    ends = verdict.window_ends_at
    if verdict.outcome == "allow" and ends and ends - now < MARGIN + LEAST_VALIDITY:
        return dataclasses.replace(verdict, outcome="hold", reasons=(Reason.QUIET_HOURS.value,), until=ends)
    return verdict


def _mark_sending(rows: list[Row], claim_id: uuid.UUID, now: dt.datetime) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_message
               SET status = 'sending', claim_id = %s, lease_until = %s, attempts = attempts + 1, reason = '',
                   settled_at = %s
             WHERE id = ANY(%s::uuid[])
            """,
            [
                claim_id,
                now + dt.timedelta(seconds=settings.LEASE_SECONDS),
                now,
                as_array(row.message_id for row in rows),
            ],
        )
    detail = {"claim": str(claim_id)}
    journal.note(
        [(row.message_id, row.brand_id, row.status, Status.SENDING.value, detail) for row in rows],
        cause="claimed",
        at=now,
    )


def _move(judged: list[tuple[Row, Verdict]], now: dt.datetime) -> None:
    """Hold or refuse what the gate did not allow."""
    if not judged:
        return
    moves = [
        (
            row.message_id,
            (Status.HELD if verdict.outcome == "hold" else Status.REFUSED).value,
            verdict.reasons[0],
            due_after(verdict, now, now) if verdict.outcome == "hold" else None,
        )
        for row, verdict in judged
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_message m
               SET status = n.status, reason = n.reason, due_at = n.due_at, settled_at = %s
              FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::timestamptz[]) AS n(id, status, reason, due_at)
             WHERE m.id = n.id
            """,
            [now, *[list(column) for column in zip(*moves, strict=True)]],
        )
    changes: list[tuple[uuid.UUID, uuid.UUID, str, str, dict[str, Any]]] = [
        (row.message_id, row.brand_id, row.status, move[1], {"reasons": list(verdict.reasons)})
        for (row, verdict), move in zip(judged, moves, strict=True)
    ]
    journal.note(changes, cause="gate", at=now)


def _outgoing(row: Row, sender: Sender, to: str, verdict: Verdict, now: dt.datetime) -> Outgoing:
    validity = None
    if verdict.window_ends_at:
        left = int((verdict.window_ends_at - now - MARGIN).total_seconds())
        validity = min(left, LONGEST_VALIDITY_SECONDS)
    return Outgoing(
        message_id=row.message_id,
        to=to,
        from_address=sender.address,
        messaging_service_sid=sender.messaging_service_sid,
        body=row.body,
        validity_seconds=validity,
    )
