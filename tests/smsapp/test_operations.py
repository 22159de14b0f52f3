"""The page that says what is stuck and what to do, and who sees what on it."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import CampaignStatus
from consent.models import Unsealed
from contacts import clock
from contacts.models import ContactImport
from messaging import outbox, throttle
from messaging.models import Message, Sender, Status
from smsapp.seen import signs, stuck
from tests.campaigns.conftest import campaign_of
from tests.cast import Cast
from tests.messaging.test_dispatch import draft
from webhooks.handle import MOST_ATTEMPTS
from webhooks.models import Kind, QuarantinedRequest, WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "lively")]

PAGE = "/admin/operations/"
TODAY = "/admin/"
LONG = dt.timedelta(hours=3)
EMPTY = "Nothing is stuck."


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
    outbox.queue([draft(acme, acme.person()) for _ in range(3)])
    first, second, third = Message.objects.order_by("id")
    Message.objects.filter(id=first.id).update(due_at=clock.now() - LONG)
    Message.objects.filter(id=second.id).update(status=Status.UNKNOWN, settled_at=clock.now() - LONG)
    Message.objects.filter(id=third.id).update(
        status=Status.SENDING, lease_until=clock.now() - LONG, claim_id=third.id
    )
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
        "1 text taken by a worker that never reported.",
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


def test_today_tells_the_worst_of_the_same_list_and_how_much_there_is(
    acme: Cast, admin_client: Client
) -> None:
    throttle.connection().pexpire("alive:worker:worker@one", 3_000_000)
    Sender.objects.filter(id=acme.sender.id).update(halted_at=clock.now(), halted_why="30034 unregistered")
    listed = admin_client.get(PAGE).context["found"]
    today = admin_client.get(TODAY)
    assert today.context["stuck"] == listed
    assert today.context["stuck_count"] == 3
    assert today.context["worst"].what == "Worker: no worker is alive."
    assert EMPTY not in today.content.decode()


def test_who_does_not_run_the_installation_hears_that_it_is_broken_and_nothing_of_why(acme: Cast) -> None:
    throttle.connection().pexpire("alive:worker:worker@one", 3_000_000)
    agent = Client()
    agent.force_login(acme.team["agent"])
    today = agent.get(TODAY).content.decode()
    for page in (today, said(owner(acme))):
        assert "A part of the installation does not work" in page
        assert "no worker is alive" not in page
        assert EMPTY not in page


def test_today_leads_nobody_to_a_page_they_may_not_open(acme: Cast) -> None:
    Sender.objects.update(halted_at=clock.now(), halted_why="30034 unregistered")
    agent = Client()
    agent.force_login(acme.team["agent"])
    for client, is_led in ((agent, False), (owner(acme), True)):
        today = client.get(TODAY).content.decode()
        assert "is halted: 30034 unregistered." in today
        assert ("Resume there" in today) is is_led


def test_what_is_only_slow_is_no_alarm_on_today(acme: Cast, admin_client: Client) -> None:
    signs.worker_lives("worker@two")
    throttle.connection().pexpire("alive:worker:worker@one", 3_000_000)
    shown = admin_client.get(TODAY).context
    assert (shown["stuck_count"], shown["worst"]) == (1, None)


def test_more_brands_and_senders_ask_no_more_of_today(
    acme: Cast, rival: Cast, django_assert_num_queries: Any
) -> None:
    now = clock.now()
    with CaptureQueriesContext(connection) as one:
        stuck.of_brands([acme.brand], now)
    for number in range(4):
        Sender.objects.create(
            brand=acme.brand, account=acme.sender.account, address=f"+1206555010{number}", created_at=now
        )
    with django_assert_num_queries(len(one)):
        stuck.of_brands([acme.brand, rival.brand], now)


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
