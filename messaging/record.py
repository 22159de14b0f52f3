"""Writing down what became of a batch of requests: all outcomes in one statement, and what follows from them."""

import datetime as dt
import random
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from consent import ledger
from consent.models import Act, Method
from consent.reasons import Reason
from contacts import clock
from messaging import journal, outbox, spend
from messaging.models import Message, Sender, Status
from messaging.providers.errors import Action, describe
from messaging.providers.twilio import Outcome

# After "too many requests": wait about this long, not all at once.
BACK_OFF = dt.timedelta(seconds=2)

BECOMES = {
    Action.FAIL: Status.FAILED,
    Action.CLOSE_NUMBER: Status.FAILED,
    Action.NUMBER_DEAD: Status.FAILED,
    Action.HOLD_NUMBER: Status.FAILED,
    Action.STOP_CAMPAIGN: Status.FAILED,
    Action.BACK_OFF: Status.QUEUED,
    Action.HALT_SENDER: Status.QUEUED,  # nothing was created, so it goes when the sender is mended
    Action.UNKNOWN: Status.UNKNOWN,
}


def record(outcomes: Sequence[Outcome], *, sender: Sender, claim_id: uuid.UUID) -> None:
    """Write the outcomes of one claim.

    A row that is no longer ours to move (a callback was faster, or the lease ended and somebody settled it)
    keeps its state; the outcome is noted as an event all the same.
    """
    if not outcomes:
        return
    now = clock.now()
    rows = [_row(outcome, now) for outcome in outcomes]
    with transaction.atomic():
        close_numbers(outcomes)
        moved = _update(rows, claim_id, now)
        changes = [
            (
                outcome.message_id,
                sender.brand_id,
                Status.SENDING.value if outcome.message_id in moved else "",
                row[1],
                _detail(outcome),
            )
            for outcome, row in zip(outcomes, rows, strict=True)
        ]
        journal.note(changes, cause="answered", at=now)
        came_back = [row[0] for row in rows if row[1] == Status.QUEUED.value and row[0] in moved]
        spend.give_back(sender.id, came_back, now=now)
        halting = next((outcome for outcome in outcomes if outcome.action is Action.HALT_SENDER), None)
        if halting:
            halt(sender.id, halting.code)


def _row(outcome: Outcome, now: dt.datetime) -> tuple[Any, ...]:
    status = Status.HANDED_OFF if outcome.accepted else BECOMES[outcome.action or Action.UNKNOWN]
    due = None
    if status == Status.QUEUED:
        due = now + BACK_OFF * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
    elif status == Status.UNKNOWN:
        # Twilio may be at work on it still: the first look at its list waits, as after a lease that ended.
        due = now + dt.timedelta(seconds=settings.LOOK_UP_AFTER_SECONDS)
    return (
        outcome.message_id,
        status.value,
        outcome.sid,
        outcome.code,
        "" if outcome.accepted else str(outcome.code or (outcome.action and outcome.action.value) or ""),
        now if outcome.accepted else None,
        due,
    )


def _update(rows: Sequence[tuple[Any, ...]], claim_id: uuid.UUID, now: dt.datetime) -> set[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_message m
               SET status = CASE WHEN m.status IN ('sending', 'unknown') THEN o.status ELSE m.status END,
                   provider_sid = CASE WHEN o.sid <> '' THEN o.sid ELSE m.provider_sid END,
                   provider_code = coalesce(o.code, m.provider_code),
                   reason = CASE WHEN m.status IN ('sending', 'unknown') THEN o.reason ELSE m.reason END,
                   handed_off_at = coalesce(m.handed_off_at, o.handed_off_at),
                   due_at = CASE WHEN m.status IN ('sending', 'unknown')
                                 THEN coalesce(o.due_at, %(now)s) ELSE m.due_at END,
                   settled_at = CASE WHEN m.status IN ('sending', 'unknown')
                                     THEN %(now)s ELSE m.settled_at END
              FROM unnest(%(ids)s::uuid[], %(statuses)s::text[], %(sids)s::text[], %(codes)s::int[],
                          %(reasons)s::text[], %(handed)s::timestamptz[], %(due)s::timestamptz[])
                   AS o(id, status, sid, code, reason, handed_off_at, due_at)
             WHERE m.id = o.id AND m.claim_id = %(claim)s
            RETURNING m.id, m.status = o.status
            """,
            {
                "now": now,
                "claim": claim_id,
                **dict(
                    zip(
                        ("ids", "statuses", "sids", "codes", "reasons", "handed", "due"),
                        (list(column) for column in zip(*rows, strict=True)),
                        strict=True,
                    )
                ),
            },
        )
        return {message_id for message_id, is_moved in cursor.fetchall() if is_moved}


def _detail(outcome: Outcome) -> dict[str, Any]:
    if outcome.accepted:
        return {"sid": outcome.sid}
    return {"code": outcome.code, "why": outcome.detail, "was_sent": outcome.was_sent}


CONSENT_ACTS = {
    Action.CLOSE_NUMBER: Act.BLOCKED_BY_CARRIER,
    Action.NUMBER_DEAD: Act.UNDELIVERABLE,
    Action.HOLD_NUMBER: Act.HELD,
}


def close_numbers(outcomes: Sequence[Outcome]) -> None:
    """What the provider's refusals mean for consent: the ledger learns what the carrier knows.

    What waits for a number that this closes is canceled; its journeys end with the next round of
    `campaigns.departed`. What is held waits on, for a person to look.
    """
    telling = {o.message_id: o for o in outcomes if o.action in CONSENT_ACTS}
    if not telling:
        return
    found = Message.objects.filter(id__in=telling).values_list("id", "brand_id", "point_id")
    brands = {point_id: brand_id for _, brand_id, point_id in found}
    points = {message_id: point_id for message_id, _, point_id in found}
    ledger.record_many(
        [
            ledger.Entry(
                point_id=points[message_id],
                act=CONSENT_ACTS[outcome.action] if outcome.action else Act.HELD,
                method=Method.CARRIER,
                actor="carrier",
                evidence={
                    "message": str(message_id),
                    "code": outcome.code,
                    "meaning": describe(outcome.code),
                },
            )
            for message_id, outcome in telling.items()
        ]
    )
    closed = {points[each] for each, outcome in telling.items() if outcome.action is not Action.HOLD_NUMBER}
    for point_id in sorted(closed):
        outbox.cancel_but_consent(brands[point_id], point_id, reason=Reason.NUMBER_CLOSED)


def halt(sender_id: uuid.UUID, code: int | None) -> None:
    """Let nothing more leave from a sender until a person has mended it."""
    Sender.objects.filter(id=sender_id, halted_at=None).update(
        halted_at=clock.now(), halted_why=f"{code or ''} {describe(code)}".strip()[:200]
    )
