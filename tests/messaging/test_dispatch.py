"""The drain: what is due leaves once, under the gate, and every outcome is written down."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError

from consent.models import Subscription
from contacts.models import ContactPoint
from messaging import claim, dispatch, outbox, record, throttle
from messaging.models import Decision, Lane, Message, MessageEvent, Sender, Status
from tests.cast import Cast
from tests.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]


def draft(acme: Cast, point: ContactPoint, **fields: object) -> outbox.Draft:
    return outbox.Draft(
        **{
            "brand_id": acme.brand.id,
            "contact_id": point.contact_id,
            "point_id": point.id,
            "sender_id": acme.sender.id,
            "program_id": acme.program.id,
            "purpose": "marketing",
            "value": "know_how",
            "body": "Grind finer. Acme, STOP to end",
            "origin": "campaign",
            "origin_id": uuid.UUID(int=1),
        }
        | fields
    )  # type: ignore[arg-type]


def queue(acme: Cast, *points: ContactPoint, **fields: object) -> list[Message]:
    ids = outbox.queue([draft(acme, point, **fields) for point in points])
    return [Message.objects.get(id=message_id) for message_id in ids]


def send(acme: Cast, segments: int = 200) -> None:
    acme.sender.refresh_from_db()
    dispatch.send_batch(acme.sender, segments=segments)


def test_a_permitted_text_is_handed_to_twilio_with_its_receipt(acme: Cast, twilio: SimulatorProcess) -> None:
    point = acme.person()
    (message,) = queue(acme, point)
    send(acme)
    message.refresh_from_db()
    (request,) = twilio.requests()
    assert (request["to"], request["from"], request["body"]) == (
        point.address,
        acme.sender.address,
        message.body,
    )
    assert request["status_callback"] == f"http://testserver/webhooks/twilio/status/?ref={message.id}"
    assert (message.status, message.provider_sid) == (Status.HANDED_OFF, request["outcome"])
    assert list(Decision.objects.filter(message=message).values_list("stage", "outcome")) == [
        ("queue", "allow"),
        ("claim", "allow"),
    ]
    assert list(MessageEvent.objects.filter(message=message).values_list("was", "became")) == [
        ("", "queued"), ("queued", "sending"), ("sending", "handed_off"),
    ]  # fmt: skip


def test_it_tells_twilio_how_long_the_window_lasts(
    acme: Cast, twilio: SimulatorProcess, noon: time_machine.Traveller
) -> None:
    noon.move_to(
        dt.datetime(2026, 11, 19, 0, 50, tzinfo=dt.UTC)
    )  # 19:50 in New York, the window shuts at 20:00
    queue(acme, acme.person("+12125550100", region="NY", postal_code="10001"))
    send(acme)
    (request,) = twilio.requests()
    assert request["validity_period"] == str(10 * 60 - 30)


def test_the_same_text_is_queued_once(acme: Cast, twilio: SimulatorProcess) -> None:
    point = acme.person()
    assert len(queue(acme, point)) == 1
    assert queue(acme, point) == []


def test_a_stop_between_queueing_and_claim_refuses(acme: Cast, twilio: SimulatorProcess) -> None:
    point = acme.person()
    (message,) = queue(acme, point)
    acme.stop(point)
    send(acme)
    message.refresh_from_db()
    assert (message.status, message.reason, twilio.requests()) == (Status.REFUSED, "number_closed", [])


def test_without_permission_it_is_refused_when_queued(acme: Cast, twilio: SimulatorProcess) -> None:
    (message,) = queue(acme, acme.person(agrees_to=()))
    assert (message.status, message.reason) == (Status.REFUSED, "no_permission")
    assert Decision.objects.get(message=message).outcome == "refuse"


def test_in_quiet_hours_it_waits_until_they_end(
    acme: Cast, twilio: SimulatorProcess, noon: time_machine.Traveller
) -> None:
    noon.move_to(dt.datetime(2026, 11, 19, 4, 0, tzinfo=dt.UTC))  # 23:00 in New York
    (message,) = queue(acme, acme.person("+12125550101", region="NY", postal_code="10001"))
    assert (message.status, message.reason) == (Status.HELD, "quiet_hours")
    assert message.due_at is not None
    after_opening = message.due_at - dt.datetime(2026, 11, 19, 15, 0, tzinfo=dt.UTC)  # 10:00 in New York
    assert dt.timedelta(0) <= after_opening < dt.timedelta(minutes=15)
    noon.move_to(message.due_at)
    send(acme)
    message.refresh_from_db()
    assert message.status == Status.HANDED_OFF


def test_replies_go_before_bulk(acme: Cast, twilio: SimulatorProcess) -> None:
    queue(acme, *[acme.person() for _ in range(5)])
    queue(acme, acme.person(agrees_to=()), purpose="consent", origin="consent", body="Goodbye")
    send(acme, segments=1)
    assert [request["body"] for request in twilio.requests()] == ["Goodbye"]


def test_the_rate_is_charged_in_segments(acme: Cast, twilio: SimulatorProcess) -> None:
    for n in range(3):
        queue(acme, acme.person(), body="x" * 200, origin_id=uuid.UUID(int=n + 2))  # two segments each
    send(acme, segments=5)
    assert len(twilio.requests()) == 2


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [("refuse", 21611, Status.QUEUED), ("refuse", 21602, Status.FAILED), ("refuse", 99999, Status.FAILED),
     ("http_429", None, Status.QUEUED), ("http_500", None, Status.UNKNOWN), ("connection_reset", None, Status.UNKNOWN)],
)  # fmt: skip
def test_what_twilio_answers_decides_what_becomes_of_it(
    acme: Cast, twilio: SimulatorProcess, kind: str, code: int | None, status: str
) -> None:
    twilio.fault(kind, **({"code": code} if code else {}))
    (message,) = queue(acme, acme.person())
    send(acme)
    message.refresh_from_db()
    assert message.status == status
    assert len(twilio.requests()) == 1


def test_an_opt_out_known_to_twilio_closes_the_number_here(acme: Cast, twilio: SimulatorProcess) -> None:
    twilio.fault("refuse", code=21610)
    point = acme.person()
    (message,) = queue(acme, point)
    send(acme)
    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.FAILED, "21610")
    assert Subscription.objects.get(point=point, program=None).closed_by == ["carrier"]


def test_wrong_credentials_halt_the_sender_and_lose_nothing(acme: Cast, twilio: SimulatorProcess) -> None:
    twilio.fault("refuse", code=20003)
    messages = queue(acme, acme.person(), acme.person())
    send(acme)
    acme.sender.refresh_from_db()
    assert "credentials" in acme.sender.problem
    assert {Message.objects.get(id=m.id).status for m in messages} == {Status.QUEUED}


def test_when_nobody_listens_nothing_is_lost(acme: Cast, twilio: SimulatorProcess, settings: object) -> None:
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]
    (message,) = queue(acme, acme.person())
    send(acme)
    message.refresh_from_db()
    why = list(MessageEvent.objects.filter(message=message).values_list("detail", flat=True))
    assert (message.status, message.provider_sid) == (Status.QUEUED, ""), why


def test_a_drain_sends_everything_that_is_due(
    acme: Cast, twilio: SimulatorProcess, noon: time_machine.Traveller
) -> None:
    messages = queue(acme, *[acme.person() for _ in range(40)], purpose="consent", body="Hello")
    assert dispatch.drain(acme.sender.id) == 40
    assert Message.objects.filter(id__in=[m.id for m in messages], status=Status.HANDED_OFF).count() == 40


def test_a_claim_with_little_room_takes_the_first_lane_first(acme: Cast) -> None:
    queue(acme, acme.person(), acme.person())
    (goodbye,) = queue(acme, acme.person(), purpose="consent", origin="consent")
    (answer,) = queue(acme, acme.person(), purpose="consent", origin="consent", origin_id=uuid.uuid4())
    Message.objects.filter(id=answer.id).update(lane=Lane.CONVERSATION)
    batch = claim.claim(Sender.objects.get(id=acme.sender.id), segments=2, limit=2)
    assert [each.message_id for each in batch.outgoing] == [goodbye.id, answer.id]


def test_what_cannot_be_written_down_ends_the_drain_and_is_left_to_its_lease(
    acme: Cast, twilio: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object, **__: object) -> None:
        raise OperationalError("could not extend file")

    queue(acme, *[acme.person() for _ in range(10)], purpose="consent", body="Hello")
    with monkeypatch.context() as patch:
        patch.setattr(settings, "BATCH_SIZE", 2)
        patch.setattr(dispatch, "MOST_FLIGHTS", 1)
        patch.setattr(record, "record", full_disk)
        assert dispatch.drain(acme.sender.id) == 2  # the second batch would not be written down either
    assert Message.objects.filter(status=Status.SENDING, lease_until__isnull=False).count() == 2
    assert dispatch.drain(acme.sender.id) == 8, "its place was not given back"
    assert len(twilio.requests()) == 10


def test_the_rate_holds_across_takers(acme: Cast, twilio: SimulatorProcess) -> None:
    sender = Sender.objects.get(id=acme.sender.id)
    first, _ = throttle.take(sender.id, rate=40, wanted=100)
    second, wait = throttle.take(sender.id, rate=40, wanted=100)
    assert (first, second) == (10, 0)  # a quarter of a second's worth, then nothing
    assert 0 < wait <= 0.025
