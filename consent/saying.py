"""A verdict in the words that people meet everywhere: the answer, its reasons, the earliest moment on their clock."""

import datetime as dt
from zoneinfo import ZoneInfo

from consent.asking import Verdict
from consent.reasons import Reason

ANSWERS = {"allow": "Yes", "hold": "Not now", "refuse": "No"}
_PLACES = {
    "stated": "as the person or a colleague said",
    "postal_code": "by the postal code",
    "region": "by the state or province",
    "brand_rule": "by the brand's own rule",
    "area_code": "by the area code, which may mean several places",
    "country": "by the country alone",
    "unknown": "nobody knows where",
}


def words(verdict: Verdict) -> tuple[str, ...]:
    """Every reason of a verdict as a sentence without its dot."""
    return tuple(str(Reason(reason).label) for reason in verdict.reasons)


def clock_of(zones: tuple[str, ...], otherwise: str) -> str:
    """The clock to tell a person's time by: their only one, else `otherwise` (both IANA names)."""
    return zones[0] if len(zones) == 1 else otherwise


def local(moment: dt.datetime, clock: str) -> str:
    """A moment (aware) on a clock (IANA), "Thu 19 Nov, 08:00 in New York"."""
    city = clock.rpartition("/")[2].replace("_", " ")
    return f"{moment.astimezone(ZoneInfo(clock)):%a %-d %b, %H:%M} in {city}"


def place(source: str) -> str:
    """How we know where a person is, from the source of their zones."""
    return _PLACES.get(source, source)
