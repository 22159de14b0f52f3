"""What a person's words, an answer, and leaving do to her journeys."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from campaigns import journeys
from campaigns.models import Enrollment, EnrollmentStatus, Journey, StageVisit
from consent import opting
from consent.models import Method
from consent.reasons import Reason
from contacts import clock
from contacts.models import ContactPoint
from inbox import reply
from messaging import claim, outbox
from messaging.models import Message, Origin, Status, Thread
from messaging.receive import Inbound, receive
from tests.campaigns.conftest import DAY, joins, journey_of
from tests.cast import Cast
from tests.conftest import NOON

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file begins on a Wednesday at 13:00 New York, and no broker is asked."""


def joined(acme: Cast, **fields: object) -> ContactPoint:
    """A person who joins now, and is enrolled."""
    point = joins(acme, **fields)
    journeys.enroll_joined()
    return point


def writes(acme: Cast, point: ContactPoint, body: str = "A V60", sid: str = "SM1") -> Message:
    inbound = Inbound(
        sid=sid, channel="sms", address=point.address, body=body, media=[], received_at=clock.now()
    )
    return receive(inbound, sender=acme.sender, point=point, wants_answer=True)


def answered(point: ContactPoint) -> None:
    """What the inbox does when one of the team has answered."""
    reply.mark_answered(Thread.objects.get(contact=point.contact_id))


def stops(acme: Cast, point: ContactPoint) -> None:
    """What the webhook does on a STOP."""
    opting.close(point.id, method=Method.KEYWORD, evidence={"text": "STOP"})
    outbox.cancellation_for_point(acme.brand.id, point.id, reason=Reason.NUMBER_CLOSED).ask()
    journeys.leave(acme.brand.id, point.id)


def sent(acme: Cast) -> list[str]:
    """What leaves now; it counts as handed over."""
    outgoing = claim.claim(acme.sender, segments=100, limit=100).outgoing
    Message.objects.filter(status=Status.SENDING).update(status=Status.DELIVERED, handed_off_at=clock.now())
    return [one.body for one in outgoing]


def only() -> Enrollment:
    return Enrollment.objects.get()


@pytest.fixture
def welcome(acme: Cast) -> Journey:
    return journey_of(acme)


def test_a_reply_pauses_the_journey_until_it_is_answered(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    point = joined(acme)
    noon.shift(DAY)
    journeys.advance_due()
    assert sent(acme) == ["Step 1, Maria"]
    assert journeys.hear(writes(acme, point)) is True
    assert (only().status, only().due_at) == (EnrollmentStatus.PAUSED, None)
    noon.shift(5 * DAY)
    assert journeys.advance_due() == 0
    answered(point)
    assert (only().status, only().due_at) == (EnrollmentStatus.ACTIVE, clock.now() + DAY)


def test_nothing_piled_up_fires_after_the_answer(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    point = joined(acme)
    noon.shift(DAY)
    journeys.advance_due()
    sent(acme)
    journeys.hear(writes(acme, point))
    noon.shift(9 * DAY)
    answered(point)
    journeys.advance_due()
    assert sent(acme) == []
    noon.shift(DAY)
    journeys.advance_due()
    assert sent(acme) == ["Step 2, Maria"]


def test_a_stages_text_that_waits_is_held_with_its_journey(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    point = joined(acme)
    noon.shift(DAY)
    journeys.advance_due()
    journeys.hear(writes(acme, point))
    waiting = Message.objects.get(origin=Origin.STAGE)
    assert (waiting.status, waiting.reason, waiting.due_at) == ("held", "journey_paused", None)
    answered(point)
    assert sent(acme) == []
    noon.shift(DAY)
    journeys.advance_due()
    assert sent(acme) == ["Step 1, Maria"]


def test_a_reply_ends_a_journey_that_says_so(acme: Cast, noon: time_machine.Traveller) -> None:
    journey_of(acme, exit_on_reply=True)
    point = joined(acme)
    noon.shift(DAY)
    journeys.advance_due()
    assert journeys.hear(writes(acme, point)) is True
    assert (only().status, only().ended_at) == (EnrollmentStatus.REPLIED, NOON + DAY)
    assert Message.objects.get(origin=Origin.STAGE).reason == "journey_ended"
    answered(point)
    assert only().status == EnrollmentStatus.REPLIED


def test_a_text_of_somebody_in_no_journey_is_waited_for_by_none(acme: Cast, welcome: Journey) -> None:
    joined(acme)
    stranger = acme.person()
    assert journeys.hear(writes(acme, stranger)) is False
    assert only().status == EnrollmentStatus.ACTIVE


def test_a_second_reply_finds_the_journey_paused_already(acme: Cast, welcome: Journey) -> None:
    point = joined(acme)
    journeys.hear(writes(acme, point))
    assert journeys.hear(writes(acme, point, sid="SM2")) is False
    assert only().status == EnrollmentStatus.PAUSED


def test_a_stop_ends_the_journey_and_a_start_does_not_bring_it_back(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    point = joined(acme)
    noon.shift(DAY)
    journeys.advance_due()
    stops(acme, point)
    assert only().status == EnrollmentStatus.LEFT
    noon.shift(HOUR)
    opting.reopen(point.id, evidence={"text": "START"})
    noon.shift(9 * DAY)
    assert (journeys.enroll_joined(), journeys.advance_due()) == (0, 0)
    assert (only().status, sent(acme)) == (EnrollmentStatus.LEFT, [])


def test_a_stop_ends_a_paused_journey_too(acme: Cast, welcome: Journey) -> None:
    point = joined(acme)
    journeys.hear(writes(acme, point))
    stops(acme, point)
    answered(point)
    assert only().status == EnrollmentStatus.LEFT


def test_joining_again_after_a_stop_does_not_begin_it_again(
    acme: Cast, welcome: Journey, noon: time_machine.Traveller
) -> None:
    point = joined(acme)
    stops(acme, point)
    noon.shift(HOUR)
    opting.join(point, acme.program, evidence={"text": "ACME"})
    assert journeys.enroll_joined() == 0
    assert only().status == EnrollmentStatus.LEFT


def test_leaving_ends_only_this_brands_journeys(acme: Cast, rival: Cast, welcome: Journey) -> None:
    joined(acme)
    journey_of(rival)
    theirs = joined(rival)
    assert journeys.leave(acme.brand.id, theirs.id) == 0
    assert journeys.leave(rival.brand.id, theirs.id) == 1


def test_her_place_is_told(acme: Cast, welcome: Journey, noon: time_machine.Traveller) -> None:
    point = joined(acme)
    [before] = journeys.stage_of(point.contact)
    assert (before.stage, before.stages, before.due_at) == (None, 3, NOON + DAY)
    noon.shift(DAY)
    journeys.advance_due()
    [after] = journeys.stage_of(point.contact)
    assert after.stage == StageVisit.objects.get().stage


def test_her_place_is_told_in_a_constant_number_of_queries(
    acme: Cast, welcome: Journey, django_assert_num_queries: "pytest.FixtureRequest"
) -> None:
    journey_of(acme, slug="second")
    point = joined(acme)
    with django_assert_num_queries(2):
        assert len(journeys.stage_of(point.contact)) == 2
