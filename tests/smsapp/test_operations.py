"""The page that says what is stuck and what to do, and who sees what on it."""

import datetime as dt

import pytest
from django.test import Client

from campaigns.models import CampaignStatus
from consent.models import Unsealed
from contacts import clock
from contacts.models import ContactImport
from messaging import outbox, throttle
from messaging.models import Message, Sender, Status
from smsapp.seen import signs
from tests.campaigns.conftest import campaign_of
from tests.cast import Cast
from tests.messaging.test_dispatch import draft
from webhooks.handle import MOST_ATTEMPTS
from webhooks.models import Kind, QuarantinedRequest, WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

PAGE = "/admin/operations/"
LONG = dt.timedelta(hours=3)
EMPTY = "Nothing is stuck."


@pytest.fixture(autouse=True)
def _lively() -> None:
    """A worker and beat have just shown themselves."""
    redis = throttle.connection()
    for key in redis.keys("alive:*"):
        redis.delete(key)
    signs.worker_lives("worker@one")
    signs.beat_lives()


def said(client: Client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return answer.content.decode()


def owner(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.team["owner"])
    return client


def event(cast: Cast, **fields: object) -> WebhookEvent:
    stored = {
        "brand": cast.brand, "kind": Kind.INBOUND, "provider_sid": f"SM{WebhookEvent.objects.count()}",
        "params": {}, "received_at": clock.now() - LONG, "problem": "ValueError",
    }  # fmt: skip
    return WebhookEvent.objects.create(**(stored | fields))


def test_nothing_is_stuck_says_so(acme: Cast, admin_client: Client) -> None:
    assert EMPTY in said(admin_client)
    assert EMPTY in said(owner(acme))


def test_each_thing_that_is_stuck_is_told_with_what_to_do(acme: Cast, admin_client: Client) -> None:
    outbox.queue([draft(acme, acme.person()), draft(acme, acme.person())])
    first, second = Message.objects.order_by("id")
    Message.objects.filter(id=first.id).update(due_at=clock.now() - LONG)
    Message.objects.filter(id=second.id).update(status=Status.UNKNOWN, settled_at=clock.now() - LONG)
    Sender.objects.filter(id=acme.sender.id).update(halted_at=clock.now(), halted_why="30034 unregistered")
    Unsealed.objects.update(recorded_at=clock.now() - LONG)
    event(acme)
    QuarantinedRequest.objects.create(
        kind=Kind.INBOUND, received_at=clock.now(), url="https://x.example/", why="wrong signature", body=""
    )
    ContactImport.objects.create(
        brand=acme.brand, program_slug="acme-club", filename="people.csv", sha256="", status="running",
        started_at=clock.now() - LONG,
    )  # fmt: skip
    campaign_of(acme, status=CampaignStatus.FILLING, filled_at=clock.now() - LONG)
    throttle.connection().pexpire("alive:worker:worker@one", 3_000_000)
    throttle.connection().delete("alive:beat")
    page = said(admin_client)
    for words in (
        "Worker: no worker is alive.", "Start celery -A smsapp worker",
        "Worker worker@one has been silent for 10 minutes.",
        "Beat: not seen in the last hour.",
        "1 request turned away since yesterday",
        "is halted: 30034 unregistered.", "then resume it",
        "Marketing: the oldest text has been due for 3 hours.",
        "1 text with an outcome that is not known.",
        "1 request from Twilio not handled yet.",
        "The ledger of Acme Coffee has not been sealed for 3 hours.",
        "The import people.csv (running) has not come to its end for 3 hours.",
        "The campaign Brew tips was launched, and its texts are not being queued.",
    ):  # fmt: skip
        assert words in page, words
    assert EMPTY not in page


def test_every_link_leads_to_a_page(acme: Cast, admin_client: Client) -> None:
    Sender.objects.update(halted_at=clock.now())
    event(acme)
    found = admin_client.get(PAGE).context["found"]
    assert len(found) == 2
    assert all(admin_client.get(each.url).status_code == 200 for each in found)


def test_an_owner_sees_what_is_stuck_of_their_own_brand_and_nothing_of_the_machinery(
    acme: Cast, rival: Cast
) -> None:
    Sender.objects.update(halted_at=clock.now())
    throttle.connection().delete("alive:beat")
    page = said(owner(acme))
    assert acme.sender.address in page
    assert rival.sender.address not in page
    assert "Beat" not in page


@pytest.mark.parametrize("role", ["marketer", "agent", "auditor"])
def test_others_do_not_see_it(acme: Cast, client: Client, role: str) -> None:
    client.force_login(acme.team[role])
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}retry/").status_code == 403


def test_what_was_given_up_on_is_tried_again_in_ones_own_brand(acme: Cast, rival: Cast) -> None:
    ours, theirs = (event(cast, attempts=MOST_ATTEMPTS) for cast in (acme, rival))
    client = owner(acme)
    assert "Try again" in said(client)
    assert client.post(f"{PAGE}retry/").status_code == 302
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.attempts, theirs.attempts) == (0, MOST_ATTEMPTS)
