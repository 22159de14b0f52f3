"""The gate beside the oracle, case by case."""

import dataclasses
import datetime as dt
import random
import uuid
from collections import Counter

from consent import gate
from consent.asking import Verdict
from consent.facts import PointFacts
from consent.rule_pack import current
from contacts import zones
from tests import gate_facts
from tests.oracle import cases, minutes
from tests.oracle.cases import Case

SPREAD = dt.timedelta(minutes=15)
FAMILY = {"US", "PR", "VI", "GU", "AS", "MP"}


@dataclasses.dataclass(frozen=True, slots=True)
class Disagreement:
    """A case on which the two differ."""

    case: Case
    zones: tuple[str, ...]
    places: frozenset[str]
    verdict: Verdict
    expected: tuple[str, dt.datetime | None, dt.datetime | None]


def run(count: int, seed: int) -> tuple[Counter[str], list[Disagreement]]:
    """Draw so many cases from this seed: how many came to each outcome, and those on which the two differ.

    Who may be where is taken from `contacts.zones`, for both; what that means for the hours each finds by itself.
    """
    dice = random.Random(seed)
    told: Counter[str] = Counter()
    differences = []
    for _ in range(count):
        case = cases.drawn(dice)
        verdict, point = _judged(case, uuid.UUID(int=dice.getrandbits(128)))
        expected = _expected(case, point)
        told[expected[0] if expected[0] != "hold" or expected[1] else "hold without end"] += 1
        if not _agree(case, verdict, expected, point):
            differences.append(Disagreement(case, point.zones, point.jurisdictions, verdict, expected))
    return told, differences


def _judged(case: Case, message_id: uuid.UUID) -> tuple[Verdict, PointFacts]:
    home = {
        "country": case.stated_country or case.number_country,
        "postal_code": case.postal_code,
        "region": case.region,
    }
    point = gate_facts.point(
        country=case.number_country,
        stated_country=case.stated_country,
        zones=zones.zones_for(address=case.address, stated=case.stated_zone, **home).names,
        jurisdictions=zones.jurisdictions_for(address=case.address, **home),
    )
    program = gate_facts.program(countries=minutes.served(), ready_at=minutes.FIRST)
    facts = gate_facts.facts(case.purpose, point=point, program=program, message_id=message_id)
    return gate.judge_facts(facts, now=case.now, pack=current()), point


def _expected(case: Case, point: PointFacts) -> tuple[str, dt.datetime | None, dt.datetime | None]:
    """Refused where no pack has the law; else allowed until a moment, held until one, or held without an end."""
    countries = {case.number_country, case.stated_country or case.number_country}
    countries |= {place[:2] for place in point.jurisdictions}
    if not {"US" if country in FAMILY else country for country in countries} <= minutes.served():
        return "refuse", None, None
    opens, closes = minutes.answer(case.now, point.zones, point.jurisdictions, case.purpose)
    if opens == case.now:
        return "allow", None, closes
    return "hold", opens, closes


def _agree(
    case: Case,
    verdict: Verdict,
    expected: tuple[str, dt.datetime | None, dt.datetime | None],
    point: PointFacts,
) -> bool:
    outcome, opens, closes = expected
    if (verdict.outcome, verdict.until) != (outcome, opens):
        return False
    if outcome == "allow":
        return verdict.window_ends_at == closes
    if opens is None or closes is None:
        return verdict.release_at is None
    # Its own moment lies in the first minutes, and in the first half, of the hours it waits for.
    latest = opens + min(SPREAD, (closes - opens) / 2)
    return verdict.release_at is not None and opens <= verdict.release_at <= latest
