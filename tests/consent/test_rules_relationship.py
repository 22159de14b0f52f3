"""Rules about the relationship: offers, repetition, listening, courtesy, weeks and months, silence, kinds of line."""

import dataclasses
import datetime as dt
from typing import Any

import pytest

from consent import gate
from consent.asking import Got
from consent.facts import Facts
from consent.models import Purpose
from consent.reasons import Reason
from consent.rule_pack import current
from consent.rules import (
    courtesy,
    frequency,
    freshness,
    line_type,
    listening,
    repetition,
    value_budget,
)
from consent.rules.finding import Finding, Rule
from messaging.models import Value
from tests.gate_facts import ACTIVE, HOUR, NOON, facts, got, point, program, relationship

DAY = dt.timedelta(days=1)
WEEK = 7 * DAY
TICK = dt.timedelta(microseconds=1)
AGREED = NOON - 200 * DAY
LONG_AGO = dataclasses.replace(ACTIVE, granted_at=AGREED)


def under(purpose: str = Purpose.MARKETING, *, rules: dict[str, Any], **given: Any) -> Facts:
    """Facts under a program with these settings, of somebody who agreed 200 days ago."""
    own = program(relationship=relationship(**rules))
    return facts(purpose, program=own, **{"permission": LONG_AGO} | given)


def held(reason: Reason, until: dt.datetime | None = None) -> Finding:
    return Finding("hold", reason, until)


def ago(*days: float) -> tuple[Got, ...]:
    return got(*(NOON - each * DAY for each in days))


def texts(*values: str) -> tuple[Got, ...]:
    """One text a day that brought this, the last one yesterday."""
    return tuple(
        Got(NOON - days * DAY, value) for days, value in zip(range(len(values), 0, -1), values, strict=True)
    )


# Offers


def offer(
    *before: str, share: int = 50, window: int = 4, value: str = "offer", **given: Any
) -> Finding | None:
    rules = {"offer_share": share, "offer_window": window}
    return value_budget.judge(
        under(rules=rules, value=value, **{"recent_marketing": texts(*before)} | given), NOON, current()
    )


def test_the_words_of_the_rules_are_the_values_of_a_text() -> None:
    assert (value_budget.OFFER, listening.QUESTION) == (Value.OFFER, Value.QUESTION)


@pytest.mark.parametrize(
    ("before", "is_held"),
    [
        ((), True),
        (("care",), False),
        (("offer",), True),
        (("care", "offer"), True),
        (("care", "story", "offer"), False),
        (("care", "offer", "offer"), True),
        (("offer", "care", "story", "care"), False),
        (("offer", "offer", "care", "offer"), True),  # the window has forgotten the first one only
    ],
)
def test_at_most_half_of_the_last_four_are_offers(before: tuple[str, ...], is_held: bool) -> None:
    assert offer(*before) == (held(Reason.OFFER_NOT_DUE) if is_held else None)


def test_what_is_no_offer_is_never_held_by_it() -> None:
    assert all(
        offer("offer", "offer", "offer", value=value) is None for value in Value.values if value != "offer"
    )


def test_the_share_and_the_window_are_the_programs_own() -> None:
    assert offer("care", "care", share=34, window=3) is None
    assert offer("care", "care", share=33, window=3) is not None
    assert offer("care", "care", "offer", "offer", "offer", share=60, window=5) is not None
    assert offer("care", "care", "offer", "offer", share=60, window=5) is None


def test_the_first_text_after_joining_is_no_offer_whatever_the_share() -> None:
    assert offer(share=100) is not None
    assert offer("offer", share=100) is None
    returned = dataclasses.replace(ACTIVE, granted_at=NOON - DAY + TICK)
    assert offer("care", share=100, permission=returned) is not None
    assert offer("care", share=100, permission=dataclasses.replace(ACTIVE, granted_at=NOON - DAY)) is None


def test_a_window_of_one_forgets_what_was_before() -> None:
    assert offer("offer", "offer", share=100, window=1) is None


# Repetition


def repeated(
    theirs: int | None, ours: int | None, *, when: dt.datetime = NOON - DAY, value: str = Value.OFFER
) -> Finding | None:
    given = facts(value=value, likeness=ours, recent_marketing=got(when, likeness=theirs))
    return repetition.judge(given, NOON, current())


def test_the_same_text_is_refused_for_ninety_days() -> None:
    assert repeated(12345, 12345) == Finding("refuse", Reason.ALREADY_SAID)
    assert repeated(12345, 12345, when=NOON - 90 * DAY + TICK) is not None
    assert repeated(12345, 12345, when=NOON - 90 * DAY) is None


@pytest.mark.parametrize("value", Value)
def test_only_promotions_are_not_repeated(value: str) -> None:
    assert (repeated(7, 7, value=value) is not None) is (value in {Value.OFFER, Value.REWARD})


def test_a_text_that_differs_in_few_bits_is_the_same() -> None:
    assert repeated(0b111111 << 20 | 1, 1) is not None
    assert repeated(0b1111111 << 20 | 1, 1) is None


def test_the_sign_is_one_bit_like_the_others() -> None:
    assert repetition.is_same(-1, 2**63 - 1)
    assert not repetition.is_same(-1, 1)


