"""Storing a trusted request before anything is made of it, once per (MessageSid, kind, status)."""

import hashlib
import json
from typing import Any

from django.db import connection
from django.http import HttpRequest, QueryDict

from contacts import clock, reading
from webhooks.models import Kind, WebhookEvent
from webhooks.quarantine import printable

LONGEST_SID = 40
_WAIT_NO_LONGER = "SELECT set_config('lock_timeout', %s, true)"
_STORE = """
INSERT INTO webhooks_webhookevent
       (id, kind, provider_sid, status_key, params, query, received_at, said_at, attempts, problem, in_flight,
        closed_points)
VALUES (%(id)s, %(kind)s, %(provider_sid)s, %(status_key)s, %(params)s::jsonb, %(query)s::jsonb, %(received_at)s,
        %(said_at)s, 0, '', 0, '{}')
ON CONFLICT (provider_sid, kind, status_key) DO NOTHING
"""


def read(request: HttpRequest, kind: Kind) -> WebhookEvent:
    """What a trusted request says, as the event it will be; nothing is stored yet."""
    params = lists(request.POST)
    return WebhookEvent(
        kind=kind,
        provider_sid=sid_of(params),
        status_key=_status_key(params) if kind == Kind.STATUS else "",
        params=params,
        query=lists(request.GET),
        received_at=clock.now(),
    )


def store(event: WebhookEvent, *, wait_for_locks: str) -> tuple[WebhookEvent, bool]:
    """The stored event, and whether it is new; a repeat returns the row that was there, locked.

    A repeat that comes while the first one is still being worked on waits here for its commit. From here on the
    transaction waits for any one lock no longer than `wait_for_locks` ("5s").
    """
    same = {"kind": event.kind, "provider_sid": event.provider_sid, "status_key": event.status_key}
    told = same | {
        "id": event.id,
        "params": json.dumps(event.params),
        "query": json.dumps(event.query),
        "received_at": event.received_at,
        "said_at": event.said_at,
    }
    with reading.RoundTrip() as trip:
        stored = trip.ask(reading.change(_STORE, told))
        trip.ask(reading.rows(_WAIT_NO_LONGER, [wait_for_locks]))
    if not stored.answer:
        event = WebhookEvent.objects.select_for_update().get(**same)
    return event, bool(stored.answer)


def done(event: WebhookEvent) -> None:
    """Write down what became of an event."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE webhooks_webhookevent
               SET brand_id = %s, processed_at = %s, attempts = %s, problem = %s, closed_points = %s WHERE id = %s
            """,
            [
                event.brand_id,
                event.processed_at,
                event.attempts,
                event.problem,
                event.closed_points,
                event.id,
            ],
        )


def forget(event: WebhookEvent, *, problem: str) -> None:
    """Keep of an event only which one it was, and why: not who said it, nor what."""
    event.problem = problem
    event.params = {name: event.params[name] for name in ("MessageSid", "AccountSid") if name in event.params}
    WebhookEvent.objects.filter(id=event.id).update(params=event.params)


def learn(event: WebhookEvent) -> None:
    """Write down what a later request told of an event that was pulled."""
    WebhookEvent.objects.filter(id=event.id).update(params=event.params)


def waited(event: WebhookEvent, *, closed_after: float, answered_after: float, in_flight: int) -> None:
    """Note how long a closing took, and its answer (both in ms), and what was still in flight then."""
    with connection.cursor() as cursor:
        # Figures are not worth waiting for the disk: the closing itself is on it already, and Twilio waits for our
        # answer. That something was still in flight is no figure but a confession, and must not be lost.
        cursor.execute(
            """
            WITH hasty AS MATERIALIZED (
                 SELECT CASE WHEN %(in_flight)s = 0 THEN set_config('synchronous_commit', 'off', true) END)
            UPDATE webhooks_webhookevent
               SET closed_after_ms = %(closed)s, answered_after_ms = %(answered)s, in_flight = %(in_flight)s
              FROM hasty WHERE id = %(id)s
            """,
            {"closed": closed_after, "answered": answered_after, "in_flight": in_flight, "id": event.id},
        )


def first(params: dict[str, Any], name: str) -> str:
    """The first value of a parameter, or ""."""
    values = params.get(name) or [""]
    return str(values[0])


def lists(form: QueryDict) -> dict[str, list[str]]:
    """Every parameter with all its values, as text that PostgreSQL can store."""
    return {printable(name): [printable(str(value)) for value in values] for name, values in form.lists()}


def sid_of(params: dict[str, list[str]]) -> str:
    """What a request is kept under: its MessageSid, or a digest of its content when it has no usable one."""
    sid = first(params, "MessageSid") or first(params, "SmsSid") or first(params, "SmsMessageSid")
    if sid and len(sid) <= LONGEST_SID:
        return sid
    # Signed, but not by a name we can keep it under: its content names it.
    return "sha256:" + hashlib.sha256(repr(sorted(params.items())).encode()).hexdigest()[:32]


def _status_key(params: dict[str, list[str]]) -> str:
    status = first(params, "MessageStatus") or first(params, "SmsStatus")
    return f"{status} {first(params, 'ErrorCode')}".strip()[:60]
