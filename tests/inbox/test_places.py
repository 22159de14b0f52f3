"""Where are you? Asked once and only when it may be; the answer lets go what waited, anything else goes to a person."""

import datetime as dt
from typing import Any

import pytest
import time_machine

from consent.models import Act
from contacts import pausing
from contacts.models import ContactPoint
from inbox import places
from inbox.models import Note
from messaging import claim, outbox
from messaging.models import Lane, Message, Sender, Status, Thread
from tests.admin_story import hears
from tests.calls import text
from tests.campaigns.conftest import says
from tests.cast import Cast
from tests.conftest import NOON
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "quiet")]

# She said Berlin, her address is in Honolulu: no marketing hour fits both, an informational one does at noon.
LOST: dict[str, Any] = {"timezone": "Europe/Berlin", "postal_code": "96813"}


@pytest.fixture
def maria(acme: Cast) -> ContactPoint:
    """A person whose text waits because nobody knows where she is."""
    point = acme.person(**LOST)
    outbox.queue([draft(acme, point)])
    assert waiting(point).reason == "no_allowed_instant"
    return point


def waiting(point: ContactPoint) -> Message:
    return Message.objects.get(point=point, origin="campaign")


def questions() -> list[str]:
    return list(Message.objects.filter(origin="consent").values_list("body", flat=True))


def leaves(sender: Sender) -> list[str]:
    return [one.body for one in claim.claim(sender, segments=100, limit=100, lanes=tuple(Lane)).outgoing]


def asked(acme: Cast) -> None:
    """The question was asked, and handed to Twilio."""
    assert places.ask_due() == 1
    assert len(leaves(acme.sender)) == 1
    Message.objects.filter(origin="consent").update(status=Status.HANDED_OFF, handed_off_at=NOON)


def test_it_asks_who_cannot_be_placed_and_the_question_leaves_at_once(
    acme: Cast, maria: ContactPoint
) -> None:
    assert places.ask_due() == 1
    (question,) = leaves(acme.sender)
    assert "where are you?" in question
    assert question.startswith("Acme Coffee Club")


def test_it_asks_in_the_persons_language(acme: Cast) -> None:
    outbox.queue([draft(acme, acme.person(locale="es-US", **LOST))])
    places.ask_due()
    assert "¿donde esta?" in questions()[0]


def test_it_never_asks_twice_not_even_for_another_text_or_without_an_answer(
    acme: Cast, maria: ContactPoint, noon: time_machine.Traveller
) -> None:
    asked(acme)
    noon.shift(dt.timedelta(days=90))
    outbox.queue([draft(acme, maria, origin_id=None)])
    assert places.ask_due() == 0
    assert places.ask(waiting_again(maria)) is False
    assert len(questions()) == 1


def waiting_again(point: ContactPoint) -> Message:
    return Message.objects.filter(point=point, origin="campaign").latest("created_at")


def test_it_waits_for_an_hour_that_fits_every_place(
    acme: Cast, maria: ContactPoint, noon: time_machine.Traveller
) -> None:
    noon.move_to(NOON + dt.timedelta(hours=4))  # 23:00 in Berlin
    assert places.ask_due() == 0
    noon.move_to(NOON + dt.timedelta(hours=24))
    assert places.ask_due() == 1


def test_it_asks_nobody_who_left_or_paused(acme: Cast, maria: ContactPoint) -> None:
    second = acme.person(**LOST)
    outbox.queue([draft(acme, second)])
    acme.stop(maria)
    says(acme, second, Act.PAUSED)
    assert places.ask_due() == 0


@pytest.mark.parametrize("scope", ["program", "brand", "everything"])
def test_it_asks_nobody_while_texts_are_paused(acme: Cast, maria: ContactPoint, scope: str) -> None:
    pausing.pause({"program": acme.program, "brand": acme.brand, "everything": None}[scope])
    assert places.ask_due() == 0


def test_it_does_not_ask_in_the_middle_of_a_conversation(acme: Cast, maria: ContactPoint) -> None:
    hears(acme, maria, "is my kettle too hot?")
    assert places.ask_due() == 0


def test_a_stop_between_the_question_and_its_leaving_cancels_it(acme: Cast, maria: ContactPoint) -> None:
    places.ask_due()
    text(acme.sender, maria, "STOP")
    assert leaves(acme.sender) == []


@pytest.mark.parametrize(
    ("answer", "fields"),
    [
        ("85004", {"postal_code": "85004", "region": "", "country": "US", "timezone": ""}),
        ("Phoenix, AZ", {"postal_code": "", "region": "AZ", "country": "US", "timezone": ""}),
        ("AZ", {"postal_code": "", "region": "AZ", "country": "US", "timezone": ""}),
    ],
)
def test_the_answer_sets_the_place_and_lets_go_what_waited(
    acme: Cast, maria: ContactPoint, answer: str, fields: dict[str, str]
) -> None:
    asked(acme)
    assert text(acme.sender, maria, answer).status_code == 200
    maria.contact.refresh_from_db()
    assert {name: getattr(maria.contact, name) for name in fields} == fields
    assert waiting(maria).due_at == NOON
    assert leaves(acme.sender) == ["Grind finer. Acme, STOP to end"]
    assert Thread.objects.get(contact=maria.contact).waiting_since is None
    assert answer in Note.objects.get().text


def test_a_clock_alone_leaves_the_address_whose_law_still_binds(acme: Cast, maria: ContactPoint) -> None:
    asked(acme)
    text(acme.sender, maria, "Pacific")
    maria.contact.refresh_from_db()
    assert (maria.contact.timezone, maria.contact.postal_code) == ("America/Los_Angeles", "96813")


def test_any_other_answer_goes_to_a_person_and_sets_nothing(acme: Cast, maria: ContactPoint) -> None:
    asked(acme)
    text(acme.sender, maria, "why do you want to know?")
    maria.contact.refresh_from_db()
    assert (maria.contact.timezone, maria.contact.postal_code) == ("Europe/Berlin", "96813")
    assert Thread.objects.get(contact=maria.contact).waiting_since is not None
    assert leaves(acme.sender) == []


@pytest.mark.parametrize("when", ["never asked", "answered before", "long ago"])
def test_a_place_said_out_of_the_blue_is_an_ordinary_text(
    acme: Cast, maria: ContactPoint, noon: time_machine.Traveller, when: str
) -> None:
    if when != "never asked":
        asked(acme)
    if when == "answered before":
        text(acme.sender, maria, "85004")
    if when == "long ago":
        noon.shift(places.ANSWERED_WITHIN + dt.timedelta(minutes=1))
    text(acme.sender, maria, "New York")
    maria.contact.refresh_from_db()
    assert maria.contact.region != "NY"
    assert Thread.objects.get(contact=maria.contact).waiting_since is not None


def test_a_stop_is_a_stop_whatever_was_asked(acme: Cast, maria: ContactPoint) -> None:
    asked(acme)
    text(acme.sender, maria, "STOP")
    assert waiting(maria).status == Status.CANCELED


def test_another_brands_question_is_not_answered_here(acme: Cast, rival: Cast, maria: ContactPoint) -> None:
    asked(acme)
    theirs = rival.person(maria.address, **LOST)
    text(rival.sender, theirs, "85004")
    theirs.contact.refresh_from_db()
    assert theirs.contact.postal_code == "96813"
