"""Who begins a journey, and when."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from campaigns import journeys, journeys_enroll
from campaigns.models import Enrollment, Journey
from consent.models import Act
from tests.campaigns.conftest import DAY, joins, journey_of, says
from tests.cast import Cast
from tests.conftest import NOON

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller]) -> None:
    """Every test of this file begins on a Wednesday at 13:00 New York."""


@pytest.fixture
def welcome(acme: Cast) -> Journey:
    return journey_of(acme)


def test_joining_enrolls_once(acme: Cast, welcome: Journey) -> None:
    point = joins(acme)
    assert (journeys.enroll_joined(), journeys.enroll_joined()) == (1, 0)
    assert Enrollment.objects.filter(point=point, due_at=NOON + DAY, position=0).count() == 1


def test_an_import_of_old_agreements_enrolls_nobody(acme: Cast, welcome: Journey) -> None:
    acme.person()
    assert journeys.enroll_joined() == 0


def test_who_joined_before_the_journey_was_switched_on_is_not_enrolled(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    joins(acme)
    noon.shift(HOUR)
    journey_of(acme)
    assert journeys.enroll_joined() == 0


def test_who_has_only_asked_to_join_is_not_enrolled(acme: Cast, welcome: Journey) -> None:
    says(acme, acme.person(agrees_to=()), Act.REQUESTED)
    assert journeys.enroll_joined() == 0


def test_another_brands_joiners_are_not_enrolled(acme: Cast, rival: Cast, welcome: Journey) -> None:
    joins(rival)
    assert journeys.enroll_joined() == 0


def test_a_journey_without_stages_or_switched_off_enrolls_nobody(acme: Cast) -> None:
    journey_of(acme, waits=())
    journey_of(acme, slug="off", active_since=None)
    joins(acme)
    assert journeys.enroll_joined() == 0


def test_everybody_is_enrolled_page_by_page(
    acme: Cast, welcome: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journeys_enroll, "PAGE", 2)
    for _ in range(5):
        joins(acme)
    assert journeys.enroll_joined() == 5
