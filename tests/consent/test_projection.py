"""What each event does to a standing: nothing loosens by itself."""

import datetime as dt
from typing import Any

import pytest

from consent import projection
from consent.models import Act, Basis, Method, Status
from consent.projection import Fact, Standing, Term

NOON = dt.datetime(2026, 11, 18, 18, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
M = "marketing:0123456789ab"
INFO = "informational:ba9876543210"


def told(
    act: Act, *purposes: str, method: Method = Method.KEYWORD, at: dt.datetime = NOON, **more: Any
) -> Fact:
    return Fact(seq=1, act=act, method=method, purposes=purposes, occurred_at=at, recorded_at=NOON, **more)


def after(*facts: Fact) -> Standing:
    standing = Standing()
    for fact in facts:
        standing = projection.apply(standing, fact)
    return standing


IMPLIED = {"basis": Basis.IMPLIED_PURCHASE.value, "until": NOON + DAY}


def test_a_limited_agreement_keeps_its_term() -> None:
    standing = after(told(Act.GRANTED, M, **IMPLIED))
    assert standing.terms == {M: Term(Basis.IMPLIED_PURCHASE, NOON + DAY)}
    assert (standing.expires_at, standing.status) == (NOON + DAY, Status.ACTIVE)


def test_an_express_agreement_lifts_every_limit_and_a_limited_one_limits_nothing() -> None:
    assert after(told(Act.GRANTED, M, **IMPLIED), told(Act.CONFIRMED, M)).terms == {}
    assert after(told(Act.GRANTED, M), told(Act.GRANTED, M, **IMPLIED)).terms == {}


def test_of_two_limited_agreements_the_longer_one_counts() -> None:
    longer = IMPLIED | {"until": NOON + 5 * DAY}
    assert after(told(Act.GRANTED, M, **longer), told(Act.GRANTED, M, **IMPLIED)).expires_at == NOON + 5 * DAY
    assert after(told(Act.GRANTED, M, **IMPLIED), told(Act.GRANTED, M, **longer)).expires_at == NOON + 5 * DAY


def test_an_expiry_ends_the_purposes_it_names() -> None:
    standing = after(
        told(Act.GRANTED, M, **IMPLIED), told(Act.GRANTED, INFO), told(Act.EXPIRED, M, method=Method.SYSTEM)
    )
    assert (standing.purposes, standing.terms, standing.status) == (frozenset({INFO}), {}, Status.ACTIVE)
    assert after(told(Act.GRANTED, M), told(Act.EXPIRED, method=Method.SYSTEM)).status == Status.EXPIRED


def test_a_request_that_ends_leaves_what_was_agreed_to_before() -> None:
    assert after(told(Act.REQUESTED, M), told(Act.WITHDRAWN)).status == Status.NONE
    assert after(told(Act.GRANTED, M), told(Act.REQUESTED, INFO), told(Act.WITHDRAWN)).status == Status.ACTIVE
    assert after(told(Act.REQUESTED, M), told(Act.REVOKED), told(Act.WITHDRAWN)).status == Status.CLOSED


def test_of_two_pauses_the_longer_one_rules_and_one_without_an_end_is_the_longest() -> None:
    week, month = told(Act.PAUSED, until=NOON + 7 * DAY), told(Act.PAUSED, until=NOON + 30 * DAY)
    for facts in ((week, month), (month, week)):
        assert after(*facts).paused_until == NOON + 30 * DAY
    for facts in ((week, told(Act.PAUSED)), (told(Act.PAUSED), week)):
        assert after(*facts).paused_until is None


@pytest.mark.parametrize(
    ("method", "is_paused", "is_fewer"),
    [
        (Method.SYSTEM, False, True),
        (Method.KEYWORD, False, True),
        (Method.PREFERENCES, False, False),
        (Method.AGENT, True, True),
    ],
)
def test_who_resumes_ends_the_pause_and_only_the_person_lifts_fewer(
    method: Method, is_paused: bool, is_fewer: bool
) -> None:
    standing = after(told(Act.REDUCED), told(Act.PAUSED, until=NOON + DAY), told(Act.RESUMED, method=method))
    assert (standing.paused, standing.fewer) == (is_paused, is_fewer)


@pytest.mark.parametrize("closed_by", Method)
@pytest.mark.parametrize("resumed_by", Method)
def test_who_undoes_whose_closing(closed_by: Method, resumed_by: Method) -> None:
    is_own = closed_by in {Method.KEYWORD, Method.PLAIN_WORDS, Method.PREFERENCES}
    texted = resumed_by in {Method.KEYWORD, Method.PLAIN_WORDS} and (is_own or closed_by == Method.SYSTEM)
    standing = after(told(Act.REVOKED, method=closed_by), told(Act.RESUMED, method=resumed_by))
    assert (standing.status == Status.NONE) == (texted or resumed_by == Method.AGENT)


@pytest.mark.parametrize("resumed_by", Method)
def test_nothing_undoes_an_erasure(resumed_by: Method) -> None:
    erased = told(Act.ERASED, method=Method.SYSTEM)
    standing = after(told(Act.GRANTED, M), erased, told(Act.RESUMED, method=resumed_by), told(Act.GRANTED, M))
    assert standing.status == Status.CLOSED


def test_a_closing_that_is_recorded_late_takes_nothing_back_of_a_later_one() -> None:
    """So an agreement that was given between the two opens nothing."""
    hour = dt.timedelta(hours=1)
    last, late = told(Act.REVOKED), told(Act.REVOKED, at=NOON - 2 * hour)
    between = told(Act.GRANTED, M, method=Method.WEB_FORM, at=NOON - hour)
    assert after(last, late).closed_at == NOON
    assert after(last, late, between).status == Status.CLOSED


def test_leaving_one_purpose_takes_its_term_along() -> None:
    standing = after(told(Act.GRANTED, INFO), told(Act.GRANTED, M, **IMPLIED), told(Act.REVOKED, M))
    assert (standing.purposes, standing.terms) == (frozenset({INFO}), {})


def test_an_unknown_act_changes_nothing_but_the_count() -> None:
    standing = after(told(Act.GRANTED, M))
    assert (
        projection.apply(standing, Fact(2, "sung", "keyword", (), NOON, NOON)).purposes == standing.purposes
    )
