"""Whose lists are read: of each brand, account, number and service, none of which keeps another waiting."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from twilio.base.exceptions import TwilioException
from twilio.http.response import Response
from twilio.rest.messaging.v1.service.channel_sender import ChannelSenderList

from consent.models import Status
from contacts import clock
from contacts.models import ContactPoint
from messaging import secrets
from messaging.models import Account, Message, Sender
from tests.cast import Cast
from tests.handsets import Handsets, heard, number
from webhooks import missed, watermarks
from webhooks.models import Watermark, WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)


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


def pool_of(acme: Cast, handsets: Handsets, *numbers: str) -> Sender:
    service = Sender.objects.create(
        brand=acme.brand, kind="messaging_service", messaging_service_sid="MG" + "1" * 32,
        created_at=acme.sender.created_at,
    )  # fmt: skip
    for each in numbers:
        handsets.twilio.sender(each, messaging_service_sid=service.messaging_service_sid)
    handsets.pull()
    return service


def answer_of_pool(service: Sender, *numbers: str) -> Watermark:
    """Twilio is asked for the pool's numbers, and answers with these."""
    Watermark.objects.filter(sender=service, number="").update(looked_at=clock.now())
    watermarks.note_pool(Watermark.objects.get(sender=service, number=""), numbers)
    return Watermark.objects.get(sender=service, number="")


def test_an_answer_that_lacks_a_number_loses_nothing_said_to_it(acme: Cast, handsets: Handsets) -> None:
    service = pool_of(acme, handsets, "+15005550081")
    point = acme.person()
    handsets.say(point, "STOP", to="+15005550081")
    handsets.noon.shift(HOUR)
    answer_of_pool(service)
    handsets.pull()
    assert number(point) == Status.CLOSED


def test_a_number_that_comes_back_to_its_pool_begins_where_it_was(acme: Cast, handsets: Handsets) -> None:
    service = pool_of(acme, handsets, "+15005550081")
    point = acme.person()
    handsets.say(point, "STOP", to="+15005550081")
    before = Watermark.objects.get(number="+15005550081").seen_until
    answer_of_pool(service)
    assert not Watermark.objects.filter(number="+15005550081").exists()  # it was read to its end
    handsets.noon.shift(10 * MINUTE)
    answer_of_pool(service, "+15005550081")
    assert Watermark.objects.get(number="+15005550081").seen_until <= before
    handsets.pull()
    assert number(point) == Status.CLOSED


def test_an_address_that_was_changed_is_read_to_the_change(acme: Cast, handsets: Handsets) -> None:
    handsets.pull()
    point = acme.person()
    before = acme.sender.address
    handsets.say(point, "STOP")
    handsets.noon.shift(HOUR)
    Sender.objects.filter(id=acme.sender.id).update(address="+15005550082")
    handsets.pull()
    assert number(point) == Status.CLOSED
    for _ in range(10):
        handsets.pull()
    assert not Watermark.objects.filter(number=before).exists()


def test_channels_that_are_known_are_not_believed_to_be_gone(
    acme: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def missing(*_: object, **__: object) -> list[object]:
        raise TwilioException("no page", Response(404, '{"code": 20404}'))

    monkeypatch.setattr(ChannelSenderList, "list_async", missing)
    service = pool_of(acme, handsets, "+15005550081")
    pool = answer_of_pool(service, "+15005550081", "whatsapp:+15005550083")
    Watermark.objects.update(due_at=clock.now())
    missed.pull()
    pool.refresh_from_db()
    assert "20404" in pool.problem
    assert Watermark.objects.filter(number="whatsapp:+15005550083").exists()


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


def test_a_sender_that_changes_hands_while_its_list_is_read_gives_the_other_brand_nothing(
    acme: Cast, rival: Cast, handsets: Handsets, monkeypatch: pytest.MonkeyPatch
) -> None:
    handsets.say(acme.person(), "For Acme alone", ago=HOUR)
    asked = watermarks.claim

    def then_it_moves(*args: Any, **kwargs: Any) -> list[Watermark]:
        rows = asked(*args, **kwargs)
        Sender.objects.filter(id=acme.sender.id).update(brand=rival.brand)
        return rows

    monkeypatch.setattr(watermarks, "claim", then_it_moves)
    handsets.noon.shift(2 * MINUTE)
    missed.pull()
    assert heard() == []
    event = WebhookEvent.objects.get()
    assert (event.brand_id, bool(event.problem)) == (acme.brand.id, True)
