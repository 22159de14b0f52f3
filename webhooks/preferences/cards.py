"""The sentences of the preference page that depend on where the person stands."""

import datetime as dt
import zoneinfo
from typing import Any

from django.utils import translation
from django.utils.formats import date_format

from contacts.models import ContactPoint
from webhooks.preferences.changes import Done, Wish
from webhooks.preferences.standing import Place, Standing
from webhooks.preferences.words import Said

_BUTTONS = {
    "leave": "leave",
    "left": "leave_program",
    "off": "stop_these",
    "pause": "pause",
    "resume": "resume",
    "fewer": "fewer",
    "more": "more",
    "erase": "erase",
}


def told(place: Place, point: ContactPoint, said: Said) -> dict[str, Any]:
    """A program as its card tells it."""
    agreed, program, word = place.agreement, place.program, place.join_word
    since = ""
    if agreed:
        date, how = day(agreed.at, point, said.language), said.fill(agreed.how)
        since = said.fill("implied" if agreed.is_implied else "since", date=date, how=how)
    fewer = "is_fewer" if place.row.fewer else "fewer_about"
    return {
        "place": place,
        "program": program,
        "kinds": [(kind, said.fill(kind), program.purposes.get(kind, "")) for kind in place.kinds],
        "frequency": said.fill("frequency", frequency=program.frequency),
        "since": since,
        "missing": said.fill(place.missing) if place.missing else "",
        "back": _back(word, place.number, said) if word else "",
        "fewer_about": said.fill(fewer, most=program.fewer_per_week),
        "leave": said.fill("leave_program", program=program.name),
    }


def way_back(shown: Standing, said: Said) -> str:
    """How a closed number comes back: by a START where that undoes the closing, else by asking."""
    if not shown.may_text_start:
        return said.fill("back_other")
    return _back("START", next((place.number for place in shown.places if place.number), ""), said)


def paused(shown: Standing, said: Said) -> str:
    """Until when nothing is sent, or "" without a pause."""
    if not shown.pauses:
        return ""
    until = shown.paused_until
    return (
        said.fill("paused", date=day(until, shown.point, said.language))
        if until
        else said.fill("paused_open")
    )


def done(what: Done, point: ContactPoint, said: Said) -> list[str]:
    """What a button has done, and, honestly, what could not be held back any more."""
    date = day(what.until, point, said.language) if what.until else ""
    sentence = said.fill(what.wording, program=what.program, date=date)
    return [sentence, said.fill("on_its_way")] if what.in_flight else [sentence]


def label(wish: Wish, said: Said) -> str:
    """What stood on the button of a wish."""
    name = _BUTTONS.get(wish.what)
    return said.fill(name, program=wish.program) if name else ""


def day(at: dt.datetime, point: ContactPoint, language: str) -> str:
    """A date where the person is, as their language writes it."""
    with translation.override(language):
        return date_format(at.astimezone(_zone(point)), "DATE_FORMAT")


def _zone(point: ContactPoint) -> dt.tzinfo:
    try:
        return zoneinfo.ZoneInfo(point.contact.timezone or point.brand.timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return dt.UTC


def _back(word: str, number: str, said: Said) -> str:
    return said.fill("back_start", word=word, number=number or said.fill("our_number"))
