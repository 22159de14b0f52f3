"""Status callbacks: found by our own id, applied forward, harmless when repeated or strange."""

import datetime as dt
import uuid

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from pytest_django import DjangoAssertNumQueries

from contacts import clock
from messaging import outbox
from messaging.models import Message, MessageEvent, Status
from tests import calls
from tests.cast import Cast
from tests.messaging.test_dispatch import draft
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def sending(acme: Cast) -> Message:
    (message_id,) = outbox.queue([draft(acme, acme.person())])
    message = Message.objects.get(id=message_id)
    message.status, message.claim_id, message.lease_until = Status.SENDING, uuid.uuid4(), message.created_at
    message.save()
    return message


def call(message_id: object, status: str, sid: str = "SM" + "a" * 32, **more: str) -> int:
    params = {"MessageSid": sid, "MessageStatus": status, "AccountSid": settings.TWILIO_ACCOUNT_SID} | more
    return int(calls.post(f"{calls.STATUS}?ref={message_id}", params).status_code)


def test_a_callback_can_beat_the_answer_that_brings_the_sid(sending: Message) -> None:
    assert call(sending.id, "delivered") == 200
    sending.refresh_from_db()
    assert (sending.status, sending.provider_sid) == (Status.DELIVERED, "SM" + "a" * 32)


def test_the_statement_of_callbacks_stays_prepared_on_its_connection(acme: Cast) -> None:
    people = [acme.person() for _ in range(8)]
    queued = outbox.queue([draft(acme, person) for person in people])
    later = clock.now() + dt.timedelta(minutes=1)
    Message.objects.update(status=Status.SENDING, claim_id=uuid.uuid4(), lease_until=later)
    for number, message_id in enumerate(queued):
        assert call(message_id, "delivered", sid=f"SM{number:032x}") == 200
    assert Message.objects.filter(status=Status.DELIVERED).count() == len(people)
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        assert [each for (each,) in cursor.fetchall() if "webhooks_webhookevent" in each]


def test_each_status_is_stored_once_and_a_repeat_is_harmless(sending: Message) -> None:
    for status in ("sent", "sent", "delivered", "sent", "delivered"):
        call(sending.id, status)
    assert WebhookEvent.objects.count() == 2
    sending.refresh_from_db()
    assert sending.status == Status.DELIVERED


def test_an_unknown_outcome_is_settled_by_the_callback(sending: Message) -> None:
    Message.objects.filter(id=sending.id).update(status=Status.UNKNOWN)
    call(sending.id, "undelivered", ErrorCode="30003")
    sending.refresh_from_db()
    assert (sending.status, sending.provider_code) == (Status.UNDELIVERED, 30003)


@pytest.mark.parametrize("ref", ["", "nonsense", "01a204fd-0029-70a2-a89b-f5d651b7117c", "%00"])
def test_a_callback_for_nothing_of_ours_is_kept_with_its_problem(acme: Cast, ref: str) -> None:
    assert call(ref, "delivered") == 200
    assert "no message" in WebhookEvent.objects.get().problem


def test_a_callback_with_another_messages_sid_does_not_touch_ours(sending: Message) -> None:
    call(sending.id, "sent")
    call(sending.id, "failed", sid="SM" + "b" * 32)
    sending.refresh_from_db()
    assert sending.status == Status.SENT


def test_good_news_is_stored_and_applied_in_one_statement(
    sending: Message, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        call(sending.id, "delivered")
    event = WebhookEvent.objects.get()
    assert (event.brand_id, event.attempts, event.problem) == (sending.brand_id, 1, "")
    assert event.processed_at == event.received_at
    noted = MessageEvent.objects.filter(message=sending, cause="callback")
    assert list(noted.values_list("was", "became")) == [("sending", "delivered")]


def test_late_news_is_noted_once_and_moves_nothing(sending: Message) -> None:
    for status in ("delivered", "sent", "sent"):
        call(sending.id, status)
    noted = MessageEvent.objects.filter(message=sending, cause="callback").values_list("was", "became")
    assert list(noted) == [("sending", "delivered"), ("delivered", "delivered")]


def test_a_callback_that_could_not_be_settled_at_once_goes_the_long_way(
    sending: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> bool:
        raise OperationalError

    monkeypatch.setattr("webhooks.status._settle_together", fails)
    assert call(sending.id, "delivered") == 200
    sending.refresh_from_db()
    assert sending.status == Status.DELIVERED
