"""Rules about the brand's side: brand, program, sender, country."""

import datetime as dt

import pytest

from consent import gate
from consent.facts import Facts
from consent.models import Purpose
from consent.rule_pack import current
from consent.rules import brand, country, sender
from consent.rules import program as program_rules
from consent.rules.finding import Rule
from tests.gate_facts import NOON, facts, point, program

TICK = dt.timedelta(microseconds=1)


def judged(rule: Rule, given: Facts, at: dt.datetime = NOON) -> tuple[str, str] | None:
    finding = rule(given, at, current())
    return (finding.outcome, finding.reason.value) if finding else None


@pytest.mark.parametrize(
    ("paused_at", "expected"),
    [(None, None), (NOON, ("hold", "brand_paused")), (NOON + TICK, None)],
)
def test_a_brand_is_paused_from_the_moment_it_is_paused(
    paused_at: dt.datetime | None, expected: tuple[str, str] | None
) -> None:
    assert judged(brand.judge, facts(point=point(brand_paused_at=paused_at))) == expected


@pytest.mark.parametrize(
    ("ready_at", "expected"),
    [
        (None, ("hold", "program_not_ready")),
        (NOON, None),
        (NOON + TICK, ("hold", "program_not_ready")),
    ],
)
def test_a_program_sends_from_the_moment_it_is_ready(
    ready_at: dt.datetime | None, expected: tuple[str, str] | None
) -> None:
    assert judged(program_rules.ready, facts(program=program(ready_at=ready_at))) == expected


@pytest.mark.parametrize(
    ("paused_at", "expected"),
    [(None, None), (NOON, ("hold", "program_paused")), (NOON + TICK, None)],
)
def test_a_program_is_paused_from_the_moment_it_is_paused(
    paused_at: dt.datetime | None, expected: tuple[str, str] | None
) -> None:
    assert judged(program_rules.running, facts(program=program(paused_at=paused_at))) == expected


def test_a_paused_program_still_lets_people_answer() -> None:
    given = facts(Purpose.CONVERSATIONAL, program=program(paused_at=NOON), last_inbound_at=NOON)
    assert gate.judge_facts(given, now=NOON, pack=current()).outcome == "allow"


def test_a_program_sends_only_the_kinds_it_told_people_about() -> None:
    only_updates = program(purpose_keys={"informational": "informational:1"})
    assert judged(program_rules.sends, facts(program=only_updates)) == ("refuse", "purpose_not_sent")
    assert judged(program_rules.sends, facts(Purpose.INFORMATIONAL, program=only_updates)) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_halted_sender_holds_every_purpose(purpose: str) -> None:
    assert judged(sender.judge, facts(purpose)) is None
    assert judged(sender.judge, facts(purpose, sender_problem="halted")) == ("hold", "sender_not_ready")


@pytest.mark.parametrize(
    ("served", "number", "stated", "places", "is_served"),
    [
        ({"US"}, "US", "", {"US-NY"}, True),
        ({"US"}, "US", "US", {"US-NY"}, True),
        ({"US"}, "CA", "", {"CA-ON"}, False),
        ({"US"}, "US", "CA", {"US-NY", "CA-ON"}, False),
        ({"US"}, "CA", "US", {"US-NY", "CA-ON"}, False),
        ({"US", "CA"}, "CA", "US", {"US-NY", "CA-ON"}, True),
        ({"US"}, "PR", "US", {"US-PR"}, True),
        ({"CA"}, "PR", "", {"US-PR"}, False),
        ({"PR"}, "PR", "", {"US-PR"}, True),
        ({"PR"}, "US", "", {"US-NY"}, False),
        ({"US"}, "", "", {"US-??"}, False),
        (
            {"US", "DO"},
            "DO",
            "",
            {"DO"},
            False,
        ),  # served by the program, but the rule pack knows no law of it
        ({"GB"}, "GB", "", {"GB"}, True),
    ],
)
def test_both_countries_must_be_served_and_their_law_known(
    served: set[str], number: str, stated: str, places: set[str], is_served: bool
) -> None:
    given = facts(
        point=point(country=number, stated_country=stated, jurisdictions=frozenset(places)),
        program=program(countries=frozenset(served)),
    )
    assert judged(country.judge, given) == (None if is_served else ("refuse", "country_not_served"))
