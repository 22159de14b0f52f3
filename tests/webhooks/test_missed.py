"""What Twilio could not deliver to us is pulled from its list: each text once, whatever fails meanwhile."""

import contextlib
import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from consent.models import Act, ConsentEvent, Status
from contacts import clock
from messaging import dispatch, outbox
from messaging.models import Message, Thread
from messaging.models import Status as MessageStatus
from messaging.providers import twilio_list
from tests import calls
from tests.cast import Cast
from tests.handsets import Handsets, heard, number
from tests.messaging.test_dispatch import draft
from tests.simulator_process import SimulatorProcess
from webhooks import handle, missed, watermarks
from webhooks.models import QuarantinedRequest, Watermark, WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


def said(event: WebhookEvent, name: str) -> str:
    return str(event.params[name][0])


def test_an_outage_of_our_web_servers_loses_no_text(acme: Cast, handsets: Handsets) -> None:
    leaves, joins, asks = acme.person(), "+12065550171", acme.person()
    (waiting,) = outbox.queue([draft(acme, leaves)])
    handsets.say(leaves, "STOP", ago=3 * HOUR)
    handsets.say(joins, "ACME", ago=2 * HOUR)
    handsets.say(asks, "Is the decaf back?", ago=HOUR)
    assert WebhookEvent.objects.count() == 0
    assert handsets.pull() == 3
    assert heard() == ["STOP", "ACME", "Is the decaf back?"]
    assert number(leaves) == Status.CLOSED
    assert Message.objects.get(id=waiting).status == MessageStatus.CANCELED
    outbox.queue([draft(acme, leaves, origin_id=None)])
    dispatch.drain(acme.sender.id)
    assert handsets.twilio.requests() == []
    assert handsets.pull() == 0


