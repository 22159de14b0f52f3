"""The rule pack: law, carrier and house numbers as data, read from `consent/rulepacks/*.toml`."""

import dataclasses
import datetime as dt
import hashlib
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

import holidays

from consent.models import CONSENTED

ANY_STATE = "??"

# Minutes since local midnight, from and until; the end is outside.
Hours = tuple[int, int]
HolidayRule = Literal["usual", "sunday", "none"]
Confidence = Literal["read", "secondary", "stated", "conflicting", "policy"]
WHOLE_DAY = 24 * 60
_SATURDAY, _SUNDAY = 5, 6
_CACHED_PLACES = 8192


class RulePackError(ValueError):
    """A row of a rule pack is wrong; the message names the file, the row and the field."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What every row tells about itself; it is in effect from one local day to the day before another."""

    source: str
    confidence: Confidence
    effective_from: dt.date
    reviewer: str
    review_date: dt.date
    effective_until: dt.date | None = None
    note: str = ""

    def is_in_effect(self, day: dt.date) -> bool:
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Row):
    """When texts of one purpose may arrive in one place, and how many in any 24 hours.

    Without a `zone` the hours are those of the person's own clock, in every zone they may be in.
    """

    jurisdiction: str
    purpose: str
    weekdays: Hours | None
    saturday: Hours | None
    sunday: Hours | None
    holidays: HolidayRule = "usual"
    cap_per_day: int | None = None
    zone: str = ""

    def hours_on(self, day: dt.date) -> Hours | None:
        """The hours of this local day; None: none at all."""
        if self.holidays != "usual" and day in _holidays(self.jurisdiction, day.year):
            return self.sunday if self.holidays == "sunday" else None
        return {_SATURDAY: self.saturday, _SUNDAY: self.sunday}.get(day.weekday(), self.weekdays)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Row):
    """One number that holds everywhere."""

    name: str
    value: int


_AnyRow = TypeVar("_AnyRow", bound=Row)


@dataclasses.dataclass(frozen=True, eq=False)
class RulePack:
    """All rows of one version. Compared and cached by identity: a pack never changes."""

    version: str
    rules: tuple[Rule, ...]
    settings: tuple[Setting, ...]

    def serves(self, jurisdictions: frozenset[str]) -> bool:
        """Whether the pack has the law of all these places; of an unknown place it has not."""
        return _serves(self, jurisdictions)

    def rules_for(self, jurisdictions: frozenset[str], purpose: str) -> tuple[Rule, ...]:
        """Every row that binds in any of these places: "GB", "US-FL", or "US-??" for any state."""
        return tuple(
            rule
            for rule in self.rules
            if rule.purpose == purpose and any(_binds(rule.jurisdiction, place) for place in jurisdictions)
        )

    def cap_per_day(self, jurisdictions: frozenset[str], purpose: str, day: dt.date) -> int | None:
        """The smallest cap that binds in any of these places on this day; None: no cap."""
        return _cap_per_day(self, jurisdictions, purpose, day)

    def setting(self, name: str) -> int:
        """The value of a setting. Raises KeyError for an unknown name."""
        return {setting.name: setting.value for setting in self.settings}[name]


@lru_cache(_CACHED_PLACES)
def _serves(pack: RulePack, jurisdictions: frozenset[str]) -> bool:
    countries = {rule.jurisdiction for rule in pack.rules}
    return bool(jurisdictions) and all(place.partition("-")[0] in countries for place in jurisdictions)


@lru_cache(_CACHED_PLACES)
def _cap_per_day(pack: RulePack, jurisdictions: frozenset[str], purpose: str, day: dt.date) -> int | None:
    rules = pack.rules_for(jurisdictions, purpose)
    caps = [rule.cap_per_day for rule in rules if rule.cap_per_day is not None and rule.is_in_effect(day)]
    return min(caps, default=None)


def _binds(jurisdiction: str, place: str) -> bool:
    country, _, state = place.partition("-")
    if state == ANY_STATE:
        return jurisdiction[:2] == country
    return jurisdiction in {country, place}


@cache
def current() -> RulePack:
    """The pack shipped with this version of the product. Raises RulePackError."""
    folder = files("consent").joinpath("rulepacks")
    texts = {
        item.name: item.read_text(encoding="utf-8")
        for item in folder.iterdir()
        if item.name.endswith(".toml")
    }
    return parse(texts)


def parse(texts: dict[str, str]) -> RulePack:
    """A pack from its files' texts by name.

    Its version is the newest review date and a short hash over the names and contents of all files.
    Raises RulePackError.
    """
    rules: list[Rule] = []
    settings: list[Setting] = []
    for name, text in sorted(texts.items()):
        file = tomllib.loads(text)
        defaults = file.pop("defaults", {})
        rules += [
            _rule(defaults | row, f"{name}: rule {at}") for at, row in enumerate(file.pop("rule", []), 1)
        ]
        settings += [
            _made(Setting, defaults | row, f"{name}: setting {at}")
            for at, row in enumerate(file.pop("setting", []), 1)
        ]
        if file:
            raise RulePackError(f"{name}: unknown table {', '.join(sorted(file))}")
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:12]
    rows: list[Row] = [*rules, *settings]
    newest = max((row.review_date for row in rows), default=dt.date.min)
    return RulePack(version=f"{newest}.{digest}", rules=tuple(rules), settings=tuple(settings))


def _rule(row: dict[str, Any], where: str) -> Rule:
    if "weekdays" not in row:
        raise RulePackError(f"{where}: weekdays is missing")
    hours = {day: row.get(day, row["weekdays"]) for day in ("weekdays", "saturday", "sunday")}
    rule = _made(Rule, row | {day: _hours(text, f"{where}: {day}") for day, text in hours.items()}, where)
    if rule.purpose not in CONSENTED:
        raise RulePackError(f"{where}: purpose must be one of {', '.join(CONSENTED)}")
    return rule


def _hours(text: Any, where: str) -> Hours | None:
    """Read "10:00-20:00" or "none"."""
    if text == "none":
        return None
    try:
        start, end = (int(clock[:-3]) * 60 + int(clock[-2:]) for clock in text.split("-"))
    except (AttributeError, ValueError):
        raise RulePackError(f'{where}: {text!r} is not "none" or hours like "10:00-20:00"') from None
    if not 0 <= start < end <= WHOLE_DAY:
        raise RulePackError(f"{where}: {text!r} does not end after it begins within one day")
    return start, end


def _made(kind: type[_AnyRow], row: dict[str, Any], where: str) -> _AnyRow:
    """A row as its class, every field there and of its type; tomllib has made dates and numbers already."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if unknown := sorted(row.keys() - fields.keys()):
        raise RulePackError(f"{where}: unknown {', '.join(unknown)}")
    for name, field in fields.items():
        if name not in row and field.default is dataclasses.MISSING:
            raise RulePackError(f"{where}: {name} is missing")
        if name in row and not _fits(row[name], field.type):
            raise RulePackError(f"{where}: {name} cannot be {row[name]!r}")
    return kind(**row)


def _fits(value: Any, wanted: Any) -> bool:
    if get_origin(wanted) is Literal:
        return value in get_args(wanted)
    if get_origin(wanted) is UnionType:
        return any(_fits(value, choice) for choice in get_args(wanted))
    if get_origin(wanted) is tuple:
        return isinstance(value, tuple)
    if wanted is str and value == "":
        return False
    return type(value) is wanted


@cache
def _holidays(jurisdiction: str, year: int) -> frozenset[dt.date]:
    """The public holidays of a country or state, with the days on which they are observed."""
    country, _, state = jurisdiction.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=state or None, years=year))
