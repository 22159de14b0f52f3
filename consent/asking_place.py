"""Asking a person where they are, when no hour fits every place they may be: what we say, when, and the answer."""

import dataclasses
import datetime as dt
import re

from consent import windows, wordings
from consent.models import Program, Purpose
from consent.rule_pack import RulePack
from contacts import geography, zones

_ZIP = re.compile(r"(?<!\d)(\d{5})(?:-\d{4})?(?!\d)")
_CANADIAN = re.compile(r"\b([A-Z]\d[A-Z]) ?(\d[A-Z]\d)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:(?:hi|hello|hey)\b[ ,!]*)?(?:(?:i am|i'?m|i live|we live|we'?re|we are|it'?s|living|located|based)\b ?)?"
    r"(?:(?:in|at|from|near|my|the|zip|postal|code|is|its)\b[ :]*)*",
    re.IGNORECASE,
)
_POLITE = re.compile(r"\b(?:thanks|thank you|please|ty|usa|u\.s\.a\.?)\s*$", re.IGNORECASE)
# Clocks as Americans say them. Not MST: in Arizona it is another clock than in Denver for half of the year.
_CLOCKS = {
    "America/New_York": ("eastern", "et", "est", "edt"),
    "America/Chicago": ("central", "ct", "cst", "cdt"),
    "America/Denver": ("mountain", "mdt"),
    "America/Los_Angeles": ("pacific", "pt", "pst", "pdt"),
    "America/Anchorage": ("alaska time", "akst", "akdt"),
    "Pacific/Honolulu": ("hawaii time", "hst"),
}
# States whose two letters are words: alone they say nothing ("ok", "hi"), after a city and a comma they do.
_WORDS_TOO = {
    "AL",
    "AS",
    "CO",
    "DE",
    "HI",
    "ID",
    "IN",
    "LA",
    "MA",
    "ME",
    "MS",
    "OH",
    "OK",
    "OR",
    "PA",
    "PR",
    "ON",
    "NO",
}
# With one of these in front of a state it is a sentence about something else, not a city.
_NO_CITY = frozenset({
    "i", "you", "we", "he", "she", "they", "it", "that", "this", "these", "not", "no", "yes", "ok", "okay", "fine",
    "sure", "stop", "don't", "dont", "never", "was", "were", "moved", "order", "leaving", "going", "visiting",
    "between", "or", "and", "why", "who", "what",
})  # fmt: skip
_LONGEST_CITY = 4


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Where a person says they are, as fields of their contact; "" where they did not say."""

    postal_code: str = ""
    region: str = ""
    country: str = ""
    timezone: str = ""


def question(program: Program, language: str) -> str:
    """The text that asks, in a language of `wordings.languages()`."""
    return wordings.text("ask_place", language, name=program.name)


def when_to_ask(
    now: dt.datetime, possible: tuple[str, ...], jurisdictions: frozenset[str], *, pack: RulePack
) -> dt.datetime | None:
    """The first moment (aware UTC) at which the question may go, by the hours of informational texts.

    These are wider than those of marketing texts, so that they often meet where the others do not. None: not even
    they do; then it is asked when the person next writes, as part of an answer.
    """
    return windows.next_allowed(now, possible, jurisdictions, Purpose.INFORMATIONAL, pack=pack)


def parse(text: str) -> Answer | None:
    """What a person answers: a ZIP or Canadian postal code, a city and state, a state, or a time zone.

    None when it is not surely one of these: then nothing is set, and somebody reads it.
    """
    said = _POLITE.sub("", " ".join(text.split()).strip(" .!")).strip(" .,!")
    rest = _LEAD.sub("", said, count=1).strip(" .,!")
    return _of_code(rest) or _of_zone(rest) or _of_state(rest)


def _of_code(said: str) -> Answer | None:
    """One postal code, alone or beside a city and a state that it agrees with."""
    found = [*_ZIP.finditer(said), *_CANADIAN.finditer(said)]
    if len(found) != 1:
        return None
    code = found[0][1] if found[0].re is _ZIP else f"{found[0][1]} {found[0][2]}".upper()
    country = "US" if found[0].re is _ZIP else "CA"
    states = geography.states_of_postal_code(country, code)
    rest = (said[: found[0].start()] + said[found[0].end() :]).strip(" ,.:-()")
    if not states:
        return None
    if rest:
        beside = _of_state(rest)
        if beside is None or f"{beside.country}-{beside.region}" not in states:
            return None
    return Answer(postal_code=code, country=country)


def _of_zone(said: str) -> Answer | None:
    plain = (
        said.casefold()
        .removesuffix(" zone")
        .removesuffix(" time")
        .removesuffix(" standard")
        .removesuffix(" daylight")
    )
    for zone, names in _CLOCKS.items():
        if plain in names or said.casefold() in names:
            return Answer(timezone=zone)
    name = said.replace(" ", "_")
    return Answer(timezone=name) if "/" in name and zones.check_zone(name) is None else None


def _of_state(said: str) -> Answer | None:
    """A state or province alone, or after a city: "Austin, TX", "Portland Oregon", "Québec"."""
    if not _is_risky(said) and (state := geography.state_code("", said)):
        return _in_state(state)
    city, comma, last = (part.strip() for part in said.rpartition(","))
    if comma and (state := geography.state_code("", last)) and _is_city(city):
        return _in_state(state)
    words = said.replace(",", " ").split()
    for length in (1, 2, 3):
        city, last = " ".join(words[:-length]), " ".join(words[-length:])
        if not _is_risky(last) and (state := geography.state_code("", last)) and _is_city(city):
            return _in_state(state)
    return None


def _is_risky(said: str) -> bool:
    return said.upper() in _WORDS_TOO


def _is_city(said: str) -> bool:
    words = said.casefold().replace(",", " ").split()
    is_name = all(word.replace("'", "").replace("-", "").replace(".", "").isalpha() for word in words)
    return 0 < len(words) <= _LONGEST_CITY and is_name and not _NO_CITY & set(words)


def _in_state(state: str) -> Answer:
    country, _, region = state.partition("-")
    return Answer(region=region, country=country)
