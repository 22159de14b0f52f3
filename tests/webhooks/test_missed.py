"""What Twilio could not deliver to us is pulled from its list: each text once, whatever fails meanwhile."""

import contextlib
import datetime as dt
from typing import Any

import pytest
import time_machine

from consent.models import ConsentEvent, Status, Subscription
from contacts import clock
from contacts.models import ContactPoint
from messaging import dispatch, outbox, secrets
from messaging.models import Account, Message, Sender, Thread
from messaging.models import Status as MessageStatus
from messaging.providers import twilio_list
from tests import calls
from tests.cast import Cast
from tests.handsets import Handsets
from tests.messaging.conftest import _stand_in, twilio
from tests.messaging.test_dispatch import draft
from tests.simulator_process import SimulatorProcess
from webhooks import handle, missed, watermarks
from webhooks.models import QuarantinedRequest, Watermark, WebhookEvent

__all__ = ["_stand_in", "twilio"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


@pytest.fixture
def handsets(acme: Cast, noon: time_machine.Traveller, twilio: SimulatorProcess) -> Handsets:
    """Our web servers have been down for four hours."""
    noon.shift(4 * HOUR)
    return Handsets(twilio, acme.sender, noon)


def number(point: ContactPoint) -> str:
    row = Subscription.objects.filter(point=point, program=None).first()
    return row.status if row else "never touched"


def heard() -> list[str]:
    return list(
        Message.objects.filter(direction="in").order_by("created_at", "id").values_list("body", flat=True)
    )


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


def test_a_wrong_token_is_told_keeps_nobody_waiting_and_heals(
    acme: Cast, rival: Cast, handsets: Handsets
) -> None:
    own = Account.objects.create(
        brand=rival.brand, name="Rival's", sid="AC" + "9" * 32, sealed_tokens=secrets.seal(["wrong"])
    )
    Sender.objects.filter(id=rival.sender.id).update(account=own)
    handsets.twilio.sender(rival.sender.address, account_sid=own.sid, auth_token="right")
    ours, theirs = acme.person(), rival.person()
    handsets.say(theirs, "STOP", ago=HOUR, to=rival.sender.address)
    handsets.say(ours, "STOP", ago=HOUR)
    assert handsets.pull() == 1
    assert (number(ours), number(theirs)) == (Status.CLOSED, "never touched")
    row = Watermark.objects.get(sender=rival.sender)
    assert (row.failures, row.problem) == (1, "Twilio refused our credentials (Twilio 20003)")
    pauses = []
    for _ in range(6):
        handsets.noon.move_to(row.due_at)
        missed.pull()
        row.refresh_from_db()
        pauses.append(row.due_at - clock.now())
    assert pauses == sorted(pauses)
    assert pauses[-1] == watermarks.LONGEST_PAUSE
    Account.objects.filter(id=own.id).update(sealed_tokens=secrets.seal(["right"]))
    handsets.noon.move_to(row.due_at)
    assert missed.pull() == 1
    assert number(theirs) == Status.CLOSED
    row.refresh_from_db()
    assert (row.failures, row.problem) == (0, "")


def test_a_list_that_is_never_answered_keeps_nobody_waiting(
    acme: Cast, rival: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    handsets.twilio.fault("list_timeout", to=rival.sender.address, seconds=1)
    ours, theirs = acme.person(), rival.person()
    handsets.say(theirs, "STOP", ago=HOUR, to=rival.sender.address)
    handsets.say(ours, "STOP", ago=HOUR)
    handsets.noon.shift(2 * MINUTE)
    watermarks.keep_up()
    round_ = missed._Round()
    round_.claim()
    round_.wait()
    assert number(ours) == Status.CLOSED
    assert len(round_.pending) == 1
    while round_.pending:
        round_.wait()
    assert Watermark.objects.get(sender=rival.sender).problem.startswith("Twilio could not be asked")
    handsets.twilio.clear_faults()
    handsets.pull()
    assert number(theirs) == Status.CLOSED


def test_a_stop_that_was_turned_away_is_healed(acme: Cast, handsets: Handsets) -> None:
    point = acme.person()
    sid = handsets.say(point, "STOP", ago=HOUR)
    (call,) = handsets.twilio.webhooks(sid=sid)
    assert calls.post(calls.INBOUND, call["params"], signature="wrong").status_code == 403
    assert QuarantinedRequest.objects.get().looks_like_stop
    assert number(point) == "never touched"
    handsets.pull()
    assert number(point) == Status.CLOSED


def test_each_brand_gets_what_was_said_to_it_and_nothing_else(
    acme: Cast, rival: Cast, handsets: Handsets
) -> None:
    ours, theirs = acme.person("+12065550142"), rival.person("+12065550142")
    handsets.say(ours, "STOP", ago=HOUR)
    handsets.pull()
    assert (number(ours), number(theirs)) == (Status.CLOSED, "never touched")
    assert {event.brand_id for event in WebhookEvent.objects.all()} == {acme.brand.id}


def test_what_was_said_to_another_brand_is_not_this_ones(acme: Cast, rival: Cast, handsets: Handsets) -> None:
    handsets.pull()
    handsets.say("+12065550142", "For Acme", ago=MINUTE)
    Sender.objects.filter(id=acme.sender.id).update(brand=rival.brand)
    handsets.pull()
    assert heard() == []
    handsets.say("+12065550142", "For Rival")
    handsets.pull()
    assert Message.objects.get(direction="in").brand_id == rival.brand.id


@pytest.mark.parametrize("why", ["sender", "account"])
def test_what_is_halted_still_listens(acme: Cast, handsets: Handsets, why: str) -> None:
    account = Account.objects.create(
        brand=acme.brand, name="Own", sid="AC" + "8" * 32, sealed_tokens=secrets.seal(["right"]),
        halted_at=clock.now() if why == "account" else None,
    )  # fmt: skip
    Sender.objects.filter(id=acme.sender.id).update(
        account=account, halted_at=clock.now() if why == "sender" else None
    )
    handsets.twilio.sender(acme.sender.address, account_sid=account.sid, auth_token="right")
    point = acme.person()
    handsets.say(point, "STOP", ago=HOUR)
    handsets.pull()
    assert number(point) == Status.CLOSED


def test_a_sender_that_is_gone_takes_its_watermark_along(acme: Cast, handsets: Handsets) -> None:
    gone = Sender.objects.create(brand=acme.brand, address="+15005550077", created_at=clock.now())
    handsets.pull()
    assert Watermark.objects.count() == 2
    gone.delete()
    assert handsets.pull() == 0
    assert [row.sender_id for row in Watermark.objects.all()] == [acme.sender.id]


def test_a_service_is_asked_which_numbers_it_has(acme: Cast, handsets: Handsets) -> None:
    service = Sender.objects.create(
        brand=acme.brand, kind="messaging_service", messaging_service_sid="MG" + "1" * 32,
        created_at=acme.sender.created_at,
    )  # fmt: skip
    for address in ("+15005550081", "83833", acme.sender.address):
        handsets.twilio.sender(address, messaging_service_sid=service.messaging_service_sid)
    first, second, third = (acme.person() for _ in range(3))
    handsets.say(first, "STOP", ago=HOUR, to="+15005550081")
    handsets.say(second, "STOP", ago=HOUR, to="83833")
    handsets.say(third, "STOP", ago=HOUR)
    handsets.pull()
    handsets.pull()
    assert {number(point) for point in (first, second, third)} == {Status.CLOSED}
    assert sorted(Watermark.objects.filter(sender=service).values_list("number", flat=True)) == [
        "", "+15005550081", "83833",
    ]  # fmt: skip
    by_service = Message.objects.filter(direction="in", sender=service)
    assert by_service.count() == 2


def test_whatsapp_is_read_as_twilio_spells_it(acme: Cast, handsets: Handsets) -> None:
    handsets.pull()
    ContactPoint.objects.create(
        brand=acme.brand, contact=acme.person().contact, channel="whatsapp", address="+12065550188",
        created_at=clock.now(),
    )  # fmt: skip
    handsets.pull()
    handsets.twilio.sender(f"whatsapp:{acme.sender.address}")
    handsets.say("whatsapp:+12065550188", "STOP", to=f"whatsapp:{acme.sender.address}")
    handsets.pull()
    assert number(ContactPoint.objects.get(channel="whatsapp")) == Status.CLOSED


def test_accounts_take_turns(acme: Cast, rival: Cast, noon: time_machine.Traveller) -> None:
    own = Account.objects.create(brand=rival.brand, name="R", sid="AC" + "9" * 32, sealed_tokens="")
    Sender.objects.filter(id=rival.sender.id).update(account=own)
    for n in range(20):
        Sender.objects.create(brand=acme.brand, address=f"+1500556{n:04}", created_at=clock.now())
    watermarks.keep_up()
    noon.shift(MINUTE)
    Watermark.objects.exclude(sender=rival.sender).update(due_at=clock.now() - HOUR)
    claimed = watermarks.claim(8, most_of_one=4)
    assert [row.sender_id == rival.sender.id for row in claimed].count(True) == 1
    assert len(claimed) == 5