def test_an_old_text_behind_a_new_one_is_found() -> None:
    given = facts(
        value="reward",
        likeness=7,
        recent_marketing=(*got(NOON - WEEK, likeness=7), *got(NOON - DAY, likeness=-8)),
    )
    assert repetition.judge(given, NOON, current()) is not None


@pytest.mark.parametrize(("theirs", "ours"), [(None, 7), (7, None), (0, 0), (None, None)])
def test_texts_without_words_or_from_before_are_like_nothing(theirs: int | None, ours: int | None) -> None:
    assert repeated(theirs, ours) is None


# Listening


def pace(
    *days: float, heard: dt.datetime | None = None, at: dt.datetime = NOON, most: int = 4
) -> Finding | None:
    given = under(rules={"quiet_after": most}, recent_marketing=ago(*days), last_inbound_at=heard)
    return listening.pace(given, at, current())


def test_after_four_texts_without_an_answer_the_next_comes_a_week_later() -> None:
    assert pace(3, 2, 1) is None
    assert pace(4, 3, 2, 1) == held(Reason.NO_ANSWERS, NOON + 6 * DAY)
    assert pace(4, 3, 2, 1, at=NOON + 6 * DAY - TICK) is not None
    assert pace(4, 3, 2, 1, at=NOON + 6 * DAY) is None


def test_with_each_further_one_it_is_two_weeks_and_then_four() -> None:
    assert pace(12, 11, 10, 9, 1) == held(Reason.NO_ANSWERS, NOON + 13 * DAY)
    assert pace(40, 30, 20, 12, 10, 1) == held(Reason.NO_ANSWERS, NOON + 27 * DAY)
    assert pace(60, 50, 40, 30, 20, 12, 10, 1) == held(Reason.NO_ANSWERS, NOON + 27 * DAY)


def test_an_answer_brings_the_usual_pace_back() -> None:
    assert pace(4, 3, 2, 1, heard=NOON - 4 * DAY) is None  # it came with the first: three are left
    assert pace(4, 3, 2, 1, heard=NOON - 4 * DAY - TICK) is not None


def test_agreeing_anew_does_so_too() -> None:
    given = under(rules={"quiet_after": 2}, recent_marketing=ago(3, 2, 1), permission=LONG_AGO)
    assert listening.pace(given, NOON, current()) is not None
    back = dataclasses.replace(given, permission=dataclasses.replace(ACTIVE, granted_at=NOON - 1.5 * DAY))
    assert listening.pace(back, NOON, current()) is None


def test_a_program_may_listen_sooner_or_not_at_all() -> None:
    assert pace(1, most=1) == held(Reason.NO_ANSWERS, NOON + 6 * DAY)
    assert pace(5, 4, 3, 2, 1, most=0) is None


def asked(*before: str, value: str = "story", every: int = 5) -> Finding | None:
    given = under(rules={"question_every": every}, recent_marketing=texts(*before), value=value)
    return listening.question(given, NOON, current())


def test_a_statement_waits_when_none_of_the_last_five_was_a_question() -> None:
    assert asked(*["story"] * 4) is None
    assert asked(*["story"] * 5) == held(Reason.QUESTION_FIRST)
    assert asked("question", *["story"] * 4) is None
    assert asked("question", *["story"] * 5) is not None


def test_a_question_is_never_held_and_without_the_setting_nothing_is() -> None:
    assert asked(*["story"] * 9, value="question") is None
    assert asked(*["story"] * 9, every=0) is None


# Courtesy


def courteous(at: dt.datetime = NOON, **given: Any) -> Finding | None:
    return courtesy.judge(under(rules={"rest_hours": 2}, **given), at, current())


def test_who_waits_for_us_or_is_upset_gets_nothing_automatic() -> None:
    assert courteous() is None
    assert courteous(is_waiting=True) == held(Reason.WAITS_FOR_US)
    assert courteous(mood="angry", is_waiting=True) == held(Reason.UPSET)
    assert courteous(mood="sad") == held(Reason.UPSET)


def test_a_conversation_rests_for_two_hours_after_our_last_word() -> None:
    assert courteous(last_reply_at=NOON - HOUR) == held(Reason.IN_CONVERSATION, NOON + HOUR)
    assert courteous(NOON + HOUR - TICK, last_reply_at=NOON - HOUR) is not None
    assert courteous(NOON + HOUR, last_reply_at=NOON - HOUR) is None


@pytest.mark.parametrize(
    ("purpose", "outcome"),
    [
        (Purpose.MARKETING, "hold"),
        (Purpose.INFORMATIONAL, "hold"),
        (Purpose.CONVERSATIONAL, "allow"),
        (Purpose.CONSENT, "allow"),
    ],
)
def test_courtesy_is_asked_of_automatic_texts_alone(purpose: str, outcome: str) -> None:
    given = facts(purpose, is_waiting=True, mood="angry", last_inbound_at=NOON)
    assert gate.judge_facts(given, now=NOON, pack=current()).outcome == outcome


# Frequency


