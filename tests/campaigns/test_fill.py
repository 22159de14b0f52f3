"""Queueing a campaign's texts, page by page."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection, transaction

from campaigns import fill, launch
from campaigns.models import Campaign, CampaignStatus
from consent import ledger
from contacts import clock
from messaging.models import Decision, Message, Origin, Route, Sender, Status, Thread
from tests import cast
from tests.campaigns.conftest import launched
from tests.cast import Cast
from tests.connections import in_two_connections


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file is a Wednesday at 13:00 New York."""


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "PAGE", 3)


def texts(campaign: Campaign) -> Counter[str]:
    messages = Message.objects.filter(origin=Origin.CAMPAIGN, origin_id=campaign.id)
    return Counter(messages.values_list("status", flat=True))


def test_everybody_gets_a_message_with_the_names_filled_in(acme: Cast) -> None:
    acme.person(first_name="Zoë")
    acme.person(first_name="")
    brew_tips = launched(acme)
    assert fill.fill(brew_tips.id) == 2
    bodies = set(Message.objects.values_list("body", flat=True))
    assert bodies == {
        "Zoë, grind finer. Acme Coffee, STOP to end",
        "Hi, grind finer. Acme Coffee, STOP to end",
    }


def test_the_planner_knows_how_many_there_are_before_the_first_page(acme: Cast) -> None:
    """Otherwise fifty thousand who came a moment ago would be compared with one another."""
    for _ in range(7):
        acme.person()
    fill.fill(launched(acme).id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'contacts_contactpoint'")
        assert cursor.fetchone() == (7,)


def test_those_who_left_get_a_refused_message_with_its_receipt(acme: Cast) -> None:
    acme.stop(acme.person())
    brew_tips = launched(acme)
    fill.fill(brew_tips.id)
    assert texts(brew_tips) == {Status.REFUSED: 1}
    assert Decision.objects.get().reasons == ["number_closed"]


def test_the_last_page_makes_it_sending(acme: Cast) -> None:
    for _ in range(4):
        acme.person()
    brew_tips = launched(acme)
    fill.fill_page(brew_tips.id)
    brew_tips.refresh_from_db()
    assert (brew_tips.status, brew_tips.audience) == (CampaignStatus.FILLING, 3)
    fill.fill_page(brew_tips.id)
    brew_tips.refresh_from_db()
    assert (brew_tips.status, brew_tips.audience) == (CampaignStatus.SENDING, 4)


def test_a_full_last_page_still_ends(acme: Cast) -> None:
    for _ in range(3):
        acme.person()
    brew_tips = launched(acme)
    assert fill.fill(brew_tips.id) == 3
    brew_tips.refresh_from_db()
    assert brew_tips.status == CampaignStatus.SENDING


def test_it_resumes_exactly_where_a_killed_one_stopped(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(8):
        acme.person()
    brew_tips = launched(acme)
    fill.fill_page(brew_tips.id)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        # After the page's messages are written, before the page is counted.
        patch.setattr("campaigns.fill.F", die)
        with pytest.raises(KeyboardInterrupt):
            fill.fill_page(brew_tips.id)
    brew_tips.refresh_from_db()
    assert (brew_tips.audience, texts(brew_tips).total()) == (3, 3)
    fill.fill(brew_tips.id)
    brew_tips.refresh_from_db()
    assert (brew_tips.audience, texts(brew_tips).total()) == (8, 8)


def test_one_persons_missing_word_does_not_stop_the_others(acme: Cast) -> None:
    acme.person(attributes={"roast": "dark"})
    acme.person(attributes={"roast": "x" * 1700})
    body = "Your {{ attributes.roast|default:'usual' }} is back. Acme, STOP to end"
    brew_tips = launched(acme, body=body)
    fill.fill(brew_tips.id)
    brew_tips.refresh_from_db()
    assert (brew_tips.skipped, brew_tips.audience, texts(brew_tips)) == (1, 2, {Status.QUEUED: 1})
    assert "at most 1600" in brew_tips.problem


def test_it_stops_when_paused_and_when_canceled(acme: Cast) -> None:
    for _ in range(7):
        acme.person()
    brew_tips = launched(acme)
    fill.fill_page(brew_tips.id)
    launch.pause(brew_tips.id)
    assert fill.fill(brew_tips.id) == 0
    launch.resume(brew_tips.id)
    fill.fill_page(brew_tips.id)
    launch.cancel(brew_tips.id)
    assert fill.fill(brew_tips.id) == 0
    assert texts(brew_tips) == {Status.CANCELED: 6}


def test_it_pauses_with_a_problem_when_the_sender_is_gone(acme: Cast) -> None:
    acme.person()
    brew_tips = launched(acme)
    Route.objects.all().delete()
    fill.fill(brew_tips.id)
    brew_tips.refresh_from_db()
    assert (brew_tips.status, brew_tips.problem) == (CampaignStatus.PAUSED, fill.NO_SENDER)


def test_a_long_fill_makes_room_and_asks_for_its_next_turn(
    acme: Cast, kicks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fill, "PAGES_PER_TASK", 1)
    for _ in range(4):
        acme.person()
    brew_tips = launched(acme)
    assert fill.fill(brew_tips.id) == 3
    assert kicks == ["campaigns.fill"]


def test_an_unknown_campaign_is_no_ones_turn(db: None) -> None:
    assert fill.fill(uuid.uuid4()) == 0


@pytest.mark.django_db(transaction=True)
def test_two_fills_at_once_queue_everybody_once() -> None:
    acme = cast.acme()
    for _ in range(20):
        acme.person()
    brew_tips = launched(acme)

    def work() -> None:
        for _ in range(40):
            fill.fill(brew_tips.id)

    in_two_connections(work)
    brew_tips.refresh_from_db()
    assert (brew_tips.status, brew_tips.audience, brew_tips.skipped) == (CampaignStatus.SENDING, 20, 0)
    assert texts(brew_tips) == {Status.QUEUED: 20}


def launched_to_eight() -> tuple[Cast, Campaign]:
    """A campaign whose eight people are three pages."""
    acme = cast.acme()
    for _ in range(8):
        acme.person()
    return acme, launched(acme)


def after_the_first_page(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens once a page is queued, when the next one is written already."""
    real = fill.fill_page

    def fill_page(*args: Any, **kwargs: Any) -> int | None:
        monkeypatch.setattr(fill, "fill_page", real)
        looked_at = real(*args, **kwargs)
        happens()
        return looked_at

    monkeypatch.setattr(fill, "fill_page", fill_page)


@pytest.mark.django_db(transaction=True)
def test_a_page_written_ahead_is_not_queued_once_the_campaign_is_paused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, brew_tips = launched_to_eight()
    after_the_first_page(monkeypatch, lambda: launch.pause(brew_tips.id))
    assert fill.fill(brew_tips.id) == 3
    assert texts(brew_tips) == {Status.HELD: 3}
    launch.resume(brew_tips.id)
    assert fill.fill(brew_tips.id) == 5
    assert texts(brew_tips) == {Status.QUEUED: 8}


@pytest.mark.django_db(transaction=True)
def test_a_page_written_ahead_for_a_sender_that_fell_out_is_written_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    acme, brew_tips = launched_to_eight()
    other = Sender.objects.create(brand=acme.brand, address="+15005550009", created_at=clock.now())
    after_the_first_page(monkeypatch, lambda: Route.objects.update(sender=other))
    fill.fill(brew_tips.id)
    assert Counter(Message.objects.values_list("sender_id", flat=True)) == {acme.sender.id: 3, other.id: 5}


@pytest.mark.django_db(transaction=True)
def test_a_page_that_another_fill_did_meanwhile_is_not_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _, brew_tips = launched_to_eight()
    after_the_first_page(monkeypatch, lambda: fill.fill_page(brew_tips.id))
    assert fill.fill(brew_tips.id) == 5
    brew_tips.refresh_from_db()
    assert (brew_tips.audience, texts(brew_tips)) == (8, {Status.QUEUED: 8})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_pages_are_written_in_a_thread_and_anew_where_that_fails(
    monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    _, brew_tips = launched_to_eight()
    real, written = fill._beside, []

    def beside(*args: Any) -> fill.Page:
        written.append(threading.current_thread() is not threading.main_thread())
        if fails:
            raise RuntimeError("no connection is left")
        return real(*args)

    monkeypatch.setattr(fill, "_beside", beside)
    assert fill.fill(brew_tips.id) == 8
    assert written == [True, True]
    assert texts(brew_tips) == {Status.QUEUED: 8}


@pytest.mark.django_db(transaction=True)
def test_a_fill_that_dies_with_a_page_ahead_leaves_whole_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    _, brew_tips = launched_to_eight()

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        after_the_first_page(monkeypatch, lambda: patch.setattr("campaigns.fill.F", die))
        with pytest.raises(KeyboardInterrupt):
            fill.fill(brew_tips.id)
    brew_tips.refresh_from_db()
    assert (brew_tips.audience, texts(brew_tips).total()) == (3, 3)
    assert fill.fill(brew_tips.id) == 5
    assert texts(brew_tips) == {Status.QUEUED: 8}


@pytest.mark.django_db(transaction=True)
def test_an_inbound_text_and_a_fill_never_wait_for_each_other() -> None:
    """The text holds its number and makes the person's first thread while the page wants both."""
    acme = cast.acme()
    point = acme.person()
    brew_tips = launched(acme)
    outcome: list[int] = []

    def work() -> None:
        try:
            outcome.append(fill.fill(brew_tips.id))
        finally:
            connection.close()

    filling = threading.Thread(target=work)
    with transaction.atomic():
        ledger.lock_points([point.id])
        filling.start()
        while not _somebody_waits_for_a_lock():
            assert filling.is_alive()
        Thread.objects.create(brand=acme.brand, contact=point.contact, created_at=clock.now())
    filling.join(timeout=20)
    assert (outcome, Message.objects.count()) == ([1], 1)


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot(), count(*) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[1])
