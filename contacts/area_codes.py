"""What the +1 area codes say about a place, read from the phone library's own data."""

import re
from functools import cache
from importlib.resources import files

import phonenumbers

from contacts import geography

# "'1305':{'en': 'Florida'}" and "'1418269':{'en': u('Gasp\u00e9, QC')}" in the library's data files.
_ENTRY = re.compile(r"^ '1(\d{3})\d*':\{'en': (?:u\()?'((?:[^'\\]|\\.)*)'", re.MULTILINE)
_AREA = slice(1, 4)
_AREA_LENGTH = 3


@cache
def country_of_area_code(area_code: str) -> str:
    """Country (ISO 3166) of an area code: "US", "CA", "PR", "JM"…; "" when it is not in use."""
    if len(area_code) != _AREA_LENGTH or not area_code.isdecimal():
        return ""
    sample = phonenumbers.PhoneNumber(country_code=1, national_number=int(area_code + "2345678"))
    return phonenumbers.region_code_for_number(sample) or ""


def states_of_area_code(area_code: str) -> frozenset[str]:
    """States ("US-FL", "CA-ON") that an area code reaches into; empty when it has no place."""
    return _states().get(area_code, frozenset())


def zones_of_area_code(area_code: str) -> tuple[str, ...]:
    """IANA zones under an area code, one name per clock; empty when it has no place.

    Always the union of every exchange: the bare area code names the minority zone too often (850, 423, 270).
    """
    return _zones().get(area_code, ())


@cache
def _states() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for area_code, place in _entries():
        found.setdefault(area_code, set()).update(_states_in(place))
    for area_code in map(str, range(200, 1000)):
        country = country_of_area_code(area_code)
        if country in geography.US_FAMILY - {"US"}:
            found[area_code] = {f"US-{country}"}
    return {area_code: frozenset(states) for area_code, states in found.items() if states}


def _entries() -> set[tuple[str, str]]:
    """Read all (area code, place) pairs, without importing 280,000 entries for the whole world."""
    entries: set[tuple[str, str]] = set()
    number = 0
    while True:
        text = files("phonenumbers").joinpath("geodata", f"data{number}.py").read_text(encoding="utf-8")
        page = set(_ENTRY.findall(text))
        if not page:
            return entries
        entries |= page
        number += 1


def _states_in(place: str) -> set[str]:
    """The states in "Jersey City, NJ", "Florida" or "Nova Scotia/Prince Edward Island"."""
    names = place.rpartition(", ")[2].split("/")
    return {state for name in names if (state := geography.state_code("", name))}


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    from phonenumbers.tzdata import TIMEZONE_DATA  # 40 ms, and only a number without an address needs it

    found: dict[str, set[str]] = {}
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) > _AREA_LENGTH:
            found.setdefault(prefix[_AREA], set()).update(zones)
    for newer, older in geography.overlays().items():
        found[newer] = found.get(newer, set()) | found[older]
    return {area_code: geography.distinct_clocks(sorted(zones)) for area_code, zones in found.items()}
