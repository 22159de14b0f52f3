"""Waits in words and in ISO 8601."""

import datetime as dt

import pytest

from campaigns.program_file_waits import format_wait, parse_wait


@pytest.mark.parametrize(("text", "wait"), [
    ("0 minutes", dt.timedelta(0)),
    ("2 seconds", dt.timedelta(seconds=2)),
    ("1 hour 30 minutes", dt.timedelta(minutes=90)),
    ("1 day and 2 hours", dt.timedelta(hours=26)),
    ("1 week, 1 day", dt.timedelta(days=8)),
    ("PT90M", dt.timedelta(minutes=90)),
    ("P3D", dt.timedelta(days=3)),
])  # fmt: skip
def test_it_reads_a_wait(text: str, wait: dt.timedelta) -> None:
    assert parse_wait(text) == wait


@pytest.mark.parametrize("text", ["", "soon", "2", "2 months", "-1 day", "P1M", "1.5 days", "3 days ago"])
def test_it_refuses_what_has_no_certain_length(text: str) -> None:
    with pytest.raises(ValueError, match="is no wait"):
        parse_wait(text)


def test_it_says_a_wait_in_words_that_it_can_read() -> None:
    for seconds in (0, 1, 59, 60, 3661, 86400 * 9 + 5):
        wait = dt.timedelta(seconds=seconds)
        assert parse_wait(format_wait(wait)) == wait
