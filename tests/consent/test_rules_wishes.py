"""Rules about what a person asked for on the preference page: a pause, and fewer texts."""

import dataclasses
import datetime as dt

import pytest

from consent import gate
from consent.models import Purpose
from consent.projection import Standing
from consent.rule_pack import current
from consent.rules import closed_number, frequency, pause, permission
from consent.rules.finding import Finding
from tests.gate_facts import ACTIVE, HOUR, NOON, facts, got, program

DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)
FEWER = dataclasses.replace(ACTIVE, fewer=True)
WEEK = 7 * DAY


def reduced(*ago: dt.timedelta, most: int = 1, number: Standing | None = None) -> Finding | None:
    given = facts(
        recent_marketing=got(*(NOON - each for each in ago)),
        program=program(fewer_per_week=most),
        permission=ACTIVE if number else FEWER,
        number=number,
    )
    return frequency.fewer(given, NOON, current())


def test_who_did_not_ask_for_fewer_is_not_held() -> None:
    given = facts(recent_marketing=got(NOON - DAY, NOON - HOUR))
    assert frequency.fewer(given, NOON, current()) is None


def test_the_second_text_of_a_week_waits_for_the_first_to_leave_it() -> None:
    assert reduced() is None
    finding = reduced(2 * DAY)
    assert finding is not None
    assert (finding.outcome, finding.reason.value, finding.until) == (
        "hold",
        "asked_for_fewer",
        NOON + 5 * DAY,
    )


def test_a_text_leaves_the_week_exactly_seven_days_after_it_went() -> None:
    assert reduced(WEEK) is None
    finding = reduced(WEEK - TICK)
    assert finding is not None
    assert finding.until == NOON + TICK


def test_the_program_says_how_many_are_few() -> None:
    assert reduced(3 * DAY, DAY, most=3) is None
    finding = reduced(6 * DAY, 5 * DAY, 3 * DAY, DAY, most=3)
    assert finding is not None
    assert finding.until == NOON + 2 * DAY  # two may stay; the text of 5 days ago must leave


def test_none_at_all_waits_until_somebody_changes_it() -> None:
    finding = reduced(most=0)
    assert finding is not None
    assert finding.until is None


def test_it_counts_whether_it_was_asked_for_the_number_or_the_program() -> None:
    assert reduced(DAY, number=Standing(fewer=True)) is not None


def test_fewer_is_about_marketing_alone() -> None:
    for purpose, outcome in ((Purpose.MARKETING, "hold"), (Purpose.INFORMATIONAL, "allow")):
        given = facts(purpose, recent_marketing=got(NOON - DAY), permission=FEWER)
        assert gate.judge_facts(given, now=NOON, pack=current()).outcome == outcome


def test_a_hold_for_fewer_ends_in_an_hour_that_is_fit() -> None:
    went_at = NOON - WEEK + 10 * HOUR  # leaves the week at 23:00 in New York
    given = facts(recent_marketing=got(went_at), permission=FEWER)
    verdict = gate.judge_facts(given, now=NOON, pack=current())
    assert verdict.reasons == ("asked_for_fewer",)
    assert verdict.until is not None
    assert verdict.until > NOON + 10 * HOUR
    assert gate.judge_facts(given, now=verdict.until, pack=current()).outcome == "allow"
    assert gate.judge_facts(given, now=verdict.until - TICK, pack=current()).outcome == "hold"


def paused(until: dt.datetime | None) -> Standing:
    return dataclasses.replace(ACTIVE, paused=True, paused_until=until)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (NOON + 30 * DAY, NOON + 30 * DAY),
        (NOON + TICK, NOON + TICK),
        (NOON, NOON + pause.RECORDED_WITHIN),
        (NOON - pause.RECORDED_WITHIN + TICK, NOON + TICK),
        (NOON - pause.RECORDED_WITHIN, None),
        (None, None),
    ],
)
def test_a_pause_holds_until_its_end_and_then_until_that_is_recorded(
    until: dt.datetime | None, expected: dt.datetime | None
) -> None:
    for finding in (
        permission.judge(facts(permission=paused(until)), NOON, current()),
        closed_number.judge(facts(number=paused(until)), NOON, current()),
    ):
        assert finding is not None
        assert (finding.outcome, finding.reason.value, finding.until) == ("hold", "paused", expected)


@pytest.mark.parametrize("purpose", [Purpose.MARKETING, Purpose.INFORMATIONAL])
def test_of_two_pauses_the_longer_one_is_waited_for(purpose: str) -> None:
    given = facts(purpose, number=paused(NOON + DAY), permission=paused(NOON + 2 * DAY))
    assert gate.judge_facts(given, now=NOON, pack=current()).until == NOON + 2 * DAY
    given = facts(purpose, number=paused(NOON + DAY), permission=paused(None))
    assert gate.judge_facts(given, now=NOON, pack=current()).until is None


def test_a_pause_that_ends_at_night_holds_until_the_morning() -> None:
    verdict = gate.judge_facts(facts(permission=paused(NOON + 10 * HOUR)), now=NOON, pack=current())
    assert verdict.until is not None
    assert verdict.until > NOON + 10 * HOUR


def test_who_paused_still_gets_answers() -> None:
    given = facts(Purpose.CONVERSATIONAL, number=paused(NOON + DAY), last_inbound_at=NOON)
    assert gate.judge_facts(given, now=NOON, pack=current()).outcome == "allow"
