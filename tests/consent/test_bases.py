"""On what an agreement may rest besides an express yes, and where."""

import datetime as dt
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta

from consent import bases, rule_pack
from consent.models import Basis
from consent.projection import Standing, Term
from consent.reasons import Reason
from consent.rules import permission
from tests import gate_facts
from tests.gate_facts import HOUR, KEYS, NOON

LAST_MONTH = (NOON - dt.timedelta(days=30)).isoformat()
PURCHASE = {"purchase_at": LAST_MONTH, "product": "1 kg of beans"}
INQUIRY = {"inquiry_at": LAST_MONTH, "product": "a grinder"}
SALE = PURCHASE | {"opt_out_offered": "yes"}


@pytest.mark.parametrize(
    ("basis", "country", "evidence", "months"),
    [
        (Basis.IMPLIED_PURCHASE, "CA", PURCHASE, 24),
        (Basis.IMPLIED_INQUIRY, "CA", INQUIRY, 6),
        (Basis.SOFT_OPT_IN, "GB", SALE, None),
        (Basis.EXPRESS, "US", {}, None),
    ],
)
def test_a_basis_with_its_proof_holds_as_long_as_its_law_says(
    basis: str, country: str, evidence: dict[str, Any], months: int | None
) -> None:
    began = dt.datetime.fromisoformat(LAST_MONTH)
    until = began + relativedelta(months=months) if months else None
    assert bases.check(basis, country=country, evidence=evidence, now=NOON) == bases.Checked(until=until)


@pytest.mark.parametrize(
    ("basis", "country", "evidence", "field"),
    [
        (Basis.IMPLIED_PURCHASE, "US", PURCHASE, "basis"),
        (Basis.SOFT_OPT_IN, "CA", SALE, "basis"),
        (Basis.SOFT_OPT_IN, "JE", SALE, "basis"),
        ("tacit", "CA", PURCHASE, "basis"),
        (Basis.IMPLIED_PURCHASE, "CA", INQUIRY, "purchase_at"),
        (Basis.IMPLIED_PURCHASE, "CA", PURCHASE | {"product": " "}, "product"),
        (Basis.SOFT_OPT_IN, "GB", PURCHASE, "opt_out_offered"),
        (Basis.SOFT_OPT_IN, "GB", PURCHASE | {"opt_out_offered": "no"}, "opt_out_offered"),
        (Basis.IMPLIED_PURCHASE, "CA", PURCHASE | {"purchase_at": "2026-03-01"}, "purchase_at"),
        (Basis.IMPLIED_PURCHASE, "CA", PURCHASE | {"purchase_at": "last week"}, "purchase_at"),
        (Basis.IMPLIED_PURCHASE, "CA", PURCHASE | {"purchase_at": (NOON + HOUR).isoformat()}, "purchase_at"),
        (Basis.IMPLIED_INQUIRY, "CA", INQUIRY | {"inquiry_at": "2026-05-18T17:00:00+00:00"}, "inquiry_at"),
    ],
)
def test_what_the_law_asks_for_and_is_missing_is_named(
    basis: str, country: str, evidence: dict[str, Any], field: str
) -> None:
    checked = bases.check(basis, country=country, evidence=evidence, now=NOON)
    assert checked.problem
    assert checked.field == field


def test_every_limited_basis_has_its_ground_with_a_source() -> None:
    assert set(bases.GROUNDS) == set(Basis) - {Basis.EXPRESS}
    assert all(ground.source and ground.begins_with in ground.needs for ground in bases.GROUNDS.values())


def judged(basis: str, until: dt.datetime | None, **point: Any) -> Reason | None:
    """What the gate's rule says to an agreement on this basis, of somebody in Toronto unless said otherwise."""
    key = KEYS["marketing"]
    where = {"country": "CA", "jurisdictions": frozenset({"CA-ON"})} | point
    facts = gate_facts.facts(
        point=gate_facts.point(**where),
        permission=Standing(purposes=frozenset({key}), terms={key: Term(basis, until)}, last_seq=1),
    )
    found = permission.judge(facts, NOON, rule_pack.current())
    return found.reason if found else None


def test_an_implied_agreement_counts_in_its_country_until_its_end() -> None:
    assert judged(Basis.IMPLIED_PURCHASE, NOON + HOUR) is None
    assert judged(Basis.IMPLIED_PURCHASE, NOON) == Reason.EXPIRED
    assert judged(Basis.EXPRESS, NOON - HOUR) == Reason.EXPIRED


@pytest.mark.parametrize(
    "point",
    [
        {"country": "US", "jurisdictions": frozenset({"US-NY"})},
        {"stated_country": "US"},
        {"jurisdictions": frozenset({"CA-ON", "US-NY"})},
        {"country": "", "jurisdictions": frozenset()},
    ],
)
def test_anywhere_else_the_person_must_have_agreed_expressly(point: dict[str, Any]) -> None:
    assert judged(Basis.IMPLIED_PURCHASE, NOON + HOUR, **point) == Reason.BASIS_NOT_HERE
    assert judged(Basis.EXPRESS, NOON + HOUR, **point) is None


def test_a_soft_opt_in_counts_in_the_united_kingdom_alone() -> None:
    assert judged(Basis.SOFT_OPT_IN, None, country="GB", jurisdictions=frozenset({"GB"})) is None
    assert judged(Basis.SOFT_OPT_IN, None) == Reason.BASIS_NOT_HERE


def test_an_unknown_basis_counts_nowhere() -> None:
    assert judged("tacit", None) == Reason.BASIS_NOT_HERE