def test_the_ledger_says_when_it_happened_and_when_we_had_it(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    handsets.say(point, "STOP", ago=3 * HOUR)
    at = clock.now() - 3 * HOUR
    handsets.pull()
    event = ConsentEvent.objects.get(point=point, act="revoked")
    assert (event.occurred_at, event.recorded_at) == (at, clock.now())
    pulled = WebhookEvent.objects.get()
    assert (pulled.said_at, pulled.received_at, pulled.closed_after_ms) == (at, clock.now(), None)


def test_whoever_waits_has_waited_since_they_wrote(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    calls.text(acme.sender, point, "Hello?")
    handsets.say(point, "Is anybody there?", ago=3 * HOUR)
    asked_at = clock.now() - 3 * HOUR
    handsets.pull()
    thread = Thread.objects.get(contact=point.contact)
    assert thread.waiting_since == asked_at
    assert thread.last_inbound_at == asked_at + 3 * HOUR


def test_it_is_the_event_that_the_webhook_would_have_been(acme: Cast, handsets: Handsets) -> None:
    sid = handsets.say(acme.person(), "My cup", media=["https://x.example/cup.jpg"], ago=HOUR)
    handsets.pull()
    event = WebhookEvent.objects.get(provider_sid=sid)
    (call,) = handsets.twilio.webhooks(sid=sid)
    told = {name: values[0] for name, values in event.params.items()}
    url = told.pop("MediaUrl0")
    assert told.items() <= call["params"].items()
    assert "/Messages/" + sid + "/Media/ME" in url
    message = Message.objects.get(provider_sid=sid)
    assert message.media == [{"url": url, "content_type": "image/jpeg"}]


@pytest.mark.parametrize("first", ["webhook", "list"])
def test_a_webhook_that_comes_after_all_is_the_same_text(acme: Cast, handsets: Handsets, first: str) -> None:
    sid = handsets.say(acme.person(), "STOP", ago=HOUR)
    if first == "webhook":
        assert handsets.webhook(sid) == 200
        assert handsets.pull() == 0
    else:
        assert handsets.pull() == 1
        assert handsets.webhook(sid) == 200
    assert ConsentEvent.objects.filter(act="revoked").count() == 1
    assert len(heard()) == WebhookEvent.objects.count() == 1


def test_what_twilio_is_still_trying_to_deliver_is_left_to_its_webhook(
    acme: Cast, handsets: Handsets
) -> None:
    handsets.say(acme.person(), "Just now")
    assert missed.pull() == 0
    assert handsets.pull() == 1


def test_what_the_list_shows_late_is_found_all_the_same(
    acme: Cast, handsets: Handsets, noon: time_machine.Traveller
) -> None:
    handsets.pull()
    noon.shift(MINUTE)
    handsets.say(acme.person(), "I took a while", ago=10 * MINUTE)
    assert handsets.pull() == 1


def test_an_outage_of_any_size_is_read_page_by_page(
    acme: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "ROUND_SECONDS", 0.2)  # a stretch or two a round
    largest = 0
    real = missed._new

    def measured(texts: Any) -> Any:
        nonlocal largest
        largest = max(largest, len(texts))
        return real(texts)

    monkeypatch.setattr(missed, "_new", measured)
    for n in range(2_500):
        if n % 50 == 0:
            handsets.set_twilios_clock(clock.now() - 3 * HOUR + n * dt.timedelta(seconds=4))
        handsets.twilio.send(from_=f"+1206556{n % 40:04}", to=acme.sender.address, body=f"Text {n}")
    noted: list[dt.datetime] = []
    pulled = 0
    handsets.noon.shift(2 * MINUTE)
    while more := missed.pull():
        pulled += more
        noted.append(Watermark.objects.get().seen_until)
    assert pulled == 2_500
    assert noted == sorted(noted)
    assert len(noted) > 20
    assert largest <= twilio_list.PAGE_SIZE
    assert sorted(heard()) == sorted(f"Text {n}" for n in range(2_500))


def test_a_second_that_fills_several_pages_is_walked(
    acme: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_list, "PAGE_SIZE", 2)
    handsets.set_twilios_clock(clock.now() - HOUR)
    for n in range(7):
        handsets.twilio.send(from_=acme.person().address, to=acme.sender.address, body=f"Text {n}")
    assert handsets.pull() == 7


def test_what_closes_is_taken_before_a_start_that_was_said_earlier(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    acme.stop(point)
    handsets.noon.shift(5 * MINUTE)
    handsets.say(point, "START", ago=2 * MINUTE)
    handsets.say(point, "STOP", ago=MINUTE)
    handsets.pull()
    assert number(point) == Status.CLOSED
    assert not ConsentEvent.objects.filter(point=point, act=Act.RESUMED).exists()


def test_a_join_is_taken_before_what_answers_it(acme: Cast, handsets: Handsets) -> None:
    acme.program.double_opt_in = True
    acme.program.save()
    point = acme.person(agrees_to=())
    handsets.noon.shift(5 * MINUTE)
    handsets.say(point, "ACME", ago=2 * MINUTE)
    handsets.say(point, acme.program.confirm_word, ago=MINUTE)
    handsets.pull()
    assert ConsentEvent.objects.filter(point=point, act=Act.CONFIRMED).exists()


def test_a_list_that_goes_by_the_day_is_walked(
    acme: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_list, "PAGE_SIZE", 2)
    handsets.twilio.settings(list_goes_by_day=True)
    handsets.say(acme.person(), "Before it was ours", ago=5 * HOUR)
    words = [f"Text {n}" for n in range(9)]
    for n, each in enumerate(words):
        handsets.say(acme.person(), each, ago=3 * HOUR - n * 10 * MINUTE)
    assert handsets.pull() == len(words)
    assert heard() == words
    assert Watermark.objects.get().seen_until > clock.now() - 20 * MINUTE


def test_a_file_that_is_gone_keeps_no_later_text_back(acme: Cast, handsets: Handsets) -> None:
    gone = handsets.say(acme.person(), "My cup", media=["https://x.example/cup.jpg"], ago=HOUR)
    point = acme.person()
    handsets.say(point, "STOP", ago=30 * MINUTE)
    handsets.twilio.fault("media_missing", to=gone)
    assert handsets.pull() == 2
    assert number(point) == Status.CLOSED
    assert Message.objects.get(provider_sid=gone).media == []


@pytest.mark.django_db(transaction=True)
def test_webhooks_and_two_readers_at_once_take_each_text_once(acme: Cast, handsets: Handsets) -> None:
    points = [acme.person() for _ in range(12)]
    sids = [handsets.say(point, "STOP", ago=HOUR) for point in points]
    requests = {sid: handsets.twilio.webhooks(sid=sid)[0]["params"] for sid in sids}
    handsets.noon.shift(2 * MINUTE)
    watermarks.keep_up()
    (row,) = watermarks.claim(1, most_of_one=1)

    def read(_: int) -> int:
        round_ = missed._Round()
        round_._go_on(row, round_._look(row), None)
        while round_.pending:
            round_.wait()
        connection.close()
        return round_.pulled

    def tell(sid: str) -> int:
        status = int(calls.post(calls.INBOUND, requests[sid]).status_code)
        connection.close()
        return status

    with ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(read, n) for n in range(2)]
        telling = [pool.submit(tell, sid) for sid in reversed(sids)]
        assert sum(each.result() for each in reading) <= len(sids)
        assert {each.result() for each in telling} == {200}
    assert len(heard()) == WebhookEvent.objects.count() == len(sids)
    assert ConsentEvent.objects.filter(act="revoked").count() == len(sids)
    assert {number(point) for point in points} == {Status.CLOSED}


@pytest.mark.parametrize("at", range(1, 6))
def test_a_reader_killed_anywhere_loses_and_doubles_nothing(
    acme: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.setattr(twilio_list, "PAGE_SIZE", 2)
    words = [f"Text {n}" for n in range(6)]
    for n, each in enumerate(words):
        handsets.say(acme.person(), each, ago=3 * HOUR - n * MINUTE)
    taken = 0
    real = handle.take

    class Killed(BaseException):
        pass

    def take(event: WebhookEvent) -> Any:
        nonlocal taken
        taken += 1
        if taken == at:
            raise Killed
        return real(event)

    with monkeypatch.context() as dying:
        dying.setattr(handle, "take", take)
        with contextlib.suppress(Killed):
            handsets.pull()
    assert len(heard()) == at - 1
    assert missed.pull() == 0  # its lease has not ended
    handsets.noon.shift(watermarks.LEASE)
    assert handsets.pull() == len(words) - at + 1
    assert heard() == words


def test_a_second_reader_of_the_same_list_does_no_harm(acme: Cast, handsets: Handsets) -> None:
    handsets.say(acme.person(), "STOP", ago=HOUR)
    handsets.noon.shift(2 * MINUTE)
    watermarks.keep_up()
    (row,) = watermarks.claim(5, most_of_one=5)
    assert missed.pull() == 0  # somebody has it
    rounds = [missed._Round(), missed._Round()]
    for each in rounds:
        each._go_on(row, each._look(row), None)
    for each in rounds:
        while each.pending:
            each.wait()
    assert [each.pulled for each in rounds] == [1, 0]
    assert len(heard()) == 1


def test_a_new_sender_begins_when_it_was_made_here(
    acme: Cast, twilio: SimulatorProcess, noon: time_machine.Traveller
) -> None:
    handsets = Handsets(twilio, acme.sender, noon)
    handsets.say(acme.person(), "To whoever had the number before", ago=MINUTE)
    handsets.say(acme.person(), "To you", ago=-MINUTE)
    noon.shift(HOUR)
    handsets.pull()
    assert heard() == ["To you"]


def test_a_stop_that_was_turned_away_is_healed(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    sid = handsets.say(point, "STOP", ago=HOUR)
    (call,) = handsets.twilio.webhooks(sid=sid)
    assert calls.post(calls.INBOUND, call["params"], signature="wrong").status_code == 403
    assert QuarantinedRequest.objects.get().looks_like_stop
    assert number(point) == "never touched"
    handsets.pull()
    assert number(point) == Status.CLOSED


def test_by_hand_every_list_is_read_to_its_end_or_the_reason_told(
    acme: Cast, handsets: Handsets, capsys: pytest.CaptureFixture[str]
) -> None:
    handsets.pull()
    handsets.twilio.fault("list_http_500", count=1)
    point = acme.person()
    handsets.say(point, "STOP", ago=10 * MINUTE)
    handsets.noon.shift(10 * MINUTE)
    with pytest.raises(CommandError, match="500"):
        call_command("pull_missed")
    assert number(point) == "never touched"
    call_command("pull_missed", json=True)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"pulled": 1, "unread": []}
    assert number(point) == Status.CLOSED
