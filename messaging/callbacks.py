"""What Twilio's word about a message does: forward moves only, and the consequences of a refusal."""

import dataclasses
import uuid
from typing import Any

from django.db import connection, transaction

from contacts import clock
from messaging import journal, record
from messaging.models import Message, Status
from messaging.providers.errors import Action, action_for_callback
from messaging.providers.twilio import Outcome
from messaging.states import FROM_TWILIO, WENT_OUT, may_advance


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Twilio's word about one message: by callback, or when we looked."""

    status: str  # Twilio's own
    sid: str
    code: int | None
    cause: str  # callback or looked_up


def find(*, ref: uuid.UUID | None, sid: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """(message id, brand id) of what a callback speaks of: by the id in its URL, else by the sid.

    A callback can be faster than the answer that brings the sid.
    """
    with connection.cursor() as cursor:
        if ref is not None:
            cursor.execute(
                "SELECT id, brand_id FROM messaging_message"
                " WHERE id = %s AND direction = 'out' AND provider_sid IN ('', %s)",
                [ref, sid],
            )
            if found := cursor.fetchone():
                return found[0], found[1]
        if not sid:
            return None
        cursor.execute(
            "SELECT id, brand_id FROM messaging_message WHERE provider_sid = %s AND direction = 'out'", [sid]
        )
        found = cursor.fetchone()
    return (found[0], found[1]) if found else None


def apply(message_id: uuid.UUID, word: Word) -> bool:
    """Move a message by Twilio's word; returns whether it moved.

    What comes late, twice or out of order is noted as an event and changes nothing. Of a carrier's refusal
    the ledger learns in the same transaction; the number's lock is taken before the message's. Three
    callbacks come for each text, so this path is written in two statements.
    """
    to = FROM_TWILIO.get(word.status)
    # Inside the webhook's own savepoint another one would only cost two more round trips.
    with transaction.atomic(savepoint=False):
        action = _consequence(message_id, to, word)
        brand_id, sender_id, was = _lock(message_id)
        moved = to is not None and may_advance(was, to)
        if moved and to is not None:
            _move(message_id, to, word)
            if action is Action.HALT_SENDER:
                record.halt(sender_id, word.code)
        became = to if moved and to is not None else was
        detail: dict[str, Any] = {"twilio_status": word.status, "code": word.code}
        journal.note([(message_id, brand_id, was, became, detail)], cause=word.cause, at=clock.now())
    return moved


def _consequence(message_id: uuid.UUID, to: str | None, word: Word) -> Action | None:
    """What a failure asks for; where that concerns the number, the ledger is told before the message is locked."""
    if to not in {Status.FAILED, Status.UNDELIVERED}:
        return None
    action = action_for_callback(word.code)
    # Only while there is something to tell: a final message's repeated word closes nothing again.
    if action in record.CONSENT_ACTS and may_advance(Message.objects.get(id=message_id).status, to):
        record.close_numbers([Outcome(message_id=message_id, code=word.code, action=action)])
    return action


def _lock(message_id: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT brand_id, sender_id, status FROM messaging_message WHERE id = %s FOR NO KEY UPDATE",
            [message_id],
        )
        brand_id, sender_id, status = cursor.fetchone()
    return brand_id, sender_id, status


def _move(message_id: uuid.UUID, to: Status, word: Word) -> None:
    now = clock.now()
    is_bad = to in {Status.FAILED, Status.UNDELIVERED}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_message
               SET status = %(to)s, settled_at = %(now)s, due_at = NULL, reason = %(reason)s,
                   provider_sid = CASE provider_sid WHEN '' THEN %(sid)s ELSE provider_sid END,
                   provider_code = coalesce(%(code)s, provider_code),
                   handed_off_at = coalesce(handed_off_at, %(handed_off_at)s)
             WHERE id = %(id)s
            """,
            {
                "id": message_id,
                "to": to.value,
                "now": now,
                "sid": word.sid,
                "code": word.code,
                "reason": str(word.code) if word.code and is_bad else "",
                "handed_off_at": now if to in WENT_OUT else None,
            },
        )
