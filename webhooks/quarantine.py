"""Requests that failed the signature check: never acted on, kept for a person to look at."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from django.db.models import F
from django.http import HttpRequest

from consent import keywords
from contacts import clock
from webhooks import signature
from webhooks.models import Kind, QuarantinedRequest

# So many a minute are kept whole; a flood beyond that only counts on the latest row.
KEPT_PER_MINUTE: Final = 60
LONGEST_BODY: Final = 4000


def keep(request: HttpRequest, *, kind: Kind, why: str) -> None:
    """Keep a refused request, within the rate."""
    now = clock.now()
    recent = QuarantinedRequest.objects.filter(received_at__gt=now - dt.timedelta(minutes=1))
    if recent.count() >= KEPT_PER_MINUTE:
        QuarantinedRequest.objects.filter(id=recent.latest("id").id).update(repeats=F("repeats") + 1)
        return
    QuarantinedRequest.objects.create(
        kind=kind,
        received_at=now,
        remote_address=printable(request.META.get("REMOTE_ADDR", ""))[:64],
        url=printable(signature.url(request))[:500],
        why=why,
        body=printable(raw_body(request))[:LONGEST_BODY],
        looks_like_stop=_looks_like_stop(request),
    )


def raw_body(request: HttpRequest) -> str:
    """The body as text; what cannot be read any more is put together from the parsed form."""
    try:
        return request.body.decode("utf-8", "replace")
    except Exception:  # noqa: BLE001 - too large, cut off, or read already: the form is what there is
        return urlencode(_form(request))


def printable(text: str) -> str:
    """Text that PostgreSQL can store: NUL and lone surrogates become the replacement character."""
    return text if text.isprintable() else re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def _looks_like_stop(request: HttpRequest) -> bool:
    found = keywords.match(str(_form(request).get("Body", ""))[:200])
    return found is not None and found.kind == "stop"


def _form(request: HttpRequest) -> Mapping[str, str]:
    try:
        return request.POST
    except Exception:  # noqa: BLE001 - a form that cannot be parsed has no fields
        return {}
