"""A text taken up after it was said: it closes and holds as ever, and opens, answers and brings back nothing."""

import datetime as dt
import threading
from typing import Any

import pytest
from django.db import connection
from twilio.rest import Client

from campaigns import journeys
from campaigns.models import Enrollment, EnrollmentStatus
from consent import ledger
from consent.models import Act, ConsentEvent, JoinRequest, Method, Status, Subscription
from contacts import clock
from contacts.models import ContactPoint
from inbox import reply
from inbox.models import AutoAnswer
from messaging.models import Message, OptOutReplies, Thread
from smsapp.privacy import erase
from tests import calls
from tests.campaigns.conftest import joins, journey_of
from tests.cast import Cast
from tests.handsets import Handsets, number
from webhooks import handle, inbound, late
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
NOBODY = "+12065550190"


@pytest.fixture(autouse=True)
def _we_answer(noon: object, acme: Cast) -> None:
    """Where an answer may go out at all, it is ours."""
    acme.sender.opt_out_replies = OptOutReplies.US
    acme.sender.save()


def permission(cast: Cast, point: ContactPoint) -> str:
    row = Subscription.objects.filter(point=point, program=cast.program).first()
    return row.status if row else "never touched"


def answers() -> list[str]:
    return list(Message.objects.filter(direction="out").values_list("body", flat=True))


def waits(point: ContactPoint) -> bool:
    return Thread.objects.get(contact=point.contact).waiting_since is not None


@pytest.mark.parametrize("words", ["START", "ACME", "UNSTOP"])
@pytest.mark.parametrize("ago", [3 * HOUR, 8 * MINUTE])
def test_what_was_said_before_a_later_stop_opens_nothing(
    acme: Cast, handsets: Handsets, words: str, ago: dt.timedelta
) -> None:
    point = acme.person()
    acme.stop(point)  # so that there is something to open
    handsets.say(point, words, ago=ago)
    handsets.noon.shift(-5 * MINUTE)
    calls.text(acme.sender, point, "STOP")
    handsets.noon.shift(5 * MINUTE)
    handsets.pull()
    assert number(point) == Status.CLOSED
    assert not ConsentEvent.objects.filter(point=point, act__in=[Act.RESUMED, Act.CONFIRMED]).exists()
    assert waits(point)
    assert answers() == []


