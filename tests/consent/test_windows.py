"""Allowed hours: checked against a clock that is read moment by moment, and at the edges that hurt."""

import dataclasses
import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent import windows
from consent.rule_pack import RulePack, current, parse
from consent.rule_pack_rows import Rule

QUARTER = dt.timedelta(minutes=15)
YEAR = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

ZONES = [
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "America/Adak", "Pacific/Honolulu", "America/St_Johns", "America/Puerto_Rico",
    "Pacific/Guam", "Europe/London", "Europe/Paris",
    # Clocks that change at midnight, by half an hour, or stand 45 minutes off.
    "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Chatham", "America/Havana",
]  # fmt: skip
PLACES = [
    "US-NY", "US-??", "US-AL", "US-FL", "US-LA", "US-MS", "US-PA", "US-RI", "US-TX", "US-UT", "CA-ON",
    "CA-??", "GB", "FR",
]  # fmt: skip

zones_drawn = st.lists(st.sampled_from(ZONES), min_size=1, max_size=4, unique=True).map(tuple)
places_drawn = st.frozensets(st.sampled_from(PLACES), min_size=1, max_size=3)
minutes_drawn = st.integers(0, 365 * 24 * 60)
# Around the nights on which the drawn clocks change.
changes_drawn = st.builds(
    lambda day, minute: day * 24 * 60 + minute,
    st.sampled_from([66, 67, 87, 88, 93, 94, 113, 114, 276, 277, 297, 298, 302, 303, 304, 305]),
    st.integers(0, 2 * 24 * 60),
)


@cache
def wall(zone: str, quarter: int) -> tuple[dt.date, int]:
    """Local day and minute at a quarter of an hour of the year; every clock drawn stands on a quarter."""
    local = (YEAR + quarter * QUARTER).astimezone(ZoneInfo(zone))
    return local.date(), local.hour * 60 + local.minute


def is_allowed(quarter: int, zones: tuple[str, ...], rules: tuple[Rule, ...]) -> bool:
    """The definition: inside the hours of every row that binds, on every clock."""
    for rule in rules:
        for zone in (rule.zone,) if rule.zone else zones:
            day, minute = wall(zone, quarter)
            if rule.is_in_effect(day):
                hours = rule.hours_on(day)
                if hours is None or not hours[0] <= minute < hours[1]:
                    return False
    return True


def check(minute: int, zones: tuple[str, ...], places: frozenset[str], purpose: str, pack: RulePack) -> None:
    """What the windows say at a minute of the year is what walking through the quarters finds."""
    now = YEAR + dt.timedelta(minutes=minute)
    rules = pack.rules_for(places, purpose)
    first = minute // 15
    last = first + int(windows.HORIZON / QUARTER)
    found = next((at for at in range(first, last + 1) if is_allowed(at, zones, rules)), None)
    expected = None if found is None else max(now, YEAR + found * QUARTER)
    if expected is not None and expected > now + windows.HORIZON:
        expected = None
    assert windows.next_allowed(now, zones, places, purpose, pack=pack) == expected
    closes = None
    if found == first:
        closes = next(at for at in range(first, last + 96) if not is_allowed(at, zones, rules))
    assert windows.window_end(now, zones, places, purpose, pack=pack) == (closes and YEAR + closes * QUARTER)


@settings(max_examples=500, deadline=None)
@given(
    minutes_drawn | changes_drawn, zones_drawn, places_drawn, st.sampled_from(["marketing", "informational"])
)
def test_the_shipped_hours_are_what_reading_every_clock_gives(
    minute: int, zones: tuple[str, ...], places: frozenset[str], purpose: str
) -> None:
    check(minute, zones, places, purpose, current())


def pack_of(*rows: str) -> RulePack:
    """A pack with these rows for France, all in effect at once as the rows of several places are."""
    head = '[defaults]\nsource = "x"\nconfidence = "policy"\nreviewer = "x"\nby = "house"\n'
    head += "effective_from = 2020-01-01\nreview_date = 2026-01-01\n"
    packs = [
        parse({"x.toml": f'{head}[[rule]]\njurisdiction = "FR"\npurpose = "marketing"\n{row}\n'})
        for row in rows
    ]
    return dataclasses.replace(packs[0], rules=tuple(rule for pack in packs for rule in pack.rules))


FRANCE = frozenset({"FR"})
hours_drawn = st.tuples(st.integers(4 * 4, 23 * 4), st.integers(4 * 4, 23 * 4)).filter(
    lambda pair: pair[0] < pair[1]
)


def clock(quarters: int) -> str:
    return f"{quarters // 4:02}:{quarters % 4 * 15:02}"


@settings(max_examples=500, deadline=None)
@given(
    minutes_drawn | changes_drawn,
    zones_drawn,
    st.lists(hours_drawn, min_size=1, max_size=3),
    st.sampled_from(ZONES),
)
def test_any_hours_are_what_reading_every_clock_gives(
    minute: int, zones: tuple[str, ...], hours: list[tuple[int, int]], own: str
) -> None:
    rows = [f'weekdays = "{clock(start)}-{clock(end)}"\nsunday = "none"' for start, end in hours]
    rows.append(f'weekdays = "04:00-23:00"\nzone = "{own}"')
    check(minute, zones, FRANCE, "marketing", pack_of(*rows))


