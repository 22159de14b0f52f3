"""What an owner sets and sees of a sender's day, and of what waits for the next one."""

import pytest
from django.test import Client

from messaging import claim, outbox, spend
from messaging.models import Capped, Lane, Sender
from tests.admin_story import client_of, url
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "quiet")]


@pytest.fixture
def owner(acme: Cast) -> Client:
    return client_of(acme.team["owner"])


def page(owner: Client, sender: Sender) -> str:
    return owner.get(url("messaging.Sender", "change", sender.pk)).content.decode()


def save(owner: Client, sender: Sender, daily_segments: str) -> str:
    form = {
        "brand": sender.brand_id, "kind": sender.kind, "address": sender.address, "messaging_service_sid": "",
        "account": "", "segments_per_second": "10", "opt_out_replies": "us", "daily_segments": daily_segments,
    }  # fmt: skip
    answer = owner.post(url("messaging.Sender", "change", sender.pk), form, follow=True)
    return str(answer.content.decode())


def three_wait_at_a_cap_of_one(acme: Cast) -> None:
    spend.set_cap(acme.brand, Capped.SENDER_DAY, acme.sender.id, 1)
    outbox.queue([draft(acme, acme.person()) for _ in range(4)])
    claim.claim(acme.sender, segments=100, limit=100, lanes=tuple(Lane))


def test_a_cap_is_set_changed_and_lifted_on_the_senders_page(acme: Cast, owner: Client) -> None:
    assert "not counted: there is no cap" in page(owner, acme.sender)
    for most in ("2000", "10000"):
        save(owner, acme.sender, most)
        assert f'name="daily_segments" value="{most}"' in page(owner, acme.sender)
        assert f"0 of {int(most):,} segments; a new day begins at" in page(owner, acme.sender)
    save(owner, acme.sender, "")
    assert spend.cap_of(Capped.SENDER_DAY, acme.sender.id) is None


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("-1", "greater than or equal to 0"),
        ("many", "Enter a whole number"),
        ("10000000000", "less than or equal to 1000000000"),
    ],
)
def test_what_is_no_number_is_refused_in_words(acme: Cast, owner: Client, said: str, answer: str) -> None:
    assert answer in save(owner, acme.sender, said)
    assert spend.cap_of(Capped.SENDER_DAY, acme.sender.id) is None


def test_the_page_shows_what_was_used_today(acme: Cast, owner: Client) -> None:
    three_wait_at_a_cap_of_one(acme)
    shown = page(owner, acme.sender)
    assert "1 of 1 segments; a new day begins at" in shown
    assert "19 Nov 2026, 08:00 UTC" in shown
    assert "&lt;time" not in shown


def test_what_is_stuck_tells_of_a_day_that_is_used_up(acme: Cast, rival: Cast, owner: Client) -> None:
    three_wait_at_a_cap_of_one(acme)
    told = owner.get("/admin/operations/").content.decode()
    assert f"Sender {acme.sender} has used up its day: 1 of 1 segments. 3 texts waiting." in told
    assert "they go on at 08:00 UTC, midnight US Pacific" in told
    theirs = client_of(rival.team["owner"]).get("/admin/operations/").content.decode()
    assert str(acme.sender) not in theirs


def test_a_program_says_on_its_page_whether_its_texts_may_move(acme: Cast, owner: Client) -> None:
    html = owner.get(url("consent.Program", "change", acme.program.pk)).content.decode()
    assert "When a sender cannot send" in html
    assert 'name="fails_over"' in html
    assert 'name="answers_fail_over"' in html
