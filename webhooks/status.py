"""A status callback: Twilio's word about a message of ours."""

import uuid

from messaging import callbacks
from webhooks.models import WebhookEvent
from webhooks.store import first

LONGEST_CODE = 6


def handle(event: WebhookEvent) -> None:
    """Move the message the callback speaks of. An unknown message is a problem to see, not an error to retry."""
    ref = _uuid(first(event.query, "ref"))
    sid = event.provider_sid if not event.provider_sid.startswith("sha256:") else ""
    found = callbacks.find(ref=ref, sid=sid[:34])
    if found is None:
        event.problem = "no message of ours has this id"
        return
    message_id, event.brand_id = found
    status = first(event.params, "MessageStatus") or first(event.params, "SmsStatus")
    code = first(event.params, "ErrorCode")
    callbacks.apply(
        message_id,
        callbacks.Word(
            status=status,
            sid=sid[:34],
            code=int(code) if code.isascii() and code.isdigit() and len(code) <= LONGEST_CODE else None,
            cause="callback",
        ),
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
