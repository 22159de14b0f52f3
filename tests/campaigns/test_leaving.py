"""One function for every way out: what waits is canceled, journeys end, open requests end."""

import uuid
from collections.abc import Iterator

import pytest
import time_machine

from campaigns import journeys, leaving
from campaigns.models import Enrollment, EnrollmentStatus
from consent import joining, opting
from consent.models import JoinRequest, Method, Program, Status, Subscription
from contacts import clock
from contacts.models import ContactPoint
from messaging import in_flight, outbox
from messaging.models import Message
from messaging.models import Status as MessageStatus
from tests.campaigns.conftest import DAY, joins, journey_of
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file begins on a Wednesday at 13:00 New York, and no broker is asked."""


@pytest.fixture
def maria(acme: Cast) -> ContactPoint:
    """On her way through a journey, agreed to both purposes, with a text of each waiting, and asked to confirm."""
    journey_of(acme, waits=(DAY,))
    point = joins(acme)
    journeys.enroll_joined()
    for purpose in ("marketing", "informational"):
        outbox.queue([draft(acme, point, purpose=purpose, origin_id=uuid.uuid4())])
    joining.request(
        point, acme.program, method=Method.WEB_FORM, purposes=opting.purposes_of(acme.program), disclosure=None,
        evidence={},
    )  # fmt: skip
    return point


def leave(point: ContactPoint, *kinds: str, program: Program | None = None) -> bool:
    keys = tuple(key for kind in kinds if program and (key := program.purpose_key(kind)))
    return leaving.leave(
        point, method=Method.PREFERENCES, actor="customer", evidence={}, program=program, purposes=keys
    )


def waiting() -> list[str]:
    rows = Message.objects.filter(status__in=[MessageStatus.QUEUED, MessageStatus.HELD])
    return sorted(rows.values_list("purpose", flat=True))


def ended() -> tuple[bool, bool]:
    """(the journey has, the request to join has)."""
    return (
        Enrollment.objects.get().status == EnrollmentStatus.LEFT,
        JoinRequest.objects.get().ended_at is not None,
    )


def test_closing_the_number_ends_everything(maria: ContactPoint) -> None:
    assert leave(maria)
    assert (waiting(), ended()) == ([], (True, True))
    assert Subscription.objects.get(point=maria, program=None).status == Status.CLOSED


def test_leaving_a_program_ends_what_is_of_it(acme: Cast, maria: ContactPoint) -> None:
    outbox.queue([draft(acme, maria, program_id=None, purpose="consent", origin_id=uuid.uuid4())])
    assert leave(maria, program=acme.program)
    assert (waiting(), ended()) == (["consent"], (True, True))
    assert not Subscription.objects.filter(point=maria, program=None).exists()


def test_leaving_one_program_leaves_another_alone(acme: Cast, maria: ContactPoint) -> None:
    other = Program.objects.get(pk=acme.program.pk)
    other.pk, other.slug = uuid.uuid4(), "acme-beans"
    other.save(force_insert=True)
    leave(maria, program=other)
    assert (waiting(), ended()) == (["informational", "marketing"], (False, False))


def test_leaving_one_purpose_keeps_the_other(acme: Cast, maria: ContactPoint) -> None:
    leave(maria, "marketing", program=acme.program)
    assert (waiting(), ended()) == (["informational"], (False, False))
    assert Subscription.objects.get(point=maria, program=acme.program).status == Status.ACTIVE


def test_leaving_the_last_purpose_is_leaving_the_program(acme: Cast, maria: ContactPoint) -> None:
    leave(maria, "marketing", program=acme.program)
    leave(maria, "informational", program=acme.program)
    assert (waiting(), ended()) == ([], (True, True))


def test_it_tells_whether_there_was_something_to_close(maria: ContactPoint) -> None:
    assert [leave(maria), leave(maria)] == [True, False]


def test_leaving_now_waits_for_what_is_under_way(
    maria: ContactPoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def wait(point_ids: list[uuid.UUID], **how: object) -> int:
        seen.append((point_ids, how["closed_since"], waiting()))
        return 1

    monkeypatch.setattr(in_flight, "wait", wait)
    left = leaving.leave_now(maria, method=Method.SUPPORT, actor="user:1", evidence={})
    assert left == leaving.Left(was_open=True, in_flight=1)
    assert seen == [([maria.id], clock.now(), [])]
