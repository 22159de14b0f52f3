import datetime as dt
import re
import timeit
from zoneinfo import ZoneInfo

import pytest

from contacts import area_codes, geography
from contacts.zones import check_zone, jurisdictions_for, zones_for

# The area codes that span clocks in the library's own data (libphonenumber issue 991 and its kind).
AMBIGUOUS = re.findall(
    r"\d+",
    "208 219 250 270 308 418 423 541 574 605 606 620 701 709 775 785 807 812 850 867 879 906 907 928 986",
)
# Newer codes over the same ground, of which the library knows one clock only.
OVERLAYS = re.findall(r"\d+", "236 257 364 367 448 458 581 672 778 930")
EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)


def number(area_code: str) -> str:
    return f"+1{area_code}5550123"


@pytest.mark.parametrize("area_code", AMBIGUOUS + OVERLAYS)
def test_an_ambiguous_area_code_has_every_clock_under_it(area_code: str) -> None:
    zones = zones_for(address=number(area_code), country="US")
    assert zones.source == "area_code"
    assert len(zones.names) > 1
    clocks = {geography.clock_of(name) for name in zones.names}
    assert len(clocks) == len(zones.names)


@pytest.mark.parametrize("area_code", ["850", "448", "423", "270", "364", "701", "605"])
def test_the_minority_zone_never_hides_the_majority(area_code: str) -> None:
    assert CENTRAL in zones_for(address=number(area_code), country="US").names


@pytest.mark.parametrize(
    ("area_code", "zone"),
    [("206", PACIFIC), ("212", EASTERN), ("602", "America/Phoenix"), ("787", "America/Puerto_Rico")],
)
def test_a_plain_area_code_has_one_zone(area_code: str, zone: str) -> None:
    assert zones_for(address=number(area_code), country="US").names == (zone,)


def test_what_the_person_stated_rules() -> None:
    zones = zones_for(address=number("206"), country="US", stated=EASTERN, brand_rule=CENTRAL)
    assert (zones.names, zones.source, zones.note) == ((EASTERN,), "stated", "")


def test_a_stated_zone_that_contradicts_the_address_keeps_both() -> None:
    zones = zones_for(address=number("206"), country="US", stated=EASTERN, postal_code="94103")
    assert zones.names == (EASTERN, PACIFIC)
    assert zones.source == "stated"
    assert "contradicts" in zones.note


@pytest.mark.parametrize("stated", ["America/Detroit", "US/Eastern", "America/Toronto"])
def test_another_name_for_the_same_clock_is_no_contradiction(stated: str) -> None:
    assert zones_for(address=number("206"), country="US", stated=stated, postal_code="10001").names == (
        stated,
    )


def test_a_stated_zone_inside_a_split_state_settles_it() -> None:
    assert zones_for(address=number("206"), country="US", stated=CENTRAL, region="FL").names == (CENTRAL,)


@pytest.mark.parametrize(
    "stated", ["EST", "Mars/Olympus", "Etc/GMT+5", "UTC", "america/new_york", "../etc/passwd"]
)
def test_an_unusable_stated_zone_is_noted_and_the_ladder_goes_on(stated: str) -> None:
    zones = zones_for(address=number("206"), country="US", stated=stated)
    assert zones.names == (PACIFIC,)
    assert zones.source == "area_code"
    assert stated in zones.note
    assert check_zone(stated)


@pytest.mark.parametrize(
    "name", ["", EASTERN, "US/Pacific", "America/Argentina/Buenos_Aires", "Europe/London"]
)
def test_a_place_or_nothing_is_a_usable_zone(name: str) -> None:
    assert check_zone(name) is None


@pytest.mark.parametrize(
    ("postal_code", "names"),
    [
        ("32501", (CENTRAL,)),
        ("33101", (EASTERN,)),
        ("32401", (CENTRAL, EASTERN)),
        ("79901", (MOUNTAIN,)),
        ("98101-1234", (PACIFIC,)),
        ("02108", (EASTERN,)),
        ("00901", ("America/Puerto_Rico",)),
        ("96799", ("Pacific/Pago_Pago",)),
        ("96813", ("Pacific/Honolulu",)),
    ],
)
def test_a_zip_code_beats_the_area_code(postal_code: str, names: tuple[str, ...]) -> None:
    zones = zones_for(address=number("907"), country="US", postal_code=postal_code)
    assert sorted(zones.names) == sorted(names)
    assert zones.source == "postal_code"


def test_a_canadian_postal_code_is_read_in_any_spelling() -> None:
    for spelling in ("M5V 2T6", "m5v2t6", " M5V2T6"):
        zones = zones_for(address=number("604"), country="CA", postal_code=spelling)
        assert zones.names == ("America/Toronto",)


def test_a_region_that_disagrees_with_the_postal_code_widens_it() -> None:
    zones = zones_for(address=number("206"), country="US", postal_code="94103", region="NY")
    assert set(zones.names) == {PACIFIC, EASTERN}


@pytest.mark.parametrize("region", ["WA", "wa", "US-WA", "Washington", " washington state "])
def test_a_region_is_read_in_letters_or_words(region: str) -> None:
    zones = zones_for(address=number("212"), country="US", region=region)
    assert (zones.names, zones.source) == ((PACIFIC,), "region")


def test_the_brands_rule_comes_before_the_area_code() -> None:
    zones = zones_for(address=number("206"), country="US", brand_rule=CENTRAL)
    assert (zones.names, zones.source) == ((CENTRAL,), "brand_rule")


