"""Where a person probably is: the time zones that rule their hours and the places whose law may apply."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import phonenumbers
from django.core.exceptions import ValidationError

from contacts import area_codes, geography
from contacts.phones import channel_address

Source = Literal["stated", "postal_code", "region", "brand_rule", "area_code", "country", "unknown"]

_NANP = "+1"
_NANP_PREFIX_LENGTH = 5
_OTHER_PREFIX_LENGTH = 4
_UNPLACED_REGIONS = {"001", "ZZ"}


@dataclass(frozen=True, slots=True)
class Zones:
    """Candidate IANA zones: a message may go only when the window is open in every one of `names`.

    `source` is the rung of the ladder that decided; `names` is empty when nothing is known, and then the
    message must wait and ask. `note` says in plain words what was set aside or contradicts.
    """

    names: tuple[str, ...]
    source: Source
    note: str = ""


def zones_for(
    *,
    address: str,
    country: str,
    stated: str = "",
    postal_code: str = "",
    region: str = "",
    brand_rule: str = "",
) -> Zones:
    """Climb down the ladder: stated zone and address, the brand's own rule, area code, country, unknown.

    `address` is E.164 or "channel:…"; `country` is ISO 3166, the person's own when stated, else the number's;
    `stated` and `brand_rule` are IANA names; `region` is a state or province in letters or words.
    A stated zone that contradicts the address does not win: both are kept, so the stricter hours rule.
    """
    return _zones_for(
        _number_prefix(address), country.upper(), stated, postal_code.strip(), region.strip(), brand_rule
    )


def jurisdictions_for(
    *, address: str, country: str, postal_code: str = "", region: str = ""
) -> frozenset[str]:
    """Every place whose law may apply, "US-FL", "CA-ON", "GB": the number's and the address's together.

    "US-??" or "CA-??" means a state or province that cannot be known: apply the strictest of all.
    """
    return _jurisdictions_for(_number_prefix(address), country.upper(), postal_code.strip(), region.strip())


def demand_zone(name: str) -> None:
    """The validator of a stored zone. Raises ValidationError, which says what to write."""
    if problem := check_zone(name):
        raise ValidationError(problem)


def check_zone(name: str) -> str | None:
    """What is wrong with a stated time zone, in words, or None when it can be used (or is blank).

    Only places count. "EST" and "Etc/GMT+5" exist but never change their clocks, and people who write them
    mean Eastern time, in summer too: using them would text an hour early.
    """
    if not name:
        return None
    if name not in geography.all_zones():
        return f"{name!r} is not a time zone; write a place such as America/New_York"
    area, slash, _city = name.partition("/")
    if not slash or area == "Etc":
        return f"{name!r} is an abbreviation, not a place; write a place such as America/New_York"
    return None


def _number_prefix(address: str) -> str:
    """As much of the address as says where it is from: "+1206", "+447"; "" when it is not a phone number."""
    number = address if address[:1] == "+" else channel_address(address)[1]
    if number[:1] != "+":
        return ""
    return number[: _NANP_PREFIX_LENGTH if number.startswith(_NANP) else _OTHER_PREFIX_LENGTH]


@lru_cache(maxsize=65536)
def _zones_for(
    prefix: str, country: str, stated: str, postal_code: str, region: str, brand_rule: str
) -> Zones:
    place, source = _zones_of_address(country or _country_of(prefix), postal_code, region)
    notes = [problem for name in (stated, brand_rule) if (problem := check_zone(name))]
    if stated and not check_zone(stated):
        names = geography.distinct_clocks((stated, *place))
        if not place or geography.clock_of(stated) in map(geography.clock_of, place):
            return Zones((stated,), "stated", "; ".join(notes))
        notes.append(f"{stated} contradicts the address: the stricter hours apply")
        return Zones(names, "stated", "; ".join(notes))
    if place:
        return Zones(place, source, "; ".join(notes))
    if brand_rule and not check_zone(brand_rule):
        return Zones((brand_rule,), "brand_rule", "; ".join(notes))
    if prefix.startswith(_NANP) and (names := area_codes.zones_of_area_code(prefix[len(_NANP) :])):
        return Zones(names, "area_code", "; ".join(notes))
    names = _zones_of_countries(_countries(prefix, country))
    return Zones(names, "country" if names else "unknown", "; ".join(notes))


def _zones_of_address(country: str, postal_code: str, region: str) -> tuple[tuple[str, ...], Source]:
    """Zones of the postal code, refined or widened by the region: the two together when they disagree."""
    by_code = geography.zones_of_postal_code(country, postal_code)
    state = geography.state_code(country, region)
    by_region = geography.zones_of_states(frozenset({state})) if state else ()
    if not by_code:
        return by_region, "region"
    if not state or state in geography.states_of_postal_code(country, postal_code):
        return by_code, "postal_code"
    return geography.distinct_clocks((*by_code, *by_region)), "postal_code"


@lru_cache(maxsize=65536)
def _jurisdictions_for(prefix: str, country: str, postal_code: str, region: str) -> frozenset[str]:
    home = country or _country_of(prefix)
    state = geography.state_code(home, region)
    at_home = geography.states_of_postal_code(home, postal_code) | ({state} if state else set())
    by_number = _places_of_number(prefix)
    places = by_number | at_home
    reached = {place.partition("-")[0] for place in places}
    if not by_number or (country and _nation(country) not in reached):
        places |= set() if at_home else {_anywhere_in(home)}
    return frozenset(places - {""}) or frozenset({_anywhere_in("US")})


def _places_of_number(prefix: str) -> set[str]:
    """States of a +1 number, or the country of any other; nothing for a number without a place."""
    if not prefix.startswith(_NANP):
        return {_country_of(prefix)} - {""}
    area_code = prefix[len(_NANP) :]
    if states := area_codes.states_of_area_code(area_code):
        return set(states)
    country = area_codes.country_of_area_code(area_code)
    return set() if country in geography.WITH_STATES else {country} - {""}


def _anywhere_in(country: str) -> str:
    if country in geography.US_FAMILY - {"US"}:
        return f"US-{country}"
    return f"{country}-{geography.ANY_PLACE}" if country in geography.WITH_STATES else country


def _nation(country: str) -> str:
    return "US" if country in geography.US_FAMILY else country


def _countries(prefix: str, country: str) -> tuple[str, ...]:
    """The stated country, and the number's own when it is another."""
    return tuple(dict.fromkeys(code for code in (country, _country_of(prefix, country)) if code))


def _zones_of_countries(countries: tuple[str, ...]) -> tuple[str, ...]:
    return geography.distinct_clocks(zone for code in countries for zone in geography.zones_of_country(code))


@lru_cache(maxsize=4096)
def _country_of(prefix: str, preferred: str = "") -> str:
    """Country of a number prefix; `preferred` if it is one of several that share the calling code."""
    if prefix.startswith(_NANP):
        return area_codes.country_of_area_code(prefix[len(_NANP) :])
    for length in range(2, len(prefix) + 1):
        regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(prefix[1:length]))
        if regions:
            country = preferred if preferred in regions else regions[0]
            return "" if country in _UNPLACED_REGIONS else country
    return ""
