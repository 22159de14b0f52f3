"""What happened to a person's permissions, told in words."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.safestring import SafeString

from consent.models import Act, ConsentEvent, Method
from contacts.admin_words import ago, pill

MOST_SHOWN = 200
_AT_ONCE = dt.timedelta(minutes=15)
_NAMES = {
    "page": "Page",
    "url": "Page",
    "evidence_url": "Page",
    "ip": "Address on the internet",
    "evidence_ip": "Address on the internet",
    "text": "Their words",
    "words": "Their words",
    "why": "Why",
    "where": "How it reached us",
    "reference": "Where it can be seen",
    "agreed_at": "When they agreed",
    "request_hash": "Fingerprint of the request",
    "file": "File",
    "filename": "File",
    "line": "Line",
    "sha256": "Fingerprint of the file",
    "sid": "Twilio's id",
    "message": "Message",
}

# How it happened, where "by" and the name of the way make no English.
_WAYS = {
    Method.PLAIN_WORDS: "in plain words",
    Method.CHECKOUT: "at the checkout",
    Method.PAPER: "on paper",
    Method.API: "by API",
    Method.AGENT: "by a team member",
    Method.SUPPORT: "through support",
    Method.PREFERENCES: "on the preference page",
    Method.CARRIER: "by the carrier",
    Method.SYSTEM: "by the platform",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """One event as it is shown: a pill, a sentence, and what proves it."""

    at: dt.datetime
    recorded_at: dt.datetime
    pill: SafeString
    sentence: str
    actor: str
    evidence: list[tuple[str, str]]
    wording: str
    seq: int
    hash: str

    @property
    def learned_after(self) -> str:
        """How long after it happened it was recorded, where that took longer than the way of a text."""
        delay = self.recorded_at - self.at
        return ago(delay) if delay > _AT_ONCE else ""


def told_of_contact(brand_id: uuid.UUID, point_ids: Iterable[uuid.UUID]) -> list[Told]:
    """The events of these numbers, newest first, in words; constant queries."""
    rows = (
        ConsentEvent.objects.filter(brand_id=brand_id, point_id__in=list(point_ids))
        .select_related("program", "disclosure", "evidence", "point")
        .order_by("-recorded_at", "-seq")[:MOST_SHOWN]
    )
    events = list(rows)
    names = names_of(event.actor for event in events)
    return [tell(event, names) for event in events]


def tell(event: ConsentEvent, names: dict[str, str] | None = None) -> Told:
    """One event in words. `names` maps "user:<id>" to the person's name."""
    evidence = getattr(event, "evidence", None)
    return Told(
        at=event.occurred_at,
        recorded_at=event.recorded_at,
        pill=pill(event.act, event.get_act_display()),
        sentence=_sentence(event),
        actor=actor(event.actor, names or {}),
        evidence=_evidence(evidence.data) if evidence else [],
        wording=event.disclosure.text if event.disclosure else "",
        seq=event.seq,
        hash=event.hash,
    )


def actor(code: str, names: dict[str, str]) -> str:
    """Who did it, as people say it."""
    if code.startswith("user:"):
        return names.get(code, "a former team member")
    if code.startswith("import:"):
        return "an import"
    if code.startswith("api:"):
        return f"the program “{code[4:]}”"
    return {"customer": "the person", "carrier": "the carrier", "system": "the platform"}.get(code, code)


def way(method: str) -> str:
    """How something was said or done, for the end of a sentence: "by keyword", "on the preference page"."""
    if method not in Method.values:
        return f"as {method.replace('_', ' ')}"
    known = Method(method)
    return _WAYS.get(known, f"by {known.label.lower()}")


def _sentence(event: ConsentEvent) -> str:
    where = f"in {event.program}" if event.program else "for the whole number"
    purposes = " and ".join(sorted({key.partition(":")[0] for key in event.purposes}))
    what = f"{purposes} texts, " if purposes else ""
    how = way(event.method)
    if event.act == Act.REVOKED and event.program is None:
        return f"The number was closed to every program, {how}."
    return f"{event.get_act_display()}: {what}{where}, {how}."


def _evidence(data: Any) -> list[tuple[str, str]]:
    if not isinstance(data, dict):
        return [("Evidence", str(data))]
    return [
        (_NAMES.get(name, name.replace("_", " ").capitalize()), str(value))
        for name, value in data.items()
        if value
    ]


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """The names of the team members among these codes, by "user:<id>"."""
    ids = {code[5:] for code in actors if code.startswith("user:") and code[5:].isdigit()}
    if not ids:
        return {}
    users = get_user_model().objects.filter(pk__in=ids)
    return {f"user:{user.pk}": user.get_full_name() or user.get_username() for user in users}
