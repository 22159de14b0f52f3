"""The rule pack as tables for people: what holds in each place, what its rows say, and where on the map it is."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from functools import reduce

from consent.models import Purpose
from consent.rule_pack import RulePack
from consent.rule_pack_rows import WEEKDAYS, Hours, Inherited, Rule, Week
from contacts import geography

NAMES = {
    "US": "United States", "CA": "Canada", "GB": "United Kingdom", "FR": "France", "IE": "Ireland", "DE": "Germany",
    "ES": "Spain", "IT": "Italy", "NL": "Netherlands", "AU": "Australia", "NZ": "New Zealand",
}  # fmt: skip
CONFIDENCE = {
    "read": "read in the source",
    "secondary": "from a summary",
    "stated": "commonly stated, unchecked",
    "unverified": "not verified",
    "conflicting": "sources disagree: the stricter stands",
    "policy": "our own default",
}
HOLIDAYS = {"usual": "as any day", "sunday": "as Sundays", "none": "none"}
# A state's place on the map: each row is a line of the country from north to south, two letters a tile.
_GRID = """
AK .. .. .. .. .. .. .. .. .. .. ME
.. .. .. .. .. .. .. .. .. .. VT NH
.. WA ID MT ND MN IL WI MI NY RI MA
.. OR NV WY SD IA IN OH PA NJ CT ..
.. CA UT CO NE MO KY WV VA MD DE ..
.. .. AZ NM KS AR TN NC SC DC .. ..
.. .. .. .. OK LA MS AL GA .. .. ..
HI .. .. .. TX .. .. .. .. FL .. ..
GU MP AS .. .. .. .. .. .. .. PR VI
"""
_TILE, _COUNTRY_TOP = 46, 470
# Hours a week: from so many on, and the class of the tile; the fewer, the darker.
_SHADES = ((60, "open"), (54, "less"), (48, "few"), (0, "fewest"))


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """One place: the hours that all its rows together leave for marketing texts, and those rows."""

    code: str
    name: str
    week: Week
    cap_per_day: int | None
    own: tuple[Rule, ...]
    inherited: Inherited | None

    @property
    def hours_a_week(self) -> int:
        return sum(hours[1] - hours[0] for hours in self.week if hours) // 60

    @property
    def words(self) -> str:
        return week_in_words(self.week)

    @property
    def has_no_holidays(self) -> bool:
        return any(rule.holidays == "none" for rule in self.own)


@dataclasses.dataclass(frozen=True, slots=True)
class Tile:
    """A place on the map, in units of the drawing."""

    place: Place
    label: str
    left: int
    top: int
    shade: str


def places(pack: RulePack, day: dt.date) -> list[Place]:
    """The countries of a pack, the United States first, and after these their states and territories."""
    codes = {
        code: NAMES.get(code, code) for code in sorted(pack.countries, key=lambda code: (code != "US", code))
    }
    return [_place(pack, code, name, day) for code, name in (codes | geography.states_in("US")).items()]


def tiles(found: list[Place]) -> list[Tile]:
    """Where each place lies on the map: the states as they lie, the other countries in a line below them."""
    by_code = {place.code: place for place in found}
    drawn = []
    for row, line in enumerate(_GRID.split("\n")[1:-1]):
        for column, letters in enumerate(line.split()):
            if place := by_code.get(f"US-{letters}"):
                drawn.append(Tile(place, letters, column * _TILE, row * _TILE, shade(place)))
    countries = [place for place in found if "-" not in place.code and place.code != "US"]
    drawn += [
        Tile(place, place.code, column * _TILE, _COUNTRY_TOP, shade(place))
        for column, place in enumerate(countries)
    ]
    return drawn


def shade(place: Place) -> str:
    """How dark its tile is: by the hours a week in which marketing texts may arrive."""
    return next(name for least, name in _SHADES if place.hours_a_week >= least)


def week_in_words(week: Week) -> str:
    """Say "Mon–Sat 10:00–20:00, Sun none": days with the same hours together."""
    return ", ".join(f"{days} {hours_in_words(hours)}" for days, hours in _runs(week))


def hours_in_words(hours: Hours | None) -> str:
    if hours is None:
        return "none"
    return "–".join(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in hours)


def _place(pack: RulePack, code: str, name: str, day: dt.date) -> Place:
    rules = [rule for rule in pack.rules_for(frozenset({code}), Purpose.MARKETING) if rule.is_in_effect(day)]
    weeks = [rule.week for rule in rules]
    return Place(
        code=code,
        name=name,
        week=tuple(reduce(_both, days) for days in zip(*weeks, strict=True)),
        cap_per_day=pack.cap_per_day(frozenset({code}), Purpose.MARKETING, day),
        own=tuple(rule for rule in pack.rules if rule.jurisdiction == code),
        inherited=next((row for row in pack.inherited if row.jurisdiction == code), None),
    )


def _both(one: Hours | None, other: Hours | None) -> Hours | None:
    if one is None or other is None:
        return None
    start, end = max(one[0], other[0]), min(one[1], other[1])
    return (start, end) if start < end else None


def _runs(week: Week) -> Iterator[tuple[str, Hours | None]]:
    """Neighbouring days with the same hours: ("Mon–Sat", hours)."""
    names = [day[:3].capitalize() for day in WEEKDAYS]
    first = 0
    for at in range(1, len(week) + 1):
        if at == len(week) or week[at] != week[first]:
            yield names[first] if at - first == 1 else f"{names[first]}–{names[at - 1]}", week[first]
            first = at
