"""Which states a postal code or region name means, and which time zones a state or a country has."""

import datetime as dt
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

ANY_PLACE = "??"
US_FAMILY = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
WITH_STATES = US_FAMILY | {"CA"}
_LONGEST_POSTAL_PREFIX = 5
_COMPARED, _WEEK, _WEEKS = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.timedelta(weeks=1), 5 * 52


def states_in(country: str) -> dict[str, str]:
    """The states or provinces of a country ("US" or "CA"; else none), "US-FL" → "Florida", territories last."""
    return {state: row["name"] for state, row in _state_rows().items() if state.partition("-")[0] == country}


def states_of_postal_code(country: str, postal_code: str) -> frozenset[str]:
    """States ("US-FL", "CA-ON") of a ZIP or Canadian postal code; empty when it is unknown."""
    return _longest(_postal_states(), _postal_key(country, postal_code))


def zones_of_postal_code(country: str, postal_code: str) -> tuple[str, ...]:
    """IANA zones of a ZIP or Canadian postal code: one where it is certain, else every zone of its state."""
    key = _postal_key(country, postal_code)
    certain = _longest(_postal_zones(), key)
    return tuple(certain) or zones_of_states(_longest(_postal_states(), key))


@lru_cache(maxsize=4096)
def state_code(country: str, region: str) -> str:
    """The state meant by "FL", "fl", "US-FL", "Florida", "ON" or "Québec"; "" when none is.

    No US state shares its letters with a Canadian province, so a wrong `country` of the two does no harm.
    """
    if country and country.upper() not in WITH_STATES:
        return ""
    return _state_names().get(_plain(region), "")


@lru_cache(maxsize=4096)
def zones_of_states(states: frozenset[str]) -> tuple[str, ...]:
    """IANA zones of all these states together, one name per clock."""
    rows = (_state_rows().get(state) for state in sorted(states))
    return distinct_clocks(zone for row in rows if row for zone in row["zones"])


@cache
def zones_of_country(country: str) -> tuple[str, ...]:
    """IANA zones of a country (ISO 3166) from tzdata's zone.tab, one name per clock; empty if unknown."""
    return distinct_clocks(_country_zones().get(country.upper(), ()))


def distinct_clocks(zones: Iterable[str]) -> tuple[str, ...]:
    """Drop zones that show the same time as an earlier one."""
    by_clock: dict[tuple[dt.timedelta | None, ...], str] = {}
    for zone in zones:
        by_clock.setdefault(clock_of(zone), zone)
    return tuple(by_clock.values())


@cache
def clock_of(zone: str) -> tuple[dt.timedelta | None, ...]:
    """The zone's offsets from UTC, week by week over `_COMPARED`; equal for zones that show the same time.

    Looking only at the final rule would merge zones while a decided change of clocks has not yet begun.
    Raises ZoneInfoNotFoundError (a KeyError) for an unknown zone.
    """
    place = ZoneInfo(zone)
    return tuple((_COMPARED + week * _WEEK).astimezone(place).utcoffset() for week in range(_WEEKS))


@cache
def all_zones() -> frozenset[str]:
    """Every zone name of the tz database, links included."""
    return frozenset(files("tzdata").joinpath("zones").read_text().split())


@cache
def overlays() -> dict[str, str]:
    """Newer area codes → the older code that covers the same ground."""
    return dict(_places()["overlays"])


def _postal_key(country: str, postal_code: str) -> str:
    if country and country.upper() not in WITH_STATES:
        return ""
    return postal_code.replace(" ", "").upper()[:_LONGEST_POSTAL_PREFIX]


def _longest(table: dict[str, frozenset[str]], key: str) -> frozenset[str]:
    for length in range(len(key), 0, -1):
        if found := table.get(key[:length]):
            return found
    return frozenset()


def _plain(name: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


@cache
def _places() -> dict[str, Any]:
    return tomllib.loads(files("contacts").joinpath("places.toml").read_text(encoding="utf-8"))


@cache
def _state_rows() -> dict[str, dict[str, Any]]:
    return {f"{country}-{code}": row for country in ("US", "CA") for code, row in _places()[country].items()}


@cache
def _state_names() -> dict[str, str]:
    names: dict[str, str] = dict(_places()["spellings"])
    for state, row in _state_rows().items():
        for name in (row["name"], state, state.partition("-")[2]):
            names[_plain(name)] = state
    return names


@cache
def _postal_states() -> dict[str, frozenset[str]]:
    return {
        prefix: frozenset({state})
        for state, row in _state_rows().items()
        for prefix in _spell_out(row["postal"])
    }


@cache
def _postal_zones() -> dict[str, frozenset[str]]:
    return {
        prefix: frozenset({zone})
        for row in _state_rows().values()
        for zone, prefixes in row.get("sure", {}).items()
        for prefix in _spell_out(prefixes)
    }


def _spell_out(prefixes: str) -> Iterator[str]:
    """Spell out "005 100-102 V3" as 005, 100, 101, 102, V3."""
    for item in prefixes.split():
        first, dash, last = item.partition("-")
        if dash:
            yield from (f"{number:0{len(first)}}" for number in range(int(first), int(last) + 1))
        else:
            yield item


@cache
def _country_zones() -> dict[str, list[str]]:
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    zones: dict[str, list[str]] = {}
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _coordinates, zone = line.split("\t")[:3]
            zones.setdefault(country, []).append(zone)
    return zones
