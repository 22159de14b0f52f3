"""Storing a trusted request before anything is made of it, once per (MessageSid, kind, status)."""

import hashlib
from typing import Any

from django.http import HttpRequest, QueryDict

from contacts import clock
from webhooks.models import Kind, WebhookEvent
from webhooks.quarantine import printable

LONGEST_SID = 40


def store(request: HttpRequest, kind: Kind) -> tuple[WebhookEvent, bool]:
    """The stored event, and whether it is new; a repeat returns the row that was there."""
    params = lists(request.POST)
    event, is_new = WebhookEvent.objects.get_or_create(
        provider_sid=sid_of(params),
        kind=kind,
        status_key=_status_key(params) if kind == Kind.STATUS else "",
        defaults={"params": params, "query": lists(request.GET), "received_at": clock.now()},
    )
    return event, is_new


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
