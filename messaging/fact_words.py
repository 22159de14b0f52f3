"""What a verdict rests on, in words: the receipt of a decision as people read it. As data it stands in the export."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from consent.models import Purpose, Status
from contacts import geography
from contacts.admin_words import words_of
from messaging.models import Value

_ZONE_FROM = {
    "stated": "as they told us",
    "postal_code": "by their postal code",
    "region": "by their state or province",
    "brand_rule": "by the brand's rule",
    "area_code": "by the area code",
    "country": "any clock of the country",
}
_SHOWN_DIGITS = 6


class _Line(NamedTuple):
    """A fact as it is shown; it is told where the receipt holds the first of its keys."""

    name: str
    keys: tuple[str, ...]
    say: Callable[[Mapping[str, Any], dt.tzinfo], str]


def told(facts: Mapping[str, Any], *, zone: dt.tzinfo = dt.UTC) -> list[tuple[str, str]]:
    """The facts of a verdict as names and words, moments on the clock of `zone`; those without words come last."""
    worded = {key for line in _LINES for key in line.keys}
    rest = [
        (name.replace("_", " ").capitalize(), _plain(value))
        for name, value in facts.items()
        if name not in worded
    ]
    return [*((line.name, line.say(facts, zone)) for line in _LINES if line.keys[0] in facts), *rest]


def _kind(facts: Mapping[str, Any], _: dt.tzinfo) -> str:
    value = facts.get("value")
    return words_of(Purpose, facts["purpose"]) + (
        f"; brings: {words_of(Value, value).lower()}" if value else ""
    )


def _wording(facts: Mapping[str, Any], _: dt.tzinfo) -> str:
    kind, _colon, digest = (facts["purpose_key"] or "").partition(":")
    if not kind:
        return "None: the program sends no texts of this kind"
    return f"The program's wording for {kind} texts at that moment, fingerprint {digest[:_SHOWN_DIGITS]}…"


def _in_program(facts: Mapping[str, Any], _: dt.tzinfo) -> str:
    known = facts["permission"]
    return f"{words_of(Status, known['status'])}, {_as_of(known)}" if known else "Nothing on record"


def _number(facts: Mapping[str, Any], _: dt.tzinfo) -> str:
    known = facts["number"]
    if not known:
        return "Open, nothing on record"
    is_open = known["status"] in {Status.NONE, Status.ACTIVE}
    return f"{'Open' if is_open else words_of(Status, known['status'])}, {_as_of(known)}"


def _as_of(standing: Mapping[str, Any]) -> str:
    """How far the ledger of the number had been read."""
    return f"as of event {standing['seq']} of this number in the ledger"


def _clock(facts: Mapping[str, Any], _: dt.tzinfo) -> str:
    names = " or ".join(facts["zones"])
    by = _ZONE_FROM.get(facts.get("zone_source", ""), "")
    return ", ".join(filter(None, (names, by))) or "Not known"


def _laws(facts: Mapping[str, Any], _: dt.tzinfo) -> str:
    return ", ".join(map(_place, facts["jurisdictions"])) or "Not known"


def _place(code: str) -> str:
    country, _dash, state = code.partition("-")
    if state == geography.ANY_PLACE:
        return f"{country}, state not known"
    return geography.states_in(country).get(code, code)


def _latest(facts: Mapping[str, Any], _: dt.tzinfo) -> str:
    return (
        ", ".join(words_of(Value, value).lower() for value in facts["latest_values"] if value) or "not said"
    )


def _when(name: str) -> Callable[[Mapping[str, Any], dt.tzinfo], str]:
    def say(facts: Mapping[str, Any], zone: dt.tzinfo) -> str:
        return dt.datetime.fromisoformat(facts[name]).astimezone(zone).strftime("%-d %b %Y, %H:%M %Z")

    return say


def _same(name: str) -> Callable[[Mapping[str, Any], dt.tzinfo], str]:
    return lambda facts, _: _plain(facts[name])


def _plain(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_plain(item)}" for name, item in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list | tuple) else str(value)


_LINES = (
    _Line("Kind of text", ("purpose", "value"), _kind),
    _Line("What they must have agreed to", ("purpose_key",), _wording),
    _Line("In the program", ("permission",), _in_program),
    _Line("The number", ("number",), _number),
    _Line("Country of the number", ("country",), _same("country")),
    _Line("Their clock", ("zones", "zone_source"), _clock),
    _Line("Whose law counts", ("jurisdictions",), _laws),
    _Line("What is wrong with the sender", ("sender_problem",), _same("sender_problem")),
    _Line("They last wrote", ("last_inbound_at",), _when("last_inbound_at")),
    _Line("The team last wrote to them", ("last_reply_at",), _when("last_reply_at")),
    _Line("They wait for an answer", ("is_waiting",), _same("is_waiting")),
    _Line("They are upset", ("is_upset",), _same("is_upset")),
    _Line("Marketing texts in the 24 hours before", ("recent_marketing",), _same("recent_marketing")),
    _Line("The latest marketing text", ("latest_marketing_at",), _when("latest_marketing_at")),
    _Line("What the latest ones brought", ("latest_values",), _latest),
)