def test_a_number_without_a_place_has_every_zone_of_its_country() -> None:
    zones = zones_for(address=number("500"), country="US")
    assert zones.source == "country"
    assert {
        EASTERN,
        CENTRAL,
        MOUNTAIN,
        "America/Phoenix",
        PACIFIC,
        "Pacific/Honolulu",
        "America/Adak",
    } <= set(zones.names)


def test_a_foreign_number_has_its_countrys_zones() -> None:
    assert zones_for(address="+447400123456", country="GB").names == ("Europe/London",)
    assert zones_for(address="+447400123456", country="").names == ("Europe/London",)
    assert set(zones_for(address="+34600123456", country="ES").names) == {"Europe/Madrid", "Atlantic/Canary"}


def test_a_foreign_number_of_someone_here_has_both_countries_zones() -> None:
    names = zones_for(address="+447400123456", country="US").names
    assert {"Europe/London", EASTERN, "Pacific/Honolulu"} <= set(names)


def test_nothing_known_is_no_zone_and_never_a_guess() -> None:
    zones = zones_for(address="messenger:123", country="")
    assert (zones.names, zones.source) == ((), "unknown")


def test_a_channel_prefix_changes_nothing() -> None:
    assert zones_for(address="whatsapp:" + number("206"), country="US") == zones_for(
        address=number("206"), country="US"
    )


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ({"address": number("305"), "country": "US"}, {"US-FL"}),
        ({"address": number("305"), "country": "US", "region": "CT"}, {"US-FL", "US-CT"}),
        ({"address": number("206"), "country": "US", "postal_code": "73102"}, {"US-WA", "US-OK"}),
        ({"address": number("416"), "country": "CA"}, {"CA-ON"}),
        ({"address": number("902"), "country": "CA"}, {"CA-NS", "CA-PE"}),
        ({"address": number("201"), "country": "US"}, {"US-NJ", "US-NY"}),
        ({"address": number("787"), "country": "US"}, {"US-PR"}),
        ({"address": number("671"), "country": "GU"}, {"US-GU"}),
        ({"address": number("800"), "country": "US"}, {"US-??"}),
        ({"address": number("800"), "country": "CA"}, {"CA-??"}),
        ({"address": number("500"), "country": "US", "region": "TX"}, {"US-TX"}),
        ({"address": "+447400123456", "country": "GB"}, {"GB"}),
        ({"address": "+447400123456", "country": "US"}, {"GB", "US-??"}),
        ({"address": "+447400123456", "country": "US", "region": "RI"}, {"GB", "US-RI"}),
        ({"address": "messenger:123", "country": ""}, {"US-??"}),
    ],
)
def test_the_number_and_the_address_both_bring_their_law(given: dict[str, str], places: set[str]) -> None:
    assert jurisdictions_for(**given) == places


def test_every_area_code_with_a_place_has_a_state_or_country_and_a_zone() -> None:
    for area_code in map(str, range(200, 1000)):
        country = area_codes.country_of_area_code(area_code)
        if area_codes.zones_of_area_code(area_code) and country in geography.WITH_STATES:
            assert area_codes.states_of_area_code(area_code), area_code


def test_the_states_are_those_of_the_librarys_own_lookup() -> None:
    from phonenumbers.geodata import (
        GEOCODE_DATA,
    )  # the whole world, seconds to load: the oracle, not the product

    expected: dict[str, set[str]] = {}
    for prefix, place in GEOCODE_DATA.items():
        state = geography.state_code("", place["en"].rpartition(", ")[2]) if prefix.startswith("1") else ""
        if state:
            expected.setdefault(prefix[1:4], set()).add(state)
    assert len(expected) > 350
    for area_code, states in expected.items():
        assert states <= area_codes.states_of_area_code(area_code), area_code


def test_every_state_has_zones_that_exist_and_postal_codes_that_are_its_own() -> None:
    for state, row in geography._state_rows().items():
        assert geography.zones_of_states(frozenset({state}))
        assert all(check_zone(zone) is None for zone in row["zones"])
        assert set(row.get("sure", {})) <= set(row["zones"])
        country = state.partition("-")[0]
        for prefixes in row.get("sure", {}).values():
            for prefix in geography._spell_out(prefixes):
                assert geography.states_of_postal_code(country, prefix) == {state}


def test_no_postal_prefix_belongs_to_two_states() -> None:
    rows = geography._state_rows().values()
    prefixes = [prefix for row in rows for prefix in geography._spell_out(row["postal"])]
    assert len(prefixes) == len(set(prefixes))


def test_kept_zones_show_the_same_time_as_those_left_out() -> None:
    everything, kept = geography._country_zones()["US"], geography.zones_of_country("US")
    for moment in (dt.datetime(2026, month, day, tzinfo=dt.UTC) for month in range(1, 13) for day in (1, 15)):
        shown = {moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in everything}
        assert shown == {moment.astimezone(ZoneInfo(zone)).utcoffset() for zone in kept}


def test_a_repeated_question_is_answered_from_memory() -> None:
    def ask() -> None:
        zones_for(address="+12065557991", country="US", region="WA", postal_code="98101")
        jurisdictions_for(address="+12065557991", country="US", region="WA", postal_code="98101")

    ask()
    assert min(timeit.repeat(ask, number=1000, repeat=5)) < 0.05  # 50 µs each, to be safe on a busy machine
