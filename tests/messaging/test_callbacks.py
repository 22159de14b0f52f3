"""Twilio's word moves a message forward only, whatever comes twice, late or in the wrong order."""

import itertools
import uuid

import pytest
from django.db import IntegrityError, transaction

from consent.models import Subscription
from contacts import clock
from messaging import callbacks, outbox
from messaging.callbacks import Word
from messaging.models import Message, MessageEvent, Sender, Status
from messaging.states import FINAL, FROM_TWILIO, RANK, may_advance
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

SID = "SM" + "1" * 32


@pytest.fixture
def sent(acme: Cast) -> Message:
    (message_id,) = outbox.queue([draft(acme, acme.person())])
    Message.objects.filter(id=message_id).update(
        status=Status.HANDED_OFF, provider_sid=SID, handed_off_at=clock.now(), claim_id=uuid.uuid4()
    )
    return Message.objects.get(id=message_id)


def say(message: Message, status: str, code: int | None = None) -> str:
    callbacks.apply(message.id, Word(status=status, sid=SID, code=code, cause="callback"))
    message.refresh_from_db()
    return message.status


def test_delivered_then_a_late_sent_stays_delivered(sent: Message) -> None:
    assert say(sent, "delivered") == Status.DELIVERED
    assert say(sent, "sent") == Status.DELIVERED
    assert MessageEvent.objects.filter(message=sent, cause="callback").count() == 2


def test_of_two_final_words_the_first_stays(sent: Message) -> None:
    assert say(sent, "undelivered", 30003) == Status.UNDELIVERED
    assert say(sent, "delivered") == Status.UNDELIVERED


def test_every_order_of_callbacks_ends_in_the_same_state(acme: Cast) -> None:
    for n, order in enumerate(itertools.permutations(["queued", "sending", "sent", "delivered"])):
        (message_id,) = outbox.queue([draft(acme, acme.person(), origin_id=uuid.UUID(int=n + 1))])
        Message.objects.filter(id=message_id).update(
            status=Status.SENDING, claim_id=uuid.uuid4(), lease_until=clock.now()
        )
        for status in order:
            callbacks.apply(message_id, Word(status=status, sid=f"SM{n:032d}", code=None, cause="callback"))
        message = Message.objects.get(id=message_id)
        assert (message.status, message.provider_sid) == (Status.DELIVERED, f"SM{n:032d}")
        assert message.handed_off_at


def test_an_unknown_status_is_noted_and_changes_nothing(sent: Message) -> None:
    assert say(sent, "teleported") == Status.HANDED_OFF
    assert MessageEvent.objects.get(message=sent, cause="callback").detail["twilio_status"] == "teleported"


def test_a_blocked_number_is_closed_by_the_callback(sent: Message) -> None:
    say(sent, "undelivered", 21610)
    assert Subscription.objects.get(point=sent.point, program=None).closed_by == ["carrier"]


def test_a_carrier_block_of_unclear_kind_holds_the_number(sent: Message) -> None:
    say(sent, "undelivered", 30004)
    assert Subscription.objects.get(point=sent.point, program=None).status == "held"


def test_an_unregistered_sender_is_halted(sent: Message) -> None:
    say(sent, "undelivered", 30034)
    assert "not registered" in Sender.objects.get(id=sent.sender_id).problem


def test_no_word_moves_what_never_left(acme: Cast) -> None:
    (message_id,) = outbox.queue([draft(acme, acme.person(agrees_to=()))])
    message = Message.objects.get(id=message_id)
    assert say(message, "delivered") == Status.REFUSED


def test_the_states_only_go_forward() -> None:
    for was, to in itertools.product(Status.values, set(FROM_TWILIO.values())):
        if may_advance(was, to):
            assert RANK[Status(to)] > RANK[Status(was)]
            assert was not in FINAL or (was, to) == (Status.DELIVERED, Status.READ)


@pytest.mark.parametrize("change", [
    {"status": "lost"}, {"status": "sent", "handed_off_at": None}, {"status": "sending", "lease_until": None},
    {"direction": "in", "provider_sid": "", "status": "received"},
])  # fmt: skip
def test_the_database_refuses_impossible_messages(sent: Message, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.filter(id=sent.id).update(**change)
