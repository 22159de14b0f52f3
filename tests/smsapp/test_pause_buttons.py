"""One click holds a program, a brand or everything, whoever pressed it is named, and another click undoes it."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from consent.reasons import Reason
from contacts import clock, pausing
from contacts.models import Pause
from messaging import claim, outbox, reconcile
from messaging.models import Lane, Message, Status
from tests.admin_story import client_of, hears, url
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "quiet")]


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", password="correct horse")


def what_leaves(acme: Cast) -> int:
    return len(claim.claim(acme.sender, segments=100, limit=100, lanes=tuple(Lane)).outgoing)


def waiting(acme: Cast) -> Message:
    (message_id,) = outbox.queue([draft(acme, acme.person())])
    return Message.objects.get(id=message_id)


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        ("program", Reason.PROGRAM_PAUSED),
        ("brand", Reason.BRAND_PAUSED),
        ("everything", Reason.EVERYTHING_PAUSED),
    ],
)
def test_what_was_queued_before_the_pause_is_held_at_the_claim_and_leaves_after_it(
    acme: Cast, scope: str, reason: Reason
) -> None:
    target = {"program": acme.program, "brand": acme.brand, "everything": None}[scope]
    message = waiting(acme)
    pausing.pause(target)
    assert what_leaves(acme) == 0
    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.HELD, reason)
    assert reconcile.wake_held() == 0
    pausing.resume(target)
    assert reconcile.wake_held() == 1
    assert what_leaves(acme) == 1


@pytest.mark.parametrize("purpose", ["conversational", "consent"])
def test_answers_and_consent_texts_still_go_while_everything_is_paused(acme: Cast, purpose: str) -> None:
    point = acme.person()
    hears(acme, point, "is my kettle too hot?")
    pausing.pause(None)
    outbox.queue([draft(acme, point, purpose=purpose, origin="reply")])
    assert what_leaves(acme) == 1


def test_a_pause_of_one_brand_is_none_of_anothers(acme: Cast, rival: Cast) -> None:
    pausing.pause(rival.brand)
    pausing.pause(rival.program)
    waiting(acme)
    assert what_leaves(acme) == 1


def test_a_second_click_changes_nothing_and_keeps_the_first_ones_name(acme: Cast) -> None:
    assert pausing.pause(acme.brand, by=acme.team["owner"], why="wrong price")
    assert not pausing.pause(acme.brand, by=acme.team["marketer"], why="me too")
    pause = pausing.open_pause(acme.brand)
    assert pause is not None
    assert (pause.paused_by, pause.why, Pause.objects.count()) == (acme.team["owner"], "wrong price", 1)


def test_who_resumed_it_is_kept(acme: Cast) -> None:
    pausing.pause(acme.program, by=acme.team["owner"])
    assert pausing.resume(acme.program, by=acme.team["marketer"])
    assert not pausing.resume(acme.program)
    pause = Pause.objects.get()
    assert (pause.resumed_by, pause.resumed_at) == (acme.team["marketer"], clock.now())


def test_the_brands_page_says_who_paused_it_when_and_why(acme: Cast) -> None:
    owner = client_of(acme.team["owner"])
    owner.post(url("contacts.Brand", "pause", acme.brand.pk), {"do": "pause", "why": "wrong price"})
    page = owner.get(url("contacts.Brand", "change", acme.brand.pk)).content.decode()
    assert "The brand is paused since 18 Nov 2026, 18:00 UTC by owner@acme" in page
    assert "“wrong price”" in page
    assert "data-confirm" in page


def test_a_form_that_says_nothing_pauses(acme: Cast) -> None:
    owner = client_of(acme.team["owner"])
    for _ in range(2):
        owner.post(url("consent.Program", "pause", acme.program.pk))
    acme.program.refresh_from_db()
    assert acme.program.paused_at == clock.now()


def test_a_superuser_pauses_everything_and_everybody_sees_it(acme: Cast, root: User) -> None:
    client_of(root).post(reverse("admin:pause_everything"), {"do": "pause", "why": "carrier trouble"})
    seen = client_of(acme.team["agent"]).get(reverse("admin:index")).content.decode()
    assert "Everything is paused" in seen
    assert "carrier trouble" in seen
    client_of(root).post(reverse("admin:pause_everything"), {"do": "resume"})
    assert (
        "Everything is paused"
        not in client_of(acme.team["agent"]).get(reverse("admin:index")).content.decode()
    )


@pytest.mark.parametrize("do", ["pause", "resume"])
def test_nobody_else_touches_that_button(acme: Cast, do: str) -> None:
    owner = client_of(acme.team["owner"])
    assert owner.post(reverse("admin:pause_everything"), {"do": do}).status_code == 403
    assert "pause-everything" not in owner.get(reverse("admin:index")).content.decode()
