"""Random people at random moments, the days that hurt (clock changes, holidays, midnights) drawn more often."""

import datetime as dt
import random
from functools import cache
from typing import NamedTuple

import holidays

from contacts import geography
from contacts.area_codes import country_of_area_code
from tests.oracle.minutes import FIRST, YEARS_DAYS

PURPOSES = ("marketing", "informational")
# Clock changes of America, Europe, Australia and New Zealand in the two years.
CHANGES = [
    dt.date(*day)
    for day in (
        (2026, 3, 8), (2026, 3, 29), (2026, 4, 5), (2026, 9, 27), (2026, 10, 4), (2026, 10, 25), (2026, 11, 1),
        (2027, 3, 14), (2027, 3, 28), (2027, 4, 4), (2027, 9, 26), (2027, 10, 3), (2027, 10, 31), (2027, 11, 7),
    )
]  # fmt: skip
ABROAD = ("+44", "+33", "+353", "+49", "+34", "+39", "+31", "+61", "+64", "+52", "+81")
HOME_OF = dict(zip(ABROAD, ("GB", "FR", "IE", "DE", "ES", "IT", "NL", "AU", "NZ", "MX", "JP"), strict=True))
STATED = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "America/Adak", "Pacific/Honolulu", "America/St_Johns", "America/Puerto_Rico",
    "Pacific/Guam", "Pacific/Pago_Pago", "America/Halifax", "America/Regina", "Europe/London", "Europe/Paris",
    "Atlantic/Canary", "Australia/Perth", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Chatham", "EST",
)  # fmt: skip


class Case(NamedTuple):
    """A number, what its person said about where they are, and a text to them at a moment (aware UTC)."""

    address: str
    number_country: str
    stated_country: str
    stated_zone: str
    postal_code: str
    region: str
    purpose: str
    now: dt.datetime


@cache
def area_codes() -> tuple[str, ...]:
    return tuple(code for code in map(str, range(200, 1000)) if country_of_area_code(code))


@cache
def _states() -> tuple[str, ...]:
    return tuple(sorted(state for state in geography._state_rows()))


@cache
def hard_days() -> tuple[dt.date, ...]:
    off = {
        day
        for country, state in (
            ("US", "LA"),
            ("US", "AL"),
            ("US", "UT"),
            ("FR", None),
            ("DE", None),
            ("AU", None),
        )
        for day in holidays.country_holidays(country, subdiv=state, years=(2026, 2027))
    }
    around = {day + dt.timedelta(days=step) for day in (*CHANGES, *off) for step in (-1, 0, 1)}
    last = FIRST.date() + dt.timedelta(days=YEARS_DAYS - 1)
    return tuple(sorted(day for day in around if FIRST.date() <= day <= last))


def drawn(dice: random.Random) -> Case:
    """One case; half of them on a hard day, and a third at the very minute of a whole hour or beside it."""
    if dice.random() < 0.8:
        code = dice.choice(area_codes())
        address, country = f"+1{code}5550123", country_of_area_code(code)
    else:
        code = dice.choice(ABROAD)
        address, country = f"{code}7911123456", HOME_OF[code]
    region = dice.choice(_states()).partition("-")[2] if dice.random() < 0.3 else ""
    return Case(
        address=address,
        number_country=country,
        stated_country=dice.choice(("US", "US", "CA", "GB", "FR", "AU")) if dice.random() < 0.3 else "",
        stated_zone=dice.choice(STATED) if dice.random() < 0.3 else "",
        postal_code=f"{dice.randrange(100_000):05}" if dice.random() < 0.3 else "",
        region=region,
        purpose=dice.choice(PURPOSES),
        now=_moment(dice),
    )


def _moment(dice: random.Random) -> dt.datetime:
    if dice.random() < 0.5:
        day = dice.choice(hard_days())
    else:
        day = FIRST.date() + dt.timedelta(days=dice.randrange(YEARS_DAYS))
    minute = dice.randrange(24 * 60)
    if dice.random() < 1 / 3:
        minute = max(0, dice.randrange(24) * 60 + dice.choice((-1, 0, 1)))
    seconds = dice.choice((0, 0, 1, 59))
    return dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(minutes=minute, seconds=seconds)
