"""A status callback: Twilio's word about a message of ours."""

import logging
import uuid
from collections.abc import Sequence
from typing import Any

import orjson
from django.db import DatabaseError

from contacts import reading
from messaging import callbacks
from messaging.models import Status
from messaging.states import FROM_TWILIO, WENT_OUT, before
from webhooks.models import WebhookEvent
from webhooks.store import first
from webhooks.together import Together

log = logging.getLogger(__name__)

LONGEST_CODE = 6
# Of these the ledger or the sender may have to learn: they take the long way.
_BAD = {Status.FAILED, Status.UNDELIVERED}

# Lock the messages, store the events unless they are repeats, move the messages if that is forward, note it. Each step
# reads the one before, so their order is fixed, and a callback that finds no message of ours leaves no trace here. A
# message that somebody else has at the moment is left to the long way: nothing here waits, so nothing can deadlock.
# One step into the index for each message: left to itself PostgreSQL reads all of a table that it takes for small.
_SETTLE = """
WITH word AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS word(
        event uuid, ref uuid, sid text, key text, status_key text, params jsonb, query jsonb, at timestamptz,
        became text, before text[], code int, handed_off_at timestamptz, detail jsonb)
), found AS MATERIALIZED (
    SELECT m.id, m.brand_id, m.status, word.*
      FROM word CROSS JOIN LATERAL (
           SELECT id, brand_id, status FROM messaging_message
            WHERE id = word.ref AND direction = 'out' AND provider_sid IN ('', word.sid)
              FOR NO KEY UPDATE SKIP LOCKED) AS m
), stored AS (
    INSERT INTO webhooks_webhookevent
           (id, brand_id, kind, provider_sid, status_key, params, query, received_at, processed_at, attempts,
            problem, in_flight, closed_points)
    SELECT event, brand_id, 'status', key, status_key, params, query, at, at, 1, '', 0, '{}'
      FROM found
    ON CONFLICT (provider_sid, kind, status_key) DO NOTHING
    RETURNING id AS event
), moved AS (
    UPDATE messaging_message m
       SET status = became, settled_at = at, due_at = NULL, reason = '',
           provider_sid = CASE m.provider_sid WHEN '' THEN sid ELSE m.provider_sid END,
           provider_code = coalesce(code, m.provider_code),
           handed_off_at = coalesce(m.handed_off_at, found.handed_off_at)
      FROM found JOIN stored USING (event)
     WHERE m.id = found.id AND found.status = ANY(before)
), noted AS (
    INSERT INTO messaging_messageevent (message_id, brand_id, at, was, became, cause, detail)
    SELECT id, brand_id, at, status, CASE WHEN status = ANY(before) THEN became ELSE status END, 'callback', detail
      FROM found JOIN stored USING (event)
)
SELECT event FROM stored
"""
MOST_TOGETHER = 64


def settle(event: WebhookEvent) -> bool:
    """Store and apply a callback in one statement, when it is the plain case; else do nothing and return False.

    Plain is: new, good news, about a message that its own URL names. Three of these come for each text, and those
    that come at once share the statement and its commit. Twilio does not repeat a callback: what fails here goes the
    long way, which stores it before anything else.
    """
    ref, word = _uuid(first(event.query, "ref")), _word(event)
    to = FROM_TWILIO.get(word.status)
    if ref is None or not word.sid or to is None or to in _BAD:
        return False
    try:
        return bool(_settle_together(_told(event, ref, word, to)))
    except DatabaseError:
        log.exception("webhook event %s goes the long way", event.id)
        return False


def _told(event: WebhookEvent, ref: uuid.UUID, word: callbacks.Word, to: Status) -> dict[str, Any]:
    return {
        "event": event.id,
        "ref": ref,
        "sid": word.sid,
        "key": event.provider_sid,
        "status_key": event.status_key,
        "params": event.params,
        "query": event.query,
        "at": event.received_at,
        "became": to.value,
        "before": before(to),
        "code": word.code,
        "handed_off_at": event.received_at if to in WENT_OUT else None,
        "detail": {"twilio_status": word.status, "code": word.code},
    }


def _settle_all(told: Sequence[dict[str, Any]]) -> list[bool]:
    """Which of these callbacks, each about another message, were stored and applied."""
    with reading.prepared() as cursor:
        cursor.execute(_SETTLE, [orjson.dumps(told).decode()])
        stored = {event_id for (event_id,) in cursor.fetchall()}
    return [each["event"] in stored for each in told]


_settle_together = Together(_settle_all, key=lambda told: told["ref"], most=MOST_TOGETHER)


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
