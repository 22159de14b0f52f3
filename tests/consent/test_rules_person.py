"""Rules about the person: known, permission, closed number, answer."""

import dataclasses
import datetime as dt

import pytest

from consent.facts import Facts
from consent.models import Purpose
from consent.projection import Standing
from consent.rule_pack import current
from consent.rules import answer, closed_number, known, permission
from consent.rules.finding import Finding, Rule
from tests.gate_facts import ACTIVE, HOUR, KEYS, NOON, STOPPED, facts, program


def judged(rule: Rule, given: Facts, at: dt.datetime = NOON) -> tuple[str, str] | None:
    finding: Finding | None = rule(given, at, current())
    return (finding.outcome, finding.reason.value) if finding else None


def test_known_has_nothing_against_a_number_and_a_program_of_the_brand() -> None:
    assert judged(known.judge, facts()) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_known_refuses_an_unknown_number_for_every_purpose(purpose: str) -> None:
    assert judged(known.judge, facts(purpose, point=None)) == ("refuse", "no_permission")


@pytest.mark.parametrize("purpose", list(Purpose))
def test_known_refuses_a_program_that_is_not_there(purpose: str) -> None:
    assert judged(known.judge, facts(purpose, program=None)) == ("refuse", "no_permission")


@pytest.mark.parametrize(
    ("purpose", "expected"),
    [
        (Purpose.MARKETING, ("refuse", "no_permission")),
        (Purpose.INFORMATIONAL, ("refuse", "no_permission")),
        (Purpose.CONVERSATIONAL, None),
        (Purpose.CONSENT, None),
    ],
)
def test_known_lets_only_answers_and_confirmations_go_without_a_program(
    purpose: str, expected: tuple[str, str] | None
) -> None:
    assert judged(known.judge, facts(purpose, program_id=None, program=None)) == expected


CLOSED = frozenset({"keyword"})


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        (ACTIVE, None),
        (None, ("refuse", "no_permission")),
        (Standing(), ("refuse", "no_permission")),
        (Standing(purposes=frozenset({KEYS["informational"]})), ("refuse", "no_permission")),
        (Standing(purposes=frozenset({"marketing:older-words"})), ("refuse", "no_permission")),
        (Standing(requested=True), ("refuse", "not_confirmed")),
        (Standing(requested=True, purposes=frozenset({KEYS["informational"]})), ("refuse", "not_confirmed")),
        (Standing(expired=True), ("refuse", "expired")),
        (dataclasses.replace(ACTIVE, closed_by=CLOSED), ("refuse", "left_program")),
        (dataclasses.replace(ACTIVE, paused=True), ("hold", "paused")),
        (dataclasses.replace(ACTIVE, held_by=CLOSED), ("hold", "number_held")),
        (dataclasses.replace(ACTIVE, held_by=CLOSED, paused=True), ("hold", "number_held")),
        (dataclasses.replace(ACTIVE, closed_by=CLOSED, held_by=CLOSED), ("refuse", "left_program")),
        (Standing(paused=True), ("refuse", "no_permission")),
        (Standing(held_by=CLOSED, requested=True), ("refuse", "not_confirmed")),
    ],
)
def test_permission_tells_the_standings_apart(
    standing: Standing | None, expected: tuple[str, str] | None
) -> None:
    assert judged(permission.judge, facts(permission=standing)) == expected


def test_permission_is_for_each_purpose() -> None:
    only_updates = Standing(purposes=frozenset({KEYS["informational"]}))
    assert judged(permission.judge, facts(Purpose.INFORMATIONAL, permission=only_updates)) is None


def test_permission_refuses_a_purpose_the_program_has_no_wording_for() -> None:
    given = facts(program=program(purpose_keys={}), permission=ACTIVE)
    assert judged(permission.judge, given) == ("refuse", "no_permission")


@pytest.mark.parametrize("method", ["keyword", "plain_words", "carrier", "agent", "system"])
@pytest.mark.parametrize("purpose", [Purpose.MARKETING, Purpose.INFORMATIONAL, Purpose.CONVERSATIONAL])
def test_a_closed_number_is_closed_whoever_closed_it_and_whatever_is_said(purpose: str, method: str) -> None:
    number = Standing(closed_by=frozenset({method}))
    assert judged(closed_number.judge, facts(purpose, number=number)) == ("refuse", "number_closed")


def test_a_number_nobody_closed_is_open() -> None:
    assert judged(closed_number.judge, facts(number=None)) is None
    assert judged(closed_number.judge, facts(number=Standing())) is None


@pytest.mark.parametrize(
    ("number", "reason"),
    [(Standing(held_by=CLOSED), "number_held"), (Standing(paused=True), "paused")],
)
def test_a_held_or_paused_number_waits_and_still_gets_answers(number: Standing, reason: str) -> None:
    assert judged(closed_number.judge, facts(number=number)) == ("hold", reason)
    assert judged(closed_number.judge, facts(Purpose.INFORMATIONAL, number=number)) == ("hold", reason)
    assert judged(closed_number.judge, facts(Purpose.CONVERSATIONAL, number=number)) is None


def test_closing_beats_holding() -> None:
    number = dataclasses.replace(STOPPED, held_by=CLOSED, paused=True)
    assert judged(closed_number.judge, facts(number=number)) == ("refuse", "number_closed")


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (dt.timedelta(0), None),
        (24 * HOUR, None),
        (24 * HOUR + dt.timedelta(microseconds=1), ("refuse", "nothing_to_answer")),
        (24 * 365 * HOUR, ("refuse", "nothing_to_answer")),
    ],
)
def test_an_answer_comes_within_a_day_of_what_it_answers(
    ago: dt.timedelta, expected: tuple[str, str] | None
) -> None:
    assert judged(answer.judge, facts(Purpose.CONVERSATIONAL, last_inbound_at=NOON - ago)) == expected


def test_there_is_nothing_to_answer_for_someone_who_never_wrote() -> None:
    assert judged(answer.judge, facts(Purpose.CONVERSATIONAL)) == ("refuse", "nothing_to_answer")
