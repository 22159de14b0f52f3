"""When a person agreed, in the spellings of exports."""

import datetime as dt

import pytest

from consent.intake_times import BadTime, read_time

NOW = dt.datetime(2026, 11, 18, 18, 0, tzinfo=dt.UTC)


def read(text: str, *, country: str = "US", zone: str = "America/New_York") -> dt.datetime:
    return read_time(text, zone=zone, country=country, now=NOW).at


@pytest.mark.parametrize(("text", "moment"), [
    ("2025-09-08T00:40:00-08:00", "2025-09-08T08:40:00+00:00"),
    ("2026-08-18 11:09:00-05:00", "2026-08-18T16:09:00+00:00"),
    ("2024-01-14T01:14:00Z", "2024-01-14T01:14:00+00:00"),
    ("04/18/2025 02:47 PM", "2025-04-18T18:47:00+00:00"),
    ("02/24/2024 12:30 AM", "2024-02-24T05:30:00+00:00"),
    ("02/24/2024 12:30 PM", "2024-02-24T17:30:00+00:00"),
    ("2026-06-16", "2026-06-16T04:00:00+00:00"),
    ("6/16/2026", "2026-06-16T04:00:00+00:00"),
])  # fmt: skip
def test_it_reads_a_moment(text: str, moment: str) -> None:
    assert read(text) == dt.datetime.fromisoformat(moment)


def test_it_says_what_it_had_to_assume() -> None:
    assumed = read_time("04/18/2025 02:47 PM", zone="America/New_York", country="US", now=NOW).assumed
    assert assumed == "local time in America/New_York"
    assert read_time("2025-04-18T14:47:00Z", zone="America/New_York", country="US", now=NOW).assumed == ""


@pytest.mark.parametrize(("text", "reason"), [
    ("", "no_time"),
    ("yesterday", "unusable_time"),
    ("18/04/2025", "unusable_time"),
    ("13:45", "unusable_time"),
    ("04/18/25", "unusable_time"),
    ("04/18/2025 14:47 PM", "unusable_time"),
    ("2025-02-30", "unusable_time"),
    ("1970-01-01", "unusable_time"),
    ("2026-11-18T18:00:01Z", "time_in_future"),
    ("2031-01-01", "time_in_future"),
    ("2026-11-18", "time_unsure"),
    ("2026-11-18 11:00:00", "time_unsure"),
])  # fmt: skip
def test_it_refuses_what_is_no_certain_past_moment(text: str, reason: str) -> None:
    with pytest.raises(BadTime) as caught:
        read(text)
    assert caught.value.reason == reason


def test_a_day_counts_once_it_is_over_everywhere() -> None:
    assert read("2026-11-17") == dt.datetime(2026, 11, 17, 5, tzinfo=dt.UTC)


def test_the_order_of_day_and_month_is_that_of_the_brands_country() -> None:
    assert read("03/04/2025", country="GB", zone="Europe/London").date() == dt.date(2025, 4, 2)
    assert read("03/04/2025", country="GB", zone="UTC").date() == dt.date(2025, 4, 3)
    with pytest.raises(BadTime, match="cannot be read"):
        read("03/04/2025", country="CA")
