"""Recent opt-outs: what people wrote, how it was understood, how fast it held, and what they were told."""

import dataclasses
import uuid
from collections.abc import Sequence
from typing import Any

from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.utils.safestring import SafeString

from consent import admin_history
from consent.models import Act, ConsentEvent, Method
from consent.understanding import Understanding, understand
from contacts.admin_scope import BoundedPaginator
from contacts.admin_words import ago, pill
from messaging.models import Message, OptOutReplies, Origin
from smsapp.audit import permission
from webhooks.models import Kind, WebhookEvent

PER_PAGE = 40
CLOSING = (Act.REVOKED, Act.BLOCKED_BY_CARRIER, Act.UNDELIVERABLE, Act.ERASED)
# What a filter shows, by its name in the address.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "all": ("All", {"act__in": [*CLOSING, Act.HELD]}),
    "words": ("Plain words", {"act__in": CLOSING, "method": Method.PLAIN_WORDS}),
    "keywords": ("Keywords", {"act__in": CLOSING, "method": Method.KEYWORD}),
    "held": ("Held for a look", {"act": Act.HELD}),
    "team": ("By the team", {"act__in": CLOSING, "method__in": [Method.AGENT, Method.SUPPORT]}),
    "carrier": ("By the carrier", {"act__in": CLOSING, "method": Method.CARRIER}),
}
# What our own reading of an act comes out as.
_OUTCOMES = {Act.HELD: "held"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """One closing or hold. `doubt` is said when today's reading of the same words comes out otherwise."""

    event: ConsentEvent
    pill: SafeString
    words: str
    why: str
    language: str
    how: str
    by: str
    latency: str
    confirmation: str
    doubt: str
    afterwards: str


@dataclasses.dataclass(frozen=True, slots=True)
class Read:
    """A page of them, newest first."""

    rows: list[OptOut]
    page: Any


def read(request: HttpRequest, *, kind: str, page: str) -> Read:
    """The closings and holds of the user's brands; the queries do not grow with them."""
    events = permission.only(request, ConsentEvent.objects.filter(**KINDS[kind][1]))
    related = events.select_related("contact__brand", "point", "program", "evidence")
    found = BoundedPaginator(related.order_by("-recorded_at", "-id"), PER_PAGE).get_page(page)
    return Read(_told(list(found)), found)


def _told(events: Sequence[ConsentEvent]) -> list[OptOut]:
    names = admin_history.names_of(event.actor for event in events)
    said = {event.id: _evidence(event) for event in events}
    texts = _inbound_texts(said)
    latencies = _latencies([message.provider_sid for message in texts.values()])
    replies = _confirmations(list(texts))
    later = _came_back(events)
    rows = []
    for event in events:
        data = said[event.id]
        message = texts.get(_id_of(data))
        words = str(data.get("text") or data.get("words") or "")
        reading = understand(words, join_words=()) if words and message else None
        rows.append(
            OptOut(
                event=event,
                pill=pill(event.act, event.get_act_display()),
                words=words,
                why=str(data.get("why") or ""),
                language=_name_of(reading.language) if reading else "",
                how=str(event.get_method_display()),
                by=admin_history.actor(event.actor, names),
                latency=latencies.get(message.provider_sid, "") if message else "",
                confirmation=_confirmation(event, message, replies),
                doubt=_doubt(event, reading),
                afterwards=later.get((event.point_id, event.program_id, event.seq), ""),
            )
        )
    return rows


def _name_of(language: str) -> str:
    """A language by its English name, "Spanish" for "es"; one that has none here by its code."""
    named_here = {"ht": "Haitian Creole", "tl": "Tagalog", "zh": "Chinese"}
    return named_here.get(language) or str(LANG_INFO.get(language, {}).get("name", language))


def _evidence(event: ConsentEvent) -> dict[str, Any]:
    kept = getattr(event, "evidence", None)
    return kept.data if kept and isinstance(kept.data, dict) else {}


def _id_of(data: dict[str, Any]) -> uuid.UUID | None:
    try:
        return uuid.UUID(str(data.get("message")))
    except ValueError:
        return None


def _inbound_texts(said: dict[uuid.UUID, dict[str, Any]]) -> dict[uuid.UUID | None, Message]:
    """The texts that the events were made of, by id."""
    ids = [found for data in said.values() if (found := _id_of(data))]
    rows = Message.objects.filter(id__in=ids).select_related("sender")
    return {message.id: message for message in rows}


def _latencies(sids: list[str]) -> dict[str, str]:
    """From the arrival of each text to its closing, by Twilio's id; of a pulled one from when it was said."""
    rows = WebhookEvent.objects.filter(provider_sid__in=sids, kind=Kind.INBOUND)
    told = rows.values_list("provider_sid", "closed_after_ms", "said_at", "received_at")
    return {
        sid: f"{ago(received_at - said_at)}, by Twilio's list" if said_at else _milliseconds(closed_after)
        for sid, closed_after, said_at, received_at in told
    }


def _milliseconds(latency: float | None) -> str:
    return "" if latency is None else f"{latency:,.0f} ms"


def _confirmations(ids: list[uuid.UUID | None]) -> dict[uuid.UUID | None, Message]:
    """Our answers to these texts."""
    rows = Message.objects.filter(origin=Origin.CONSENT, origin_id__in=[each for each in ids if each])
    return {message.origin_id: message for message in rows}


def _confirmation(
    event: ConsentEvent, message: Message | None, replies: dict[uuid.UUID | None, Message]
) -> str:
    if message is None or event.act == Act.HELD:
        return ""
    if reply := replies.get(message.id):
        return f"by us: {reply.get_status_display().lower()}"
    if message.sender.opt_out_replies == OptOutReplies.TWILIO and event.method == Method.KEYWORD:
        return "by Twilio, for its own keywords"
    return "none: the number was closed already, or Twilio answers"


def _doubt(event: ConsentEvent, reading: Understanding | None) -> str:
    if reading is None or reading.outcome == _OUTCOMES.get(Act(event.act), "closed"):
        return ""
    return f"Read today, it would be {reading.outcome}: {reading.why}."


def _came_back(events: Sequence[ConsentEvent]) -> dict[tuple[Any, ...], str]:
    """What undid each of them later, in words, by (point, program, seq)."""
    undoing = (Act.RESUMED, Act.RELEASED, Act.GRANTED, Act.CONFIRMED)
    later = ConsentEvent.objects.filter(
        brand_id__in={event.brand_id for event in events},
        point_id__in={event.point_id for event in events},
        act__in=undoing,
    ).order_by("seq")
    by_place: dict[tuple[Any, Any], list[ConsentEvent]] = {}
    for event in later:
        by_place.setdefault((event.point_id, event.program_id), []).append(event)
    found = {}
    for event in events:
        place = (event.point_id, event.program_id)
        after = next((each for each in by_place.get(place, []) if each.seq > event.seq), None)
        if after:
            found[*place, event.seq] = _afterwards(after)
    return found


def _afterwards(event: ConsentEvent) -> str:
    what, how = event.get_act_display().lower(), event.get_method_display().lower()
    return f"{what} on {event.occurred_at:%-d %b %Y}, by {how}"
