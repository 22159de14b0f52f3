"""What a customer's text does: consent first, then the thread, and one answer at most."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.conf import settings
from django.db import connection

from consent.models import ConsentEvent, Status, Subscription
from contacts import clock
from contacts.models import Contact, ContactPoint
from messaging import outbox, throttle
from messaging.models import Message, OptOutReplies, Sender, Thread
from messaging.models import Status as MessageStatus
from tests import calls
from tests.calls import text
from tests.cast import Cast
from tests.messaging.test_dispatch import draft
from webhooks import inbound, store
from webhooks.handle import replay_unprocessed
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def number(point: ContactPoint) -> str:
    row = Subscription.objects.filter(point=point, program=None).first()
    return row.status if row else "never touched"


def consent_replies() -> list[str]:
    return list(Message.objects.filter(purpose="consent").values_list("body", flat=True))


@pytest.fixture
def we_answer(acme: Cast) -> Sender:
    acme.sender.opt_out_replies = OptOutReplies.US
    acme.sender.save()
    return acme.sender


@pytest.mark.parametrize(
    "words",
    [
        "STOP",
        " stop. ",
        "Stop!!!",
        "S T O P",
        "\uff33\uff34\uff2f\uff30",
        "unsubscribe",
        "Arrêt",
        "please stop",
        "stop 🛑",
    ],
)
def test_a_stop_closes_the_number_and_cancels_what_waits(acme: Cast, words: str) -> None:
    point = acme.person()
    (waiting,) = outbox.queue([draft(acme, point)])
    assert text(acme.sender, point, words).status_code == 200
    assert number(point) == Status.CLOSED
    assert Message.objects.get(id=waiting).status == MessageStatus.CANCELED


def test_twilio_confirms_its_own_keywords_and_we_stay_silent(acme: Cast) -> None:
    text(acme.sender, acme.person(), "STOP")
    assert consent_replies() == []


def test_we_confirm_once_where_twilio_does_not(acme: Cast, we_answer: Sender) -> None:
    point = acme.person()
    text(we_answer, point, "STOP")
    text(we_answer, point, "STOP")
    (only,) = consent_replies()
    assert "Acme Coffee Club" in only


def test_a_word_that_twilio_does_not_know_is_confirmed_by_us(acme: Cast) -> None:
    text(acme.sender, acme.person(), "please take me off your list")
    assert len(consent_replies()) == 1


def test_a_stop_closes_the_number_for_the_whole_brand_and_no_other(acme: Cast, rival: Cast) -> None:
    ours, theirs = acme.person("+12065550142"), rival.person("+12065550142")
    text(acme.sender, ours, "STOP")
    assert (number(ours), number(theirs)) == (Status.CLOSED, "never touched")


def test_a_stop_of_somebody_unknown_is_kept(acme: Cast) -> None:
    text(acme.sender, "+12065550143", "STOP")
    assert number(ContactPoint.objects.get(address="+12065550143")) == Status.CLOSED


def test_a_stop_to_a_number_we_do_not_know_closes_all_the_same(acme: Cast) -> None:
    point = acme.person()
    calls.post(
        calls.INBOUND, calls.inbound_params(acme.sender, point.address, "STOP") | {"To": "+15005559999"}
    )
    assert number(point) == Status.CLOSED
    assert "no sender" in WebhookEvent.objects.get().problem


def test_a_stop_in_a_messaging_service_is_known_by_its_sid(acme: Cast) -> None:
    service = Sender.objects.create(
        brand=acme.brand,
        kind="messaging_service",
        messaging_service_sid="MG" + "1" * 32,
        created_at=acme.brand.created_at,
    )
    point = acme.person()
    params = calls.inbound_params(service, point.address, "STOP") | {
        "To": "+15005558888", "MessagingServiceSid": service.messaging_service_sid, "OptOutType": "STOP",
    }  # fmt: skip
    calls.post(calls.INBOUND, params)
    assert number(point) == Status.CLOSED


def test_twilios_own_opt_out_keyword_closes_too(acme: Cast) -> None:
    point = acme.person()
    text(acme.sender, point, "adios amigos", OptOutType="STOP")
    assert number(point) == Status.CLOSED


def test_yes_opens_nothing_and_start_opens_what_stop_closed(acme: Cast) -> None:
    point = acme.person()
    text(acme.sender, point, "STOP")
    text(acme.sender, point, "YES")
    assert number(point) == Status.CLOSED
    text(acme.sender, point, "START")
    assert number(point) == Status.NONE
    assert Subscription.objects.get(point=point, program=acme.program).status == Status.ACTIVE


def test_after_a_stop_any_other_word_leaves_it_closed(acme: Cast) -> None:
    point = acme.person()
    text(acme.sender, point, "STOP")
    text(acme.sender, point, "why?")
    assert number(point) == Status.CLOSED


def test_start_from_somebody_new_agrees_to_nothing(acme: Cast) -> None:
    text(acme.sender, "+12065550145", "START")
    assert ConsentEvent.objects.count() == 0


def test_help_is_answered_once_by_whoever_the_sender_says(acme: Cast, we_answer: Sender) -> None:
    params = calls.inbound_params(we_answer, acme.person().address, "help")
    calls.post(calls.INBOUND, params)
    calls.post(calls.INBOUND, params)
    assert consent_replies() == [acme.program.help_text]


def test_help_is_answered_even_to_somebody_who_left(acme: Cast, we_answer: Sender) -> None:
    point = acme.person()
    acme.stop(point)
    text(we_answer, point, "HELP")
    assert len(consent_replies()) == 1


def test_the_join_word_agrees_and_welcomes(acme: Cast) -> None:
    text(acme.sender, "+12065550146", "acme")
    row = Subscription.objects.get(program=acme.program, point__address="+12065550146")
    assert row.status == Status.ACTIVE
    (welcome,) = consent_replies()
    for needed in ("Acme Coffee Club", "up to 4 msgs/month", "Msg&data rates may apply", "HELP", "STOP"):
        assert needed in welcome


def test_joining_again_after_a_stop_opens_but_not_past_the_carrier(acme: Cast) -> None:
    point = acme.person()
    text(acme.sender, point, "STOP")
    text(acme.sender, point, "ACME")
    assert number(point) == Status.NONE


def test_a_text_stands_in_its_thread_and_somebody_waits(acme: Cast) -> None:
    point = acme.person()
    text(
        acme.sender,
        point,
        "Which grind for a V60?",
        NumMedia="1",
        MediaUrl0="https://m.example/1",
        MediaContentType0="image/png",
    )
    thread = Thread.objects.get(contact=point.contact)
    message = thread.messages.get()
    assert (message.body, message.media) == (
        "Which grind for a V60?", [{"url": "https://m.example/1", "content_type": "image/png"}],
    )  # fmt: skip
    assert thread.waiting_since == message.created_at


def test_the_same_text_told_twice_stands_there_once(acme: Cast) -> None:
    params = calls.inbound_params(acme.sender, acme.person().address, "Hello")
    assert [calls.post(calls.INBOUND, params).status_code for _ in range(3)] == [200, 200, 200]
    assert (Message.objects.count(), WebhookEvent.objects.count()) == (1, 1)


def test_a_wrong_number_is_held_for_a_person(acme: Cast) -> None:
    point = acme.person()
    text(acme.sender, point, "wrong number")
    assert number(point) == Status.HELD
    assert Thread.objects.get(contact=point.contact).waiting_since


def test_a_stop_whose_processing_fails_closes_the_number_first(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = acme.person()

    def poison(*_: object, **__: object) -> None:
        raise RuntimeError("poison")

    with monkeypatch.context() as patched:
        patched.setattr(inbound.receive, "receive", poison)
        assert text(acme.sender, point, "STOP").status_code == 200
    assert number(point) == Status.CLOSED
    event = WebhookEvent.objects.get()
    assert (event.processed_at, "poison" in event.problem) == (None, True)
    assert replay_unprocessed() == 1
    assert Message.objects.filter(direction="in").count() == 1


def test_a_stop_is_handled_with_redis_away(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app

    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    throttle.connection.cache_clear()
    monkeypatch.setattr(current_app.conf, "broker_url", "redis://127.0.0.1:9/0")
    point = acme.person()
    assert text(acme.sender, point, "STOP").status_code == 200
    throttle.connection.cache_clear()
    assert number(point) == Status.CLOSED


def test_how_long_the_fence_took_is_kept(acme: Cast) -> None:
    text(acme.sender, acme.person(), "STOP")
    event = WebhookEvent.objects.get()
    assert 0 < (event.closed_after_ms or 0) <= (event.answered_after_ms or 0)
    assert event.in_flight == 0


@pytest.mark.parametrize(("left", "waits"), [(0, "off"), (1, "on")])
def test_that_a_request_was_still_in_flight_is_on_the_disk_before_the_answer(
    acme: Cast, left: int, waits: str
) -> None:
    """Figures alone need not be."""
    text(acme.sender, acme.person(), "STOP")
    event = WebhookEvent.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        store.waited(event, closed_after=1, answered_after=2, in_flight=left)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == (waits,)
    assert WebhookEvent.objects.get().in_flight == left


def test_two_people_on_one_phone_both_get_silence(acme: Cast) -> None:
    point = acme.person()
    Contact.objects.create(
        brand=acme.brand, first_name="Ana", shares_point=point, created_at=acme.brand.created_at
    )
    text(acme.sender, point, "STOP")
    (message_id,) = outbox.queue([draft(acme, point, origin_id=uuid.uuid4())])
    assert Message.objects.get(id=message_id).status == MessageStatus.REFUSED


def test_a_stop_waits_for_what_a_hung_worker_may_still_send_and_no_longer(
    acme: Cast, monkeypatch: pytest.MonkeyPatch, noon: time_machine.Traveller
) -> None:
    monkeypatch.setattr(settings, "POST_WITHIN_SECONDS", 1.0)
    monkeypatch.setattr(settings, "TWILIO_CONNECT_SECONDS", 0.1)
    point = acme.person()
    (message_id,) = outbox.queue([draft(acme, point)])
    with time_machine.travel(clock.now(), tick=True):
        lease = clock.now() + dt.timedelta(seconds=settings.LEASE_SECONDS)
        Message.objects.filter(id=message_id).update(
            status=MessageStatus.SENDING, claim_id=uuid.uuid4(), lease_until=lease
        )
        text(acme.sender, point, "STOP")
    event = WebhookEvent.objects.get()
    assert 400 < (event.answered_after_ms or 0) - (event.closed_after_ms or 0) < 2500
    assert event.in_flight == 0


def test_a_help_answer_that_waits_does_not_outlive_the_stop(acme: Cast, we_answer: Sender) -> None:
    point = acme.person()
    text(we_answer, point, "HELP")
    text(we_answer, point, "STOP")
    assert [m.status for m in Message.objects.filter(purpose="consent").order_by("created_at", "id")] == [
        MessageStatus.CANCELED, MessageStatus.QUEUED,
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["START", "ACME"])
def test_a_start_taken_up_late_does_not_undo_a_later_stop(
    acme: Cast, monkeypatch: pytest.MonkeyPatch, noon: time_machine.Traveller, word: str
) -> None:
    point = acme.person()
    text(acme.sender, point, "STOP")
    noon.shift(60)

    def away(*_: object, **__: object) -> None:
        raise RuntimeError("away")

    with monkeypatch.context() as patched:
        patched.setattr(inbound.receive, "receive", away)
        text(acme.sender, point, word)
    noon.shift(60)
    text(acme.sender, point, "STOP")
    noon.shift(60)
    assert replay_unprocessed() == 1
    assert number(point) == Status.CLOSED
