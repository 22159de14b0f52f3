"""A person's word over a campaign."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from kombu.exceptions import OperationalError

from campaigns import fill, launch, waiting
from campaigns.models import Campaign, CampaignEvent, CampaignStatus
from consent.models import Program
from consent.reasons import Reason
from contacts import clock
from contacts.models import Segment
from messaging import claim
from messaging.models import Message, MessageEvent, Route, Status
from tests.admin_story import says
from tests.campaigns.conftest import campaign_of, launched
from tests.cast import Cast
from tests.conftest import NOON

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file is a Wednesday at 13:00 New York, and no broker is asked."""


def filled(acme: Cast, people: int = 2) -> Campaign:
    for _ in range(people):
        acme.person()
    campaign = launched(acme)
    fill.fill(campaign.id)
    campaign.refresh_from_db()
    return campaign


def claimable(acme: Cast) -> int:
    return len(claim.claim(acme.sender, segments=100, limit=100).outgoing)


def test_a_launch_fills_at_once(
    acme: Cast, kicks: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    campaign = campaign_of(acme)
    with django_capture_on_commit_callbacks(execute=True):
        moved = launch.launch(campaign.id, by=acme.team["marketer"])
    assert (moved.is_changed, moved.campaign.status, kicks) == (
        True,
        CampaignStatus.FILLING,
        ["campaigns.fill"],
    )
    assert (moved.campaign.launched_at, moved.campaign.launched_by) == (NOON, acme.team["marketer"])
    event = CampaignEvent.objects.get()
    assert (event.was, event.became, event.by) == ("draft", "filling", f"user:{acme.team['marketer'].pk}")


def test_a_launch_with_a_moment_ahead_is_scheduled(acme: Cast) -> None:
    moved = launch.launch(campaign_of(acme, send_at=NOON + HOUR).id)
    assert (moved.campaign.status, moved.says) == (
        CampaignStatus.SCHEDULED,
        "Scheduled for 2026-11-18 19:00 UTC.",
    )


def test_a_second_launch_changes_nothing_and_says_so(acme: Cast) -> None:
    campaign = launched(acme)
    again = launch.launch(campaign.id, by=acme.team["owner"])
    assert (again.is_changed, again.says) == (
        False,
        "Already launched at 2026-11-18 18:00 UTC; it is filling.",
    )
    assert (again.campaign.launched_by, CampaignEvent.objects.count()) == (None, 1)


def test_a_launch_survives_a_broker_that_is_away(
    acme: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("nobody there")

    monkeypatch.setattr("celery.current_app.send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        assert launched(acme).status == CampaignStatus.FILLING


def test_a_text_that_cannot_be_written_is_not_launched(acme: Cast) -> None:
    campaign = campaign_of(acme, body="Hello {{ first_name }}")
    with pytest.raises(launch.CannotMove, match="first_name may be blank"):
        launch.launch(campaign.id)
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.DRAFT


def test_a_program_that_is_not_ready_is_not_launched(acme: Cast) -> None:
    acme.program.ready_at = None
    acme.program.save()
    with pytest.raises(launch.CannotMove, match="is not ready"):
        launch.launch(campaign_of(acme).id)


def test_a_purpose_nobody_can_have_agreed_to_is_not_launched(acme: Cast) -> None:
    acme.program.purposes = {"informational": "Order updates."}
    acme.program.save()
    with pytest.raises(launch.CannotMove, match="sends no marketing texts"):
        launch.launch(campaign_of(acme).id)


def test_a_program_without_a_sender_is_not_launched(acme: Cast) -> None:
    Route.objects.all().delete()
    with pytest.raises(launch.CannotMove, match="has no sender"):
        launch.launch(campaign_of(acme).id)


def test_a_sender_of_another_brand_is_no_sender(acme: Cast, rival: Cast) -> None:
    Route.objects.filter(program=acme.program).update(sender=rival.sender)
    with pytest.raises(launch.CannotMove, match="has no sender"):
        launch.launch(campaign_of(acme).id)


def test_another_brands_segment_is_not_launched(acme: Cast, rival: Cast) -> None:
    theirs = Segment.objects.create(brand=rival.brand, slug="vip", name="VIP")
    with pytest.raises(launch.CannotMove, match="of one brand"):
        launch.launch(campaign_of(acme, segment=theirs).id)


def test_a_pause_holds_what_waits_so_that_nothing_is_claimed(acme: Cast) -> None:
    campaign = filled(acme)
    moved = launch.pause(campaign.id, by=acme.team["marketer"], why="A typo")
    assert (moved.campaign.status, moved.campaign.problem, moved.says) == (
        CampaignStatus.PAUSED,
        "A typo",
        "Paused; 2 waiting texts are held.",
    )
    assert set(Message.objects.values_list("status", "reason", "due_at")) == {
        ("held", "campaign_paused", None)
    }
    assert MessageEvent.objects.filter(cause="campaign_paused", was="queued", became="held").count() == 2
    assert claimable(acme) == 0


def test_a_pause_lets_what_is_being_sent_go_out(acme: Cast) -> None:
    campaign = filled(acme, people=1)
    assert claimable(acme) == 1
    launch.pause(campaign.id)
    assert Message.objects.get().status == Status.SENDING


def test_a_pause_in_bites_holds_everything(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("campaigns.waiting.BITE", 2)
    campaign = filled(acme, people=5)
    launch.pause(campaign.id)
    campaign.refresh_from_db()
    assert (Message.objects.filter(due_at=None).count(), campaign.is_settled) == (5, True)


def test_the_first_bite_of_a_pause_takes_what_would_leave_next(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.waiting.BITE", 1)
    filled(acme, people=4)
    ids = list(Message.objects.order_by("-id").values_list("id", flat=True))
    for minutes, message_id in enumerate(ids):
        Message.objects.filter(id=message_id).update(due_at=NOON + dt.timedelta(minutes=minutes))
    waiting.hold(Message.objects.all(), reason=Reason.CAMPAIGN_PAUSED, cause="campaign_paused")
    assert Message.objects.get(due_at=None).id == ids[0]


def test_a_second_pause_changes_nothing(acme: Cast) -> None:
    campaign = filled(acme)
    launch.pause(campaign.id)
    assert launch.pause(campaign.id).says == "Already paused; it is paused."


def test_a_resume_goes_on_where_it_was(acme: Cast, noon: time_machine.Traveller) -> None:
    campaign = filled(acme)
    launch.pause(campaign.id, why="A typo")
    noon.shift(HOUR)
    moved = launch.resume(campaign.id, by=acme.team["owner"])
    assert (moved.campaign.status, moved.campaign.problem) == (CampaignStatus.SENDING, "")
    assert set(Message.objects.values_list("status", "reason", "due_at")) == {("queued", "", NOON + HOUR)}
    assert claimable(acme) == 2


def test_a_resume_after_a_long_pause_is_still_worth_sending(acme: Cast, noon: time_machine.Traveller) -> None:
    campaign = filled(acme, people=1)
    launch.pause(campaign.id)
    noon.shift(dt.timedelta(days=6))
    launch.resume(campaign.id)
    assert claimable(acme) == 1


def test_a_stop_during_a_pause_is_not_undone_by_the_resume(acme: Cast) -> None:
    point = acme.person()
    campaign = filled(acme, people=0)
    launch.pause(campaign.id)
    acme.stop(point)
    launch.resume(campaign.id)
    assert claimable(acme) == 0
    assert Message.objects.get().reason == "number_closed"


def test_a_scheduled_campaign_paused_and_resumed_waits_for_its_moment(acme: Cast) -> None:
    campaign = launched(acme, send_at=NOON + HOUR)
    launch.pause(campaign.id)
    assert launch.resume(campaign.id).campaign.status == CampaignStatus.SCHEDULED


def test_what_could_not_be_launched_cannot_be_resumed(acme: Cast) -> None:
    campaign = filled(acme)
    launch.pause(campaign.id)
    acme.program.ready_at = None
    acme.program.save()
    with pytest.raises(launch.CannotMove, match="is not ready"):
        launch.resume(campaign.id)


def test_a_cancel_cancels_what_waits_for_good(acme: Cast) -> None:
    campaign = filled(acme)
    moved = launch.cancel(campaign.id, by=acme.team["owner"])
    assert (moved.campaign.status, moved.campaign.finished_at) == (CampaignStatus.CANCELED, NOON)
    assert set(Message.objects.values_list("status", "reason")) == {("canceled", "campaign_canceled")}
    assert launch.cancel(campaign.id).is_changed is False
    with pytest.raises(launch.CannotMove, match="only a paused campaign can be resumed"):
        launch.resume(campaign.id)


def test_a_paused_campaign_can_be_canceled(acme: Cast) -> None:
    campaign = filled(acme)
    launch.pause(campaign.id)
    launch.cancel(campaign.id)
    assert set(Message.objects.values_list("status", flat=True)) == {"canceled"}


def test_a_draft_can_be_neither_paused_nor_canceled_nor_resumed(acme: Cast) -> None:
    campaign = campaign_of(acme)
    for wish in (launch.pause, launch.cancel, launch.resume):
        with pytest.raises(launch.CannotMove, match="is draft"):
            wish(campaign.id)


def test_every_move_is_written_down_with_who_made_it(acme: Cast) -> None:
    campaign = filled(acme)
    launch.pause(campaign.id, by=acme.team["owner"])
    launch.resume(campaign.id, by=acme.team["marketer"])
    owner, marketer = (f"user:{acme.team[role].pk}" for role in ("owner", "marketer"))
    assert list(campaign.events.values_list("became", "by")) == [
        ("filling", "system"),
        ("sending", "system"),
        ("paused", owner),
        ("sending", marketer),
    ]


def test_a_first_text_that_hides_its_writer_is_not_launched_to_a_newcomer(acme: Cast) -> None:
    acme.person()
    campaign = campaign_of(acme, body="Grind finer.")
    with pytest.raises(launch.CannotMove, match="say who writes, Acme Coffee"):
        launch.launch(campaign.id)


def test_the_same_text_is_launched_to_those_who_know_the_brand(acme: Cast) -> None:
    says(acme, acme.person(), "Welcome to Acme, STOP to end")
    Message.objects.update(status=Status.DELIVERED, handed_off_at=clock.now())
    assert launch.launch(campaign_of(acme, body="Grind finer.").id).is_changed


def test_a_text_about_wine_is_launched_only_behind_an_age_gate(acme: Cast) -> None:
    campaign = campaign_of(acme, body="New wine is in. Acme, STOP to end")
    with pytest.raises(launch.CannotMove, match="minimum age to 21"):
        launch.launch(campaign.id)
    Program.objects.update(age_gate=21)
    assert launch.launch(campaign.id).is_changed
