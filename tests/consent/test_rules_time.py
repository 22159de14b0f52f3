"""Rules about time: quiet hours and the frequency cap."""

import datetime as dt

import pytest

from consent import gate
from consent.facts import Facts
from consent.models import Purpose
from consent.reasons import Reason
from consent.rule_pack import current
from consent.rules import frequency, quiet_hours
from consent.rules.finding import Finding
from tests.gate_facts import HOUR, NOON, facts, got, point, program

TICK = dt.timedelta(microseconds=1)
NEW_YORK = ("America/New_York",)


def utc(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A moment in November 2026; New York is 5 hours behind, the 18th is a Wednesday."""
    return dt.datetime(2026, 11, day, hour, minute, tzinfo=dt.UTC)


def quiet(given: Facts, at: dt.datetime) -> Finding | None:
    return quiet_hours.judge(given, at, current())


@pytest.mark.parametrize(
    ("at", "opens_at"),
    [
        (utc(18, 15), None),
        (utc(18, 15) - TICK, utc(18, 15)),
        (utc(19, 1) - TICK, None),
        (utc(19, 1), utc(19, 15)),
        (utc(22, 16, 59), utc(22, 17)),  # Sunday opens at noon
        (utc(22, 22), utc(23, 15)),  # and closes at five
    ],
)
def test_marketing_keeps_to_ten_till_eight_and_sundays_to_noon_till_five(
    at: dt.datetime, opens_at: dt.datetime | None
) -> None:
    finding = quiet(facts(), at)
    assert (finding.until if finding else None) == opens_at
    assert finding is None or (finding.outcome, finding.reason.value) == ("hold", "quiet_hours")


@pytest.mark.parametrize(
    ("at", "opens_at"),
    [(utc(18, 13), None), (utc(18, 12, 59), utc(18, 13)), (utc(19, 2), utc(19, 13)), (utc(22, 13), None)],
)
def test_informational_texts_keep_to_eight_till_nine_every_day(
    at: dt.datetime, opens_at: dt.datetime | None
) -> None:
    finding = quiet(facts(Purpose.INFORMATIONAL), at)
    assert (finding.until if finding else None) == opens_at


def test_of_two_zones_the_hours_in_which_both_are_open_rule() -> None:
    given = facts(point=point(zones=("America/New_York", "America/Los_Angeles")))
    assert quiet(given, utc(18, 18)) is None
    finding = quiet(given, utc(18, 17, 59))  # 12:59 in New York, 9:59 in Los Angeles
    assert finding is not None
    assert finding.until == utc(18, 18)


def test_a_state_of_the_number_and_one_of_the_address_both_bind() -> None:
    given = facts(point=point(jurisdictions=frozenset({"US-NY", "US-RI"})))
    assert quiet(facts(), utc(18, 23)) is None  # 18:00 in New York
    finding = quiet(given, utc(18, 23))  # Rhode Island closes at 18:00
    assert finding is not None
    assert finding.until == utc(19, 15)


@pytest.mark.parametrize(
    ("zones", "places"),
    [((), {"US-NY"}), (NEW_YORK, set()), (("Pacific/Guam", "America/Puerto_Rico"), {"US-GU"})],
)
def test_when_no_hour_fits_it_waits_without_an_end(zones: tuple[str, ...], places: set[str]) -> None:
    finding = quiet(facts(point=point(zones=zones, jurisdictions=frozenset(places))), NOON)
    assert finding == Finding("hold", Reason.NO_ALLOWED_INSTANT, None)


def capped(
    *ago: dt.timedelta, own_cap: int = 3, places: frozenset[str] = frozenset({"US-NY"})
) -> Finding | None:
    given = facts(
        recent_marketing=got(*(NOON - each for each in ago)),
        program=program(marketing_cap_per_day=own_cap),
        point=point(jurisdictions=places),
    )
    return frequency.judge(given, NOON, current())


def test_the_third_text_of_a_day_goes_and_the_fourth_waits_for_the_oldest_to_leave_the_day() -> None:
    assert capped(2 * HOUR, HOUR) is None
    finding = capped(23 * HOUR, 2 * HOUR, HOUR)
    assert finding is not None
    assert (finding.outcome, finding.reason.value, finding.until) == ("hold", "frequency_cap", NOON + HOUR)


def test_a_text_leaves_the_count_exactly_a_day_after_it_went() -> None:
    assert capped(24 * HOUR, 2 * HOUR, HOUR) is None
    assert capped(24 * HOUR - TICK, 2 * HOUR, HOUR) is not None


def test_when_more_went_than_the_cap_it_waits_for_as_many_as_needed() -> None:
    finding = capped(23 * HOUR, 22 * HOUR, 21 * HOUR, 20 * HOUR, 19 * HOUR)
    assert finding is not None
    assert finding.until == NOON + 3 * HOUR  # two may stay; the text of 21 hours ago must leave


def test_the_program_may_allow_fewer_than_the_law() -> None:
    assert capped(own_cap=1) is None
    finding = capped(HOUR, own_cap=1)
    assert finding is not None
    assert finding.until == NOON + 23 * HOUR


def test_the_law_may_allow_fewer_than_the_program() -> None:
    assert capped(3 * HOUR, 2 * HOUR, own_cap=50) is None
    assert capped(3 * HOUR, 2 * HOUR, HOUR, own_cap=50) is not None


def test_a_cap_of_none_waits_until_somebody_changes_it() -> None:
    finding = capped(own_cap=0)
    assert finding is not None
    assert finding.until is None


def test_the_cap_is_for_marketing_alone() -> None:
    sent = got(*(NOON - minutes * dt.timedelta(minutes=1) for minutes in (4, 3, 2, 1)))
    updates = facts(Purpose.INFORMATIONAL, recent_marketing=sent)
    assert gate.judge_facts(updates, now=NOON, pack=current()).outcome == "allow"
    assert gate.judge_facts(facts(recent_marketing=sent), now=NOON, pack=current()).outcome == "hold"


def test_an_answer_at_night_goes_at_once() -> None:
    midnight = utc(19, 5)
    given = facts(Purpose.CONVERSATIONAL, last_inbound_at=midnight)
    assert gate.judge_facts(given, now=midnight, pack=current()).reasons == ("answering",)
