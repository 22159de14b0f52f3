"""A person's answer: at most once, refused in words, and the clock tells the truth."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from campaigns.models import Enrollment, EnrollmentStatus, Journey
from contacts import clock
from inbox import reply
from messaging.models import Lane, Message, Origin, Status
from tests.admin_story import hears
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def maria(noon: time_machine.Traveller, acme: Cast) -> Message:
    """Maria has just asked something."""
    return hears(acme, acme.person(agrees_to=()), "Is my kettle too hot?")


def test_an_answer_is_queued_as_conversation_and_stops_the_clock(acme: Cast, maria: Message) -> None:
    agent = acme.team["agent"]
    sent = reply.send_reply(maria.thread, "  Let it rest for a minute. ", agent)
    assert sent.reason == ""
    assert (sent.status, sent.purpose, sent.lane) == (Status.QUEUED, "conversational", Lane.CONVERSATION)
    assert (sent.body, sent.sent_by, sent.point_id) == (
        "Let it rest for a minute.",
        f"user:{agent.pk}",
        maria.point_id,
    )
    maria.thread.refresh_from_db()
    assert maria.thread.waiting_since is None


def test_a_double_click_is_one_text(acme: Cast, maria: Message) -> None:
    once = uuid.uuid4()
    first = reply.send_reply(maria.thread, "Hello", acme.team["agent"], once=once)
    second = reply.send_reply(maria.thread, "Hello", acme.team["agent"], once=once)
    assert first.pk == second.pk
    assert Message.objects.filter(origin=Origin.REPLY).count() == 1


def test_after_stop_it_is_refused_and_the_clock_runs_on(acme: Cast, maria: Message) -> None:
    acme.stop(maria.point)
    sent = reply.send_reply(maria.thread, "Wait!", acme.team["agent"])
    assert (sent.status, sent.reason) == (Status.REFUSED, "number_closed")
    maria.thread.refresh_from_db()
    assert maria.thread.waiting_since is not None


def test_what_came_in_unseen_still_waits(noon: time_machine.Traveller, acme: Cast, maria: Message) -> None:
    seen = clock.now()
    noon.shift(dt.timedelta(minutes=1))
    later = hears(acme, maria.point, "And how long?")
    reply.send_reply(maria.thread, "Let it rest.", acme.team["agent"], seen_through=seen)
    maria.thread.refresh_from_db()
    assert maria.thread.waiting_since == later.created_at


def test_nothing_can_be_answered_a_day_later(
    noon: time_machine.Traveller, acme: Cast, maria: Message
) -> None:
    noon.shift(dt.timedelta(hours=25))
    sent = reply.send_reply(maria.thread, "Sorry for the wait", acme.team["agent"])
    assert (sent.status, sent.reason) == (Status.REFUSED, "nothing_to_answer")


@pytest.mark.parametrize("body", ["", "   ", "x" * 1601])
def test_an_empty_or_endless_answer_cannot_be_sent(acme: Cast, maria: Message, body: str) -> None:
    with pytest.raises(reply.CannotReply):
        reply.send_reply(maria.thread, body, acme.team["agent"])
    assert not Message.objects.filter(direction="out").exists()


def test_an_answer_lets_a_paused_journey_go_on(acme: Cast, maria: Message) -> None:
    journey = Journey.objects.create(
        brand=acme.brand, program=acme.program, slug="first", name="First cups", created_at=clock.now()
    )
    Enrollment.objects.create(
        brand=acme.brand, journey=journey, contact=maria.contact, point=maria.point, enrolled_at=clock.now(),
        status=EnrollmentStatus.PAUSED,
    )  # fmt: skip
    reply.send_reply(maria.thread, "Let it rest.", acme.team["agent"])
    assert Enrollment.objects.get().status == EnrollmentStatus.ACTIVE


def test_the_page_says_why_and_keeps_what_was_typed(acme: Cast, maria: Message) -> None:
    acme.stop(maria.point)
    client = Client()
    client.force_login(acme.team["agent"])
    answer = client.post(reverse("inbox:reply", args=[maria.thread_id]), {"body": "Please come back"})
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "Not sent: Asked to get no more texts." in shown
    assert ">Please come back</textarea>" in shown


def test_a_held_number_may_be_answered_closed_or_released(acme: Cast, maria: Message) -> None:
    from consent import opting
    from consent.models import Subscription

    opting.hold(maria.point_id, evidence={"text": maria.body})
    client = Client()
    client.force_login(acme.team["agent"])
    assert b"Did they mean" in client.get(reverse("inbox:thread", args=[maria.thread_id])).content
    client.post(reverse("inbox:act", args=[maria.thread_id, "release-hold"]))
    assert Subscription.objects.get(program=None).held_by == []
    client.post(reverse("inbox:act", args=[maria.thread_id, "close-number"]))
    row = Subscription.objects.get(program=None)
    assert row.closed_by == ["agent"]
    client.post(reverse("inbox:act", args=[maria.thread_id, "release-hold"]))
    row.refresh_from_db()
    assert row.closed_by == ["agent"]


def test_lines_are_sent_only_when_something_changed(acme: Cast, maria: Message) -> None:
    client = Client()
    client.force_login(acme.team["auditor"])
    address = reverse("inbox:lines", args=[maria.thread_id])
    first = client.get(address)
    assert first.status_code == 200
    assert "Is my kettle too hot?" in first.content.decode()
    assert client.get(address, {"version": first["X-Version"]}).status_code == 204
    reply.send_reply(maria.thread, "Let it rest.", acme.team["agent"])
    assert client.get(address, {"version": first["X-Version"]}).status_code == 200


def test_a_text_is_shown_as_text(acme: Cast, maria: Message) -> None:
    hears(acme, maria.point, "<script>alert(1)</script>")
    client = Client()
    client.force_login(acme.team["agent"])
    for page in ("inbox:thread", "inbox:lines"):
        shown = client.get(reverse(page, args=[maria.thread_id])).content
        assert b"<script>alert(1)" not in shown
        assert b"&lt;script&gt;alert(1)" in shown


def test_waiting_is_longest_first(noon: time_machine.Traveller, acme: Cast, maria: Message) -> None:
    noon.shift(dt.timedelta(minutes=20))
    hears(acme, acme.person(first_name="Second"), "Hello?")
    client = Client()
    client.force_login(acme.team["agent"])
    shown = client.get(reverse("inbox:list")).content.decode()
    assert shown.index("Maria") < shown.index("Second")
    assert "waits 20 min" in shown


def test_mine_shows_what_i_have_taken(acme: Cast, maria: Message) -> None:
    client = Client()
    client.force_login(acme.team["agent"])
    assert (
        "You have taken no conversation"
        in client.get(reverse("inbox:list"), {"box": "mine"}).content.decode()
    )
    client.post(reverse("inbox:act", args=[maria.thread_id, "assign"]))
    assert "Maria" in client.get(reverse("inbox:list"), {"box": "mine"}).content.decode()


def test_a_note_is_kept_and_never_sent(acme: Cast, maria: Message) -> None:
    client = Client()
    client.force_login(acme.team["agent"])
    client.post(reverse("inbox:note", args=[maria.thread_id]), {"text": "Has a blue kettle"})
    assert "Has a blue kettle" in client.get(reverse("inbox:thread", args=[maria.thread_id])).content.decode()
    assert not Message.objects.filter(direction="out").exists()


def test_the_cost_of_a_text_is_counted(acme: Cast, maria: Message) -> None:
    client = Client()
    client.force_login(acme.team["agent"])
    told = client.post(reverse("inbox:count"), {"body": "Zoë 😀"}).json()
    assert (told["segments"], told["offending"]) == (1, ["ë", "😀"])
    assert told["alphabet"] == "70 characters to a segment (UCS-2)"
