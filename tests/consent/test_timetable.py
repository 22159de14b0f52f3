"""The week that is drawn is the week that is judged, whatever the clocks do."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from consent import rule_pack, timetable, windows

NOON = dt.datetime(2026, 11, 18, 18, 0, tzinfo=dt.UTC)
NEW_YORK, HONOLULU = ("America/New_York",), ("Pacific/Honolulu",)
QUARTER = dt.timedelta(minutes=15)


def week(
    now: dt.datetime, zones: tuple[str, ...] = NEW_YORK, places: frozenset[str] = frozenset({"US-NY"}),
    clock: str = "America/New_York", purpose: str = "marketing",
) -> tuple[timetable.Day, ...]:  # fmt: skip
    return timetable.week(now, zones, places, purpose, clock=ZoneInfo(clock), pack=rule_pack.current())


def test_it_begins_today_and_has_seven_days_with_the_present_moment_in_the_first() -> None:
    days = week(NOON)
    assert [day.date for day in days] == [dt.date(2026, 11, 18) + dt.timedelta(days=n) for n in range(7)]
    assert [day.now is not None for day in days] == [True] + [False] * 6
    assert days[0].now == pytest.approx(100 * 13 / 24, abs=0.01)


@pytest.mark.parametrize(
    ("now", "zones", "places", "clock"),
    [
        (NOON, NEW_YORK, frozenset({"US-NY"}), "America/New_York"),
        (NOON, NEW_YORK, frozenset({"US-FL"}), "America/New_York"),
        (NOON, HONOLULU, frozenset({"US-HI", "US-NY"}), "America/New_York"),
        (NOON, ("America/New_York", "America/Los_Angeles"), frozenset({"US-??"}), "America/Chicago"),
        (dt.datetime(2026, 10, 29, 3, 0, tzinfo=dt.UTC), NEW_YORK, frozenset({"US-NY"}), "America/New_York"),
        (dt.datetime(2027, 3, 12, 3, 0, tzinfo=dt.UTC), NEW_YORK, frozenset({"US-AL"}), "America/New_York"),
        (dt.datetime(2026, 12, 22, 3, 0, tzinfo=dt.UTC), ("Europe/Paris",), frozenset({"FR"}), "Europe/Paris"),
    ],
)  # fmt: skip
def test_every_quarter_of_an_hour_is_drawn_as_the_gate_judges_it(
    now: dt.datetime, zones: tuple[str, ...], places: frozenset[str], clock: str
) -> None:
    """Over changes of the clock, holidays, and where several zones must agree."""
    pack = rule_pack.current()
    for day in week(now, zones, places, clock):
        moment = dt.datetime.combine(day.date, dt.time(), ZoneInfo(clock)).astimezone(dt.UTC)
        while (local := moment.astimezone(ZoneInfo(clock))).date() == day.date:
            share = 100 * (local.hour * 60 + local.minute) / 1440
            drawn = any(span.left - 0.01 <= share < span.left + span.width - 0.01 for span in day.spans)
            is_open = windows.window_end(moment, zones, places, "marketing", pack=pack) is not None
            assert drawn is is_open, local
            moment += QUARTER


def test_hours_that_pass_midnight_on_another_clock_are_two_pieces() -> None:
    days = week(NOON, HONOLULU, frozenset({"US-HI"}), clock="Europe/Berlin")
    assert any(span.left == 0 for span in days[1].spans)
    assert any(span.words.endswith("24:00") for day in days for span in day.spans)


def test_a_place_that_is_not_served_has_no_hours_and_says_so() -> None:
    assert {day.words for day in week(NOON, ("Asia/Tokyo",), frozenset({"JP"}), clock="Asia/Tokyo")} == {
        "not at all"
    }