@settings(max_examples=300, deadline=None)
@given(changes_drawn, st.sampled_from(ZONES), st.integers(0, 96), st.integers(0, 96))
def test_on_the_night_the_clocks_change_nothing_is_allowed_outside_the_hours(
    minute: int, zone: str, one: int, other: int
) -> None:
    start, end = sorted((one, other))
    if start == end:
        end = start + 1 if start < 96 else start
        start = end - 1
    pack = pack_of(f'weekdays = "{clock(start)}-{clock(end)}"')
    now = YEAR + dt.timedelta(minutes=minute)
    opens = windows.next_allowed(now, (zone,), FRANCE, "marketing", pack=pack)
    assert opens is not None
    closes = windows.window_end(opens, (zone,), FRANCE, "marketing", pack=pack)
    assert closes is not None
    for quarter in range(
        (opens - YEAR) // QUARTER, min((closes - YEAR) // QUARTER, (opens - YEAR) // QUARTER + 200)
    ):
        assert is_allowed(quarter, (zone,), pack.rules)


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("now", "opens", "closes"),
    [
        # Saturday before the clocks go forward in New York: 10:00-20:00 at five hours behind.
        ("2026-03-07T14:59", "2026-03-07T15:00", None),
        ("2026-03-07T15:00", "2026-03-07T15:00", "2026-03-08T01:00"),
        # Sunday after: noon at four hours behind.
        ("2026-03-08T15:59", "2026-03-08T16:00", None),
        ("2026-03-08T16:00", "2026-03-08T16:00", "2026-03-08T21:00"),
        # Sunday on which they go back: noon at five hours behind again.
        ("2026-11-01T16:30", "2026-11-01T17:00", None),
        ("2026-11-01T17:00", "2026-11-01T17:00", "2026-11-01T22:00"),
    ],
)
def test_the_hours_follow_the_clock_change(now: str, opens: str, closes: str | None) -> None:
    place = (("America/New_York",), frozenset({"US-NY"}), "marketing")
    assert windows.next_allowed(utc(now), *place, pack=current()) == utc(opens)
    assert windows.window_end(utc(now), *place, pack=current()) == (utc(closes) if closes else None)


def test_hours_until_midnight_and_from_midnight_are_one_window() -> None:
    always = pack_of('weekdays = "00:00-24:00"')
    now = utc("2026-06-01T12:00")
    closes = windows.window_end(now, ("Europe/Paris",), FRANCE, "marketing", pack=always)
    assert closes is not None
    assert closes - now > windows.HORIZON


@pytest.mark.parametrize(
    ("zones", "places"),
    [
        ((), frozenset({"US-NY"})),
        (("America/New_York",), frozenset()),
        (("America/Mexico_City",), frozenset({"MX"})),
        (("America/New_York",), frozenset({"US-NY", "MX"})),
        (("Pacific/Guam", "America/Puerto_Rico"), frozenset({"US-GU", "US-PR"})),
    ],
)
def test_an_unknown_place_or_law_and_zones_too_far_apart_have_no_hour(
    zones: tuple[str, ...], places: frozenset[str]
) -> None:
    now = utc("2026-11-18T18:00")
    assert windows.next_allowed(now, zones, places, "marketing", pack=current()) is None
    assert windows.window_end(now, zones, places, "marketing", pack=current()) is None


def test_a_purpose_without_rows_has_no_hour() -> None:
    now = utc("2026-11-18T18:00")
    place = (("America/New_York",), frozenset({"US-NY"}))
    assert windows.next_allowed(now, *place, "fundraising", pack=current()) is None


def test_a_row_binds_from_its_first_day_to_the_day_before_its_last() -> None:
    pack = pack_of(
        'weekdays = "08:00-20:00"',
        'weekdays = "12:00-20:00"\neffective_from = 2026-06-02\neffective_until = 2026-06-03',
    )
    opens = [
        windows.next_allowed(utc(f"2026-06-0{day}T00:00"), ("Europe/Paris",), FRANCE, "marketing", pack=pack)
        for day in (1, 2, 3)
    ]
    assert opens == [utc("2026-06-01T06:00"), utc("2026-06-02T10:00"), utc("2026-06-03T06:00")]


def test_it_looks_eight_days_ahead_and_no_further() -> None:
    pack = pack_of('weekdays = "08:00-20:00"\neffective_from = 2026-06-10')
    place = (("Europe/Paris",), FRANCE, "marketing")
    opens = utc("2026-06-10T06:00")
    assert windows.next_allowed(opens - dt.timedelta(days=8), *place, pack=pack) == opens
    assert windows.next_allowed(opens - dt.timedelta(days=8, seconds=1), *place, pack=pack) is None


def test_a_country_whose_rows_are_all_over_has_no_hour() -> None:
    pack = pack_of('weekdays = "08:00-20:00"\neffective_until = 2026-06-02')
    place = (("Europe/Paris",), FRANCE, "marketing")
    assert windows.next_allowed(utc("2026-06-01T00:00"), *place, pack=pack) == utc("2026-06-01T06:00")
    assert windows.next_allowed(utc("2026-06-02T00:00"), *place, pack=pack) is None


@pytest.mark.parametrize(
    ("zone", "place", "holiday", "opens"),
    [
        ("America/Chicago", "US-AL", "2026-12-25T16:00", "2026-12-26T16:00"),  # Christmas, then a Saturday
        ("America/Chicago", "US-LA", "2026-11-26T16:00", None),  # Thanksgiving
        ("Europe/Paris", "FR", "2026-07-14T09:00", "2026-07-15T08:00"),
        ("America/Chicago", "US-IL", "2026-12-25T16:00", "2026-12-25T16:00"),  # no rule about holidays there
    ],
)
def test_holidays_are_closed_where_the_law_says_so(
    zone: str, place: str, holiday: str, opens: str | None
) -> None:
    found = windows.next_allowed(utc(holiday), (zone,), frozenset({place}), "marketing", pack=current())
    assert found is not None
    if opens is None:
        assert found.date() > utc(holiday).date()
    else:
        assert found == utc(opens)