def test_a_start_said_after_the_last_stop_and_pulled_soon_opens(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    acme.stop(point)
    handsets.noon.shift(5 * MINUTE)
    handsets.say(point, "START", ago=4 * MINUTE)
    handsets.pull()
    assert number(point) == Status.NONE


def test_of_two_texts_of_one_second_the_stricter_rules(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    handsets.say(point, "STOP", ago=4 * MINUTE)
    handsets.twilio.send(from_=point.address, to=acme.sender.address, body="START")
    handsets.pull()
    assert number(point) == Status.CLOSED


def test_a_start_that_our_clock_takes_for_a_little_later_opens_nothing(
    acme: Cast, handsets: Handsets
) -> None:
    point = acme.person()
    acme.stop(point)
    handsets.noon.shift(5 * MINUTE)
    handsets.say(point, "START", ago=5 * MINUTE - dt.timedelta(seconds=10))
    handsets.pull()
    assert number(point) == Status.CLOSED


def test_a_stop_in_between_is_not_taken_back_by_an_older_one(acme: Cast, handsets: Handsets) -> None:
    """STOP, START, STOP; the last one came by its webhook, the first two come after it."""
    point = acme.person()
    handsets.say(point, "START", ago=8 * MINUTE)
    calls.text(acme.sender, point, "STOP")
    last = clock.now()
    calls.text(acme.sender, point, "STOP")
    ledger.record(
        ledger.Entry(
            point_id=point.id, act=Act.REVOKED, method=Method.KEYWORD, actor="customer",
            occurred_at=last - 9 * MINUTE,
        )
    )  # fmt: skip
    assert Subscription.objects.get(point=point, program=None).closed_at == last
    handsets.pull()
    assert number(point) == Status.CLOSED


def test_a_late_stop_closes_whatever_came_after_it(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    handsets.say(point, "STOP", ago=3 * HOUR)
    calls.text(acme.sender, point, "START")
    calls.text(acme.sender, point, "ACME")
    handsets.pull()
    assert number(point) == Status.CLOSED


@pytest.mark.parametrize("first", ["stop", "pull"])
def test_a_stop_and_a_late_start_at_once_leave_it_closed(acme: Cast, handsets: Handsets, first: str) -> None:
    point = acme.person()
    acme.stop(point)
    handsets.noon.shift(2 * MINUTE)
    handsets.say(point, "START", ago=MINUTE)
    if first == "stop":
        calls.text(acme.sender, point, "STOP")
        handsets.pull()
    else:
        handsets.pull()
        calls.text(acme.sender, point, "STOP")
    assert number(point) == Status.CLOSED


@pytest.mark.django_db(transaction=True)
def test_a_stop_that_holds_the_lock_is_seen_by_a_late_start_that_waits_for_it(
    acme: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = acme.person()
    acme.stop(point)
    handsets.noon.shift(2 * MINUTE)
    handsets.say(point, "START", ago=MINUTE)
    closing, pulled = threading.Event(), threading.Event()
    real = inbound._close

    def slow(*args: Any, **kwargs: Any) -> None:
        closing.set()
        pulled.wait(0.5)  # the other one is at the lock by then
        real(*args, **kwargs)

    monkeypatch.setattr(inbound, "_close", slow)

    def stop() -> None:
        calls.text(acme.sender, point, "STOP")
        connection.close()

    stopping = threading.Thread(target=stop)
    stopping.start()
    closing.wait(5)
    handsets.pull()
    pulled.set()
    stopping.join()
    assert number(point) == Status.CLOSED
    assert waits(point)


def test_an_answer_to_a_join_request_that_came_too_late_agrees_to_nothing(
    acme: Cast, handsets: Handsets
) -> None:
    acme.program.double_opt_in, acme.program.age_gate = True, 21
    acme.program.save()
    point = acme.person(agrees_to=())
    calls.text(acme.sender, point, "ACME")
    assert JoinRequest.objects.get().ended_at is None
    asked = len(answers())
    handsets.noon.shift(2 * HOUR)
    handsets.say(point, "4 May 1980", ago=HOUR)
    handsets.pull()
    assert JoinRequest.objects.get().awaits == JoinRequest.Awaits.AGE
    assert permission(acme, point) == Status.REQUESTED
    assert len(answers()) == asked
    assert waits(point)


@pytest.mark.parametrize("closing", ["page", "carrier", "left"])
def test_an_answer_said_before_any_later_closing_agrees_to_nothing(
    acme: Cast, handsets: Handsets, closing: str
) -> None:
    acme.program.double_opt_in = True
    acme.program.save()
    point = acme.person(agrees_to=())
    calls.text(acme.sender, point, "ACME")
    handsets.noon.shift(5 * MINUTE)
    handsets.say(point, acme.program.confirm_word, ago=4 * MINUTE)
    act, method, program = {
        "page": (Act.REDUCED, Method.PREFERENCES, acme.program.id),
        "carrier": (Act.BLOCKED_BY_CARRIER, Method.CARRIER, None),
        "left": (Act.REVOKED, Method.SUPPORT, acme.program.id),
    }[closing]
    ledger.record(
        ledger.Entry(point_id=point.id, act=act, method=method, actor="customer", program_id=program)
    )
    handsets.pull()
    assert not ConsentEvent.objects.filter(act=Act.CONFIRMED).exists()


def test_a_join_word_that_came_late_is_for_a_person(acme: Cast, handsets: Handsets) -> None:
    handsets.say(NOBODY, "ACME", ago=HOUR)
    handsets.pull()
    point = ContactPoint.objects.get(address=NOBODY)
    assert permission(acme, point) == "never touched"
    assert waits(point)
    assert answers() == []


def test_nothing_is_answered_hours_late_as_if_nothing_had_happened(acme: Cast, handsets: Handsets) -> None:
    AutoAnswer.objects.create(brand=acme.brand, question="hours", body="8 to 6")
    asks, helpless = acme.person(), acme.person()
    handsets.say(asks, "hours", ago=HOUR)
    handsets.say(helpless, "HELP", ago=HOUR)
    handsets.pull()
    assert answers() == []
    assert (waits(asks), waits(helpless)) == (True, True)


def test_what_is_pulled_within_minutes_is_answered_as_ever(acme: Cast, handsets: Handsets) -> None:
    AutoAnswer.objects.create(brand=acme.brand, question="hours", body="8 to 6")
    point = acme.person()
    handsets.say(point, "hours", ago=late.LATE_AFTER - 3 * MINUTE)
    handsets.pull()
    assert answers() == ["8 to 6"]
    assert not waits(point)


@pytest.mark.parametrize(("ago", "texts"), [(2 * MINUTE, 1), (HOUR, 0)])
def test_a_stop_is_confirmed_within_five_minutes_or_not_at_all(
    acme: Cast, handsets: Handsets, ago: dt.timedelta, texts: int
) -> None:
    point = acme.person()
    handsets.say(point, "STOP", ago=ago)
    handsets.pull()
    assert number(point) == Status.CLOSED
    assert len(answers()) == texts


def test_a_journey_waits_for_who_wrote_during_the_outage(acme: Cast, handsets: Handsets) -> None:
    journey_of(acme)
    point = joins(acme)
    journeys.enroll_joined()
    handsets.say(point, "I use a V60", ago=HOUR)
    handsets.pull()
    assert Enrollment.objects.get().status == EnrollmentStatus.PAUSED


def test_words_that_are_gone_at_twilio_hold_the_number(acme: Cast, handsets: Handsets) -> None:
    point, with_media = acme.person(), acme.person()
    api = Client(handsets.twilio.account_sid, handsets.twilio.auth_token)
    api.api.base_url = handsets.twilio.url
    for each, media in ((point, None), (with_media, ["https://x.example/cup.jpg"])):
        api.messages(handsets.say(each, "STOP", ago=MINUTE, media=media)).update(body="")
    handsets.pull()
    assert number(point) == Status.HELD
    assert ConsentEvent.objects.get(act=Act.HELD).evidence.data["why"] == "its words are gone at Twilio"
    assert waits(point)
    assert number(with_media) == "never touched"


def test_an_answer_given_meanwhile_was_not_to_the_late_text(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    calls.text(acme.sender, point, "Are you open?")
    thread = Thread.objects.get(contact=point.contact)
    seen = clock.now()  # what the agent has on the screen
    handsets.say(point, "And I am allergic to nuts", ago=HOUR)
    handsets.pull()
    reply.send_reply(thread, "Yes!", acme.team["agent"], seen_through=seen)
    assert waits(point)
    reply.send_reply(thread, "No nuts.", acme.team["agent"], seen_through=clock.now())
    assert not waits(point)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("words", ["STOP", "My name is Maria Young"])
def test_nothing_of_a_person_erased_meanwhile_comes_back(acme: Cast, handsets: Handsets, words: str) -> None:
    point = acme.person("+12065550181")
    sid = handsets.say(point, words, ago=HOUR)
    erase.erase(point.contact_id, asked_by=None, reason="asked by mail")
    handsets.pull()
    assert not ContactPoint.objects.filter(address="+12065550181").exists()
    assert Message.objects.count() == 0
    event = WebhookEvent.objects.get(provider_sid=sid)
    assert set(event.params) == {"MessageSid", "AccountSid"}
    assert event.processed_at is not None
    assert handsets.pull() == 0


@pytest.mark.django_db(transaction=True)
def test_who_was_erased_twice_stays_erased(acme: Cast, handsets: Handsets) -> None:
    erase.erase(acme.person(NOBODY).contact_id, asked_by=None, reason="asked by mail")
    handsets.noon.shift(HOUR)
    calls.text(acme.sender, NOBODY, "Hello again")
    handsets.say(NOBODY, "My name is Maria", ago=MINUTE)
    again = ContactPoint.objects.get(address=NOBODY)
    handsets.noon.shift(MINUTE)
    erase.erase(again.contact_id, asked_by=None, reason="asked by mail")
    handsets.pull()
    assert not Message.objects.exclude(body="").exists()


@pytest.mark.django_db(transaction=True)
def test_who_writes_again_after_an_erasure_is_heard(acme: Cast, handsets: Handsets) -> None:
    erase.erase(acme.person(NOBODY).contact_id, asked_by=None, reason="asked by mail")
    handsets.noon.shift(HOUR)
    handsets.say(NOBODY, "I want in again", ago=30 * MINUTE)
    handsets.pull()
    assert Message.objects.get(direction="in", body="I want in again")


def test_a_pulled_stop_whose_handling_fails_closes_first_and_is_tried_again(
    acme: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = acme.person()
    handsets.say(point, "STOP", ago=HOUR)
    at = clock.now() - HOUR
    with monkeypatch.context() as broken:
        broken.setattr(inbound, "_close", lambda *_, **__: 1 / 0)
        handsets.pull()
    assert number(point) == Status.CLOSED
    assert ConsentEvent.objects.get(act=Act.REVOKED).occurred_at == at
    assert handle.replay_unprocessed() == 1
    assert Message.objects.get(direction="in").created_at == at


def test_a_webhook_that_comes_after_all_may_tell_that_twilio_took_it_for_an_opt_out(
    acme: Cast, handsets: Handsets
) -> None:
    point = acme.person()
    sid = handsets.say(point, "espresso", ago=HOUR)
    handsets.pull()
    assert number(point) == "never touched"
    (call,) = handsets.twilio.webhooks(sid=sid)
    for _ in range(2):
        calls.post(calls.INBOUND, call["params"] | {"OptOutType": "STOP"})
    assert number(point) == Status.CLOSED
    assert ConsentEvent.objects.filter(act=Act.REVOKED).count() == 1
    event = WebhookEvent.objects.get(provider_sid=sid)
    assert event.params["OptOutType"] == ["STOP"]
    assert event.closed_after_ms is not None


def test_so_it_may_of_a_text_that_failed_when_it_was_pulled(
    acme: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = acme.person()
    sid = handsets.say(point, "espresso", ago=HOUR)
    with monkeypatch.context() as broken:
        broken.setattr(inbound, "_leave_to_a_person", lambda *_, **__: 1 / 0)
        handsets.pull()
    (call,) = handsets.twilio.webhooks(sid=sid)
    calls.post(calls.INBOUND, call["params"] | {"OptOutType": "STOP"})
    assert number(point) == Status.CLOSED


def test_a_strangers_stop_that_cannot_be_told_from_an_erased_persons_keeps_no_other_text_back(
    acme: Cast, handsets: Handsets, settings: Any
) -> None:
    erase.erase(acme.person(NOBODY).contact_id, asked_by=None, reason="asked by mail")
    settings.SUPPRESSION_KEYS = ["another key than the one that the erased number is kept under"]
    point = acme.person()
    handsets.say("+12065550199", "STOP", ago=2 * HOUR)
    handsets.say(point, "STOP", ago=HOUR)
    handsets.pull()
    assert number(point) == Status.CLOSED
    waiting = WebhookEvent.objects.filter(processed_at=None)  # until the key is back
    assert [event.problem.split(":")[0] for event in waiting] == ["LostKey", "LostKey"]
