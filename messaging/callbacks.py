"""What Twilio's word about a message does: forward moves only, and the consequences of a refusal."""

import dataclasses
import uuid
from typing import Any

from django.db import transaction

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


def find(*, ref: uuid.UUID | None, sid: str) -> Message | None:
    """The message a callback speaks of: by the id in its URL, else by the sid.

    A callback can be faster than the answer that brings the sid.
    """
    if ref is not None:
        found = Message.objects.filter(id=ref, direction="out").first()
        if found is not None and found.provider_sid in {"", sid}:
            return found
    return Message.objects.filter(provider_sid=sid, direction="out").first() if sid else None


def apply(message_id: uuid.UUID, word: Word) -> bool:
    """Move a message by Twilio's word; returns whether it moved.

    What comes late, twice or out of order is noted as an event and changes nothing. Of a carrier's refusal
    the ledger learns in the same transaction; the number's lock is taken before the message's.
    """
    with transaction.atomic():
        outcome = _consequence(message_id, word)
        # Only when there is something to tell: closing an already final message's number again helps nobody.
        before = Message.objects.get(id=message_id)
        to = FROM_TWILIO.get(word.status)
        if outcome is not None and to is not None and may_advance(before.status, to):
            record.close_numbers([outcome])
        message = Message.objects.select_for_update(no_key=True).get(id=message_id)
        moved = to is not None and may_advance(message.status, to)
        detail: dict[str, Any] = {"twilio_status": word.status, "code": word.code}
        if moved and to is not None:
            _move(message, to, word)
            if outcome is not None and outcome.action is Action.HALT_SENDER:
                record.halt(message.sender, word.code)
        now = clock.now()
        was = before.status if moved else message.status
        journal.note([(message.id, message.brand_id, was, message.status, detail)], cause=word.cause, at=now)
    return moved


def _consequence(message_id: uuid.UUID, word: Word) -> Outcome | None:
    if FROM_TWILIO.get(word.status) not in {Status.FAILED, Status.UNDELIVERED}:
        return None
    return Outcome(message_id=message_id, code=word.code, action=action_for_callback(word.code))


def _move(message: Message, to: Status, word: Word) -> None:
    now = clock.now()
    message.status = to
    message.settled_at = now
    message.due_at = None
    message.provider_sid = message.provider_sid or word.sid
    if word.code is not None:
        message.provider_code = word.code
    message.reason = str(word.code) if word.code and to in {Status.FAILED, Status.UNDELIVERED} else ""
    if to in WENT_OUT and message.handed_off_at is None:
        message.handed_off_at = now
    message.save(
        update_fields=[
            "status",
            "settled_at",
            "due_at",
            "provider_sid",
            "provider_code",
            "reason",
            "handed_off_at",
        ]
    )
