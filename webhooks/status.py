"""A status callback: Twilio's word about a message of ours."""

import json
import logging
import uuid

from django.db import DatabaseError, connection

from messaging import callbacks
from messaging.models import Status
from messaging.states import FROM_TWILIO, WENT_OUT, before
from webhooks.models import WebhookEvent
from webhooks.store import first

log = logging.getLogger(__name__)

LONGEST_CODE = 6
# Of these the ledger or the sender may have to learn: they take the long way.
_BAD = {Status.FAILED, Status.UNDELIVERED}

# Lock the message, store the event unless it is a repeat, move the message if that is forward, note it. Each step
# reads the one before, so their order is fixed, and a callback that finds no message of ours leaves no trace here.
_SETTLE = """
WITH found AS MATERIALIZED (
    SELECT id, brand_id, status FROM messaging_message
     WHERE id = %(ref)s AND direction = 'out' AND provider_sid IN ('', %(sid)s)
       FOR NO KEY UPDATE
), stored AS (
    INSERT INTO webhooks_webhookevent
           (id, brand_id, kind, provider_sid, status_key, params, query, received_at, processed_at, attempts,
            problem, in_flight, closed_points)
    SELECT %(event)s, brand_id, 'status', %(key)s, %(status_key)s, %(params)s::jsonb, %(query)s::jsonb, %(now)s,
           %(now)s, 1, '', 0, '{}'
      FROM found
    ON CONFLICT (provider_sid, kind, status_key) DO NOTHING
    RETURNING id
), moved AS (
    UPDATE messaging_message m
       SET status = %(to)s, settled_at = %(now)s, due_at = NULL, reason = '',
           provider_sid = CASE m.provider_sid WHEN '' THEN %(sid)s ELSE m.provider_sid END,
           provider_code = coalesce(%(code)s::int, m.provider_code),
           handed_off_at = coalesce(m.handed_off_at, %(handed_off_at)s::timestamptz)
      FROM found, stored
     WHERE m.id = found.id AND found.status = ANY(%(before)s)
), noted AS (
    INSERT INTO messaging_messageevent (message_id, brand_id, at, was, became, cause, detail)
    SELECT found.id, brand_id, %(now)s, status, CASE WHEN status = ANY(%(before)s) THEN %(to)s ELSE status END,
           'callback', %(detail)s::jsonb
      FROM found, stored
)
SELECT count(*) FROM stored
"""


def settle(event: WebhookEvent) -> bool:
    """Store and apply a callback in one statement, when it is the plain case; else do nothing and return False.

    Plain is: new, good news, about a message that its own URL names. Three of these come for each text. Twilio does
    not repeat a callback: what fails here goes the long way, which stores it before anything else.
    """
    ref, word = _uuid(first(event.query, "ref")), _word(event)
    to = FROM_TWILIO.get(word.status)
    if ref is None or not word.sid or to is None or to in _BAD:
        return False
    try:
        return _settle(event, ref, word, to)
    except DatabaseError:
        log.exception("webhook event %s goes the long way", event.id)
        return False


def _settle(event: WebhookEvent, ref: uuid.UUID, word: callbacks.Word, to: Status) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            _SETTLE,
            {
                "ref": ref,
                "sid": word.sid,
                "event": event.id,
                "key": event.provider_sid,
                "status_key": event.status_key,
                "params": json.dumps(event.params),
                "query": json.dumps(event.query),
                "now": event.received_at,
                "to": to.value,
                "before": before(to),
                "code": word.code,
                "handed_off_at": event.received_at if to in WENT_OUT else None,
                "detail": json.dumps({"twilio_status": word.status, "code": word.code}),
            },
        )
        (stored,) = cursor.fetchone()
    return bool(stored)


def handle(event: WebhookEvent) -> None:
    """Move the message the callback speaks of. An unknown message is a problem to see, not an error to retry."""
    word = _word(event)
    found = callbacks.find(ref=_uuid(first(event.query, "ref")), sid=word.sid)
    if found is None:
        event.problem = "no message of ours has this id"
        return
    message_id, event.brand_id = found
    callbacks.apply(message_id, word)


def _word(event: WebhookEvent) -> callbacks.Word:
    code = first(event.params, "ErrorCode")
    return callbacks.Word(
        status=first(event.params, "MessageStatus") or first(event.params, "SmsStatus"),
        sid=event.provider_sid[:34] if not event.provider_sid.startswith("sha256:") else "",
        code=int(code) if code.isascii() and code.isdigit() and len(code) <= LONGEST_CODE else None,
        cause="callback",
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