@pytest.mark.parametrize(
    ("rule", "setting", "period", "reason"),
    [
        (frequency.weekly, "marketing_cap_per_week", WEEK, Reason.WEEKLY_CAP),
        (frequency.monthly, "marketing_cap_per_month", 30 * DAY, Reason.MONTHLY_CAP),
    ],
)
def test_a_week_and_a_month_have_caps_of_their_own(
    rule: Rule, setting: str, period: dt.timedelta, reason: Reason
) -> None:
    def capped(cap: int, *moments: dt.datetime, a_day: int = 1) -> Finding | None:
        given = under(rules={setting: cap}, recent_marketing=got(*moments))
        assert given.program
        daily = dataclasses.replace(given.program, marketing_cap_per_day=a_day)
        return rule(dataclasses.replace(given, program=daily), NOON, current())

    assert capped(2, NOON - HOUR) is None
    assert capped(2, NOON - period + TICK, NOON - HOUR) == held(reason, NOON + TICK)
    assert capped(2, NOON - period, NOON - HOUR) is None
    assert capped(0, *[NOON - HOUR] * 20) is None
    assert capped(2, *[NOON - HOUR] * 4, a_day=5) is None  # who may have five a day may have them in a week
    assert capped(2, *[NOON - HOUR] * 5, a_day=5) is not None


# Freshness


def fresh(**given: Any) -> Finding | None:
    return freshness.judge(under(rules={"silence_days": 540}, **given), NOON, current())


def agreed(when: dt.datetime) -> dict[str, Any]:
    return {"permission": dataclasses.replace(ACTIVE, granted_at=when)}


def test_after_a_long_silence_a_person_is_asked_again() -> None:
    assert fresh(**agreed(NOON - 540 * DAY + TICK)) is None
    assert fresh(**agreed(NOON - 540 * DAY)) == held(Reason.LONG_SILENCE)


def test_an_answer_ends_the_silence() -> None:
    silent = agreed(NOON - 900 * DAY)
    assert fresh(**silent, last_inbound_at=NOON - 540 * DAY) is not None
    assert fresh(**silent, last_inbound_at=NOON - 540 * DAY + TICK) is None


def test_a_permission_nobody_can_date_is_taken_for_an_old_one() -> None:
    assert fresh(permission=dataclasses.replace(ACTIVE, granted_at=None)) is not None


def test_a_program_may_never_ask_again() -> None:
    given = under(rules={"silence_days": 0}, **agreed(NOON - 9000 * DAY))
    assert freshness.judge(given, NOON, current()) is None


# Kinds of line


def line(kind: str, **rules: bool) -> Finding | None:
    return line_type.judge(under(rules=rules, point=point(line=kind)), NOON, current())


@pytest.mark.parametrize("kind", ["fixed_line", *sorted(line_type.SERVICE_LINES)])
def test_a_landline_or_a_service_line_gets_nothing_automatic(kind: str) -> None:
    assert line(kind) == Finding("refuse", Reason.NOT_A_MOBILE)
    assert (line(kind, texts_landlines=True) is None) == (kind == "fixed_line")


@pytest.mark.parametrize("kind", ["mobile", "fixed_line_or_mobile", "personal_number", "unknown"])
def test_what_may_be_a_mobile_is_taken_for_one(kind: str) -> None:
    assert line(kind) is None


def test_internet_lines_are_texted_unless_the_program_says_no() -> None:
    assert line("voip") is None
    assert line("voip", texts_voip=False) == Finding("refuse", Reason.INTERNET_LINE)


# Together


def test_of_several_timed_holds_the_last_end_is_waited_for_and_it_is_a_fit_hour() -> None:
    rules = {"quiet_after": 4, "marketing_cap_per_week": 4, "rest_hours": 2}
    given = under(rules=rules, recent_marketing=ago(4, 3, 2, 1.3), last_reply_at=NOON)
    verdict = gate.judge_facts(given, now=NOON, pack=current())
    assert (verdict.outcome, verdict.reasons) == ("hold", ("in_conversation", "weekly_cap", "no_answers"))
    assert verdict.until is not None
    assert verdict.until > NOON - 1.3 * DAY + WEEK
    assert gate.judge_facts(given, now=verdict.until, pack=current()).outcome == "allow"
    assert gate.judge_facts(given, now=verdict.until - TICK, pack=current()).outcome == "hold"


def test_a_hold_that_only_a_change_ends_has_no_end() -> None:
    given = under(rules={"rest_hours": 2}, last_reply_at=NOON, mood="sad")
    assert gate.judge_facts(given, now=NOON, pack=current()).until is None


def test_the_receipt_tells_what_was_known_of_the_relationship() -> None:
    given = under(
        rules={},
        last_reply_at=NOON - DAY,
        is_waiting=True,
        mood="sad",
        recent_marketing=ago(40, 9, 8, 1, 0.5),
    )
    kept = gate.judge_facts(given, now=NOON, pack=current()).facts
    assert (kept["recent_marketing"], kept["is_waiting"], kept["is_upset"]) == (1, True, True)
    assert kept["latest_marketing_at"] == (NOON - 12 * HOUR).isoformat()
    assert kept["latest_values"] == ["know_how"] * 4
