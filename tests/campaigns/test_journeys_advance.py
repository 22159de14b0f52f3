"""The clock of journeys: enrolment on joining, and each stage exactly once."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from campaigns import journeys, journeys_advance
from campaigns.models import Enrollment, EnrollmentStatus, Journey, Stage, StageVisit
from consent import ledger
from consent.models import Act, Method
from contacts import clock
from messaging.models import Message, Route, Status
from tests import cast
from tests.campaigns.conftest import DAY, joins, journey_of, says
from tests.cast import Cast
from tests.conftest import NOON
from tests.connections import in_another_connection, in_two_connections

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file begins on a Wednesday at 13:00 New York, and no broker is asked."""


def everything_leaves() -> None:
    Message.objects.filter(status=Status.QUEUED).update(status=Status.DELIVERED, handed_off_at=clock.now())


def bodies() -> list[str]:
    return list(Message.objects.order_by("created_at").values_list("body", flat=True))


def only() -> Enrollment:
    return Enrollment.objects.get()


@pytest.fixture
def welcome(acme: Cast) -> Journey:
    return journey_of(acme)


def test_the_stages_come_in_order_after_their_waits(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    joins(acme)
    journeys.enroll_joined()
    assert journeys.advance_due() == 0
    for day in range(1, 4):
        noon.shift(DAY)
        assert journeys.advance_due() == 1
        assert len(bodies()) == day
        everything_leaves()
    assert bodies() == ["Step 1, Maria", "Step 2, Maria", "Step 3, Maria"]
    assert (only().status, only().position, only().ended_at) == (EnrollmentStatus.FINISHED, 3, NOON + 3 * DAY)
    assert list(StageVisit.objects.order_by("entered_at").values_list("message__body", flat=True)) == bodies()


def test_a_text_that_still_waits_puts_off_the_next_stage(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    joins(acme)
    journeys.enroll_joined()
    noon.shift(DAY)
    journeys.advance_due()
    Message.objects.update(status=Status.HELD, due_at=NOON + 3 * DAY)
    noon.shift(DAY)
    journeys.advance_due()
    assert (len(bodies()), only().due_at) == (1, NOON + 4 * DAY)


def test_stages_without_a_wait_still_come_one_at_a_time(acme: Cast) -> None:
    journey_of(acme, waits=(dt.timedelta(0), dt.timedelta(0)))
    joins(acme)
    journeys.enroll_joined()
    journeys.advance_due()
    assert bodies() == ["Step 1, Maria"]


def test_reaching_the_goal_ends_it_without_a_text(acme: Cast, noon: time_machine.Traveller) -> None:
    journey_of(acme, goal_attribute="ordered")
    joins(acme, attributes={"ordered": "2026-11-18"})
    joins(acme, attributes={"ordered": ""})
    journeys.enroll_joined()
    noon.shift(DAY)
    journeys.advance_due()
    statuses = sorted(Enrollment.objects.values_list("status", flat=True))
    assert (statuses, len(bodies())) == (["active", "goal"], 1)


def test_the_goal_cancels_a_text_that_still_waits(acme: Cast, noon: time_machine.Traveller) -> None:
    journey_of(acme, goal_attribute="ordered")
    point = joins(acme)
    journeys.enroll_joined()
    noon.shift(DAY)
    journeys.advance_due()
    point.contact.attributes = {"ordered": "yes"}
    point.contact.save()
    noon.shift(DAY)
    journeys.advance_due()
    assert (only().status, Message.objects.get().reason) == (EnrollmentStatus.GOAL, "journey_ended")


def test_who_left_the_program_leaves_the_journey_without_a_text(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    says_goodbye = joins(acme)
    closed = joins(acme)
    journeys.enroll_joined()
    says(acme, says_goodbye, Act.REVOKED)
    says(acme, closed, Act.BLOCKED_BY_CARRIER, Method.CARRIER, everywhere=True)
    noon.shift(DAY)
    journeys.advance_due()
    assert set(Enrollment.objects.values_list("status", flat=True)) == {EnrollmentStatus.LEFT}
    assert bodies() == []


def test_a_hold_of_consent_is_waited_for(acme: Cast, welcome: Journey, noon: time_machine.Traveller) -> None:
    point = joins(acme)
    journeys.enroll_joined()
    says(acme, point, Act.HELD, everywhere=True)
    noon.shift(DAY)
    journeys.advance_due()
    assert (only().status, bodies()) == (EnrollmentStatus.ACTIVE, [])
    says(acme, point, Act.RELEASED, everywhere=True)
    noon.shift(HOUR)
    journeys.advance_due()
    assert bodies() == ["Step 1, Maria"]


def test_a_journey_switched_off_stops(acme: Cast, welcome: Journey, noon: time_machine.Traveller) -> None:
    joins(acme)
    journeys.enroll_joined()
    Journey.objects.update(active_since=None)
    noon.shift(DAY)
    assert (journeys.advance_due(), bodies()) == (0, [])


def test_a_program_without_a_sender_waits(acme: Cast, welcome: Journey, noon: time_machine.Traveller) -> None:
    joins(acme)
    journeys.enroll_joined()
    Route.objects.all().delete()
    noon.shift(DAY)
    journeys.advance_due()
    assert (only().position, only().due_at) == (0, NOON + DAY + HOUR / 2)


def test_a_text_that_cannot_be_written_leaves_its_reason_and_the_journey_goes_on(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    Stage.objects.filter(position=1).update(body="{{ attributes.roast }} is back")
    joins(acme)
    joins(acme, attributes={"roast": "Dark"})
    journeys.enroll_joined()
    noon.shift(DAY)
    journeys.advance_due()
    assert bodies() == ["Dark is back"]
    assert sorted(StageVisit.objects.values_list("problem", flat=True)) == [
        "",
        "attributes.roast is blank and has no default",
    ]
    assert set(Enrollment.objects.values_list("position", flat=True)) == {1}


def test_a_kill_in_the_middle_leaves_nothing_half_done(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    joins(acme)
    journeys.enroll_joined()
    noon.shift(DAY)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # The text is in the outbox, the visit is not written yet.
        patch.setattr("campaigns.journeys_advance.StageVisit.objects.bulk_create", die)
        with pytest.raises(KeyboardInterrupt):
            journeys.advance_due()
    assert (bodies(), StageVisit.objects.count(), only().position) == ([], 0, 0)
    journeys.advance_due()
    assert (bodies(), StageVisit.objects.count(), only().position) == (["Step 1, Maria"], 1, 1)


def test_a_page_costs_the_same_number_of_queries_for_any_number_of_people(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    costs = []
    for people in (1, 12):
        for _ in range(people):
            joins(acme)
        journeys.enroll_joined()
        noon.shift(DAY)
        everything_leaves()
        Enrollment.objects.filter(position=1).update(due_at=None)
        with CaptureQueriesContext(connection) as queries:
            assert journeys_advance.advance_page() == people
        costs.append(len(queries))
    assert costs[0] == costs[1]


@pytest.fixture
def crowd(transactional_db: None) -> Cast:
    """Twenty people whose first stage is due, for all connections to see."""
    acme = cast.acme()
    journey_of(acme, waits=(dt.timedelta(0), DAY))
    for _ in range(20):
        joins(acme)
    journeys.enroll_joined()
    return acme


def test_two_workers_at_once_give_each_person_each_stage_once(
    crowd: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journeys_advance, "PAGE", 3)

    def work() -> None:
        for _ in range(10):
            journeys.enroll_joined()
            journeys.advance_due()

    in_two_connections(work)
    assert (Enrollment.objects.count(), StageVisit.objects.count(), len(bodies())) == (20, 20, 20)
    assert Message.objects.values("contact_id").distinct().count() == 20


def test_a_number_that_is_being_closed_is_passed_over(crowd: Cast) -> None:
    """The STOP holds the number until it commits: its journey is neither waited for nor advanced."""
    point = Enrollment.objects.order_by("id").first()
    assert point is not None
    advanced: list[int] = []

    with transaction.atomic():
        ledger.lock_points([point.point_id])
        in_another_connection(lambda: advanced.append(journeys.advance_due()))
        assert advanced == [19]
    assert Message.objects.filter(point_id=point.point_id).count() == 0
