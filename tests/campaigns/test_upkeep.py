"""What time brings to campaigns."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine

from campaigns import fill, launch, upkeep
from campaigns.models import Campaign, CampaignStatus
from messaging import claim
from messaging.models import Message, Status
from tests.campaigns.conftest import launched
from tests.cast import Cast
from tests.conftest import NOON

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file begins on a Wednesday at 13:00 New York, and no broker is asked."""


def sending(acme: Cast, people: int = 2) -> Campaign:
    for _ in range(people):
        acme.person()
    campaign = launched(acme)
    fill.fill(campaign.id)
    return campaign


def status(campaign: Campaign) -> str:
    campaign.refresh_from_db()
    return campaign.status


def test_a_scheduled_campaign_starts_at_its_moment(acme: Cast, noon: time_machine.Traveller) -> None:
    campaign = launched(acme, send_at=NOON + HOUR)
    assert upkeep.start_due()["started"] == 0
    noon.shift(HOUR)
    assert upkeep.start_due()["started"] == 1
    assert status(campaign) == CampaignStatus.FILLING
    assert upkeep.start_due()["started"] == 0


def test_a_fill_that_died_is_kicked_and_a_lively_one_is_not(
    acme: Cast, noon: time_machine.Traveller, kicks: list[str]
) -> None:
    launched(acme)
    assert (upkeep.start_due()["kicked"], kicks) == (0, [])
    noon.shift(dt.timedelta(minutes=1))
    assert (upkeep.start_due()["kicked"], kicks) == (1, ["campaigns.fill"])


@pytest.mark.parametrize("open_status", [Status.QUEUED, Status.HELD, Status.SENDING, Status.UNKNOWN])
def test_a_campaign_is_not_finished_while_something_is_open(acme: Cast, open_status: Status) -> None:
    campaign = sending(acme)
    claim.claim(acme.sender, segments=10, limit=1)
    Message.objects.filter(status=Status.QUEUED).update(status=Status.REFUSED)
    Message.objects.filter(status=Status.SENDING).update(status=open_status)
    upkeep.start_due()
    assert status(campaign) == CampaignStatus.SENDING


def test_a_campaign_is_finished_when_everything_has_gone(acme: Cast) -> None:
    campaign = sending(acme)
    Message.objects.update(status=Status.HANDED_OFF, handed_off_at=NOON)
    assert upkeep.start_due()["finished"] == 1
    assert (status(campaign), campaign.finished_at) == (CampaignStatus.FINISHED, NOON)


def test_a_campaign_for_nobody_finishes(acme: Cast) -> None:
    campaign = sending(acme, people=0)
    upkeep.start_due()
    assert status(campaign) == CampaignStatus.FINISHED


@pytest.mark.parametrize("failure", [Status.FAILED, Status.UNDELIVERED])
def test_a_filtered_text_pauses_its_campaign_and_says_why(acme: Cast, failure: Status) -> None:
    campaign = sending(acme)
    one = Message.objects.order_by("id").first()
    assert one is not None
    Message.objects.filter(id=one.id).update(
        status=failure, provider_code=30007, handed_off_at=NOON, settled_at=NOON
    )
    assert upkeep.start_due()["stopped"] == 1
    assert status(campaign) == CampaignStatus.PAUSED
    assert campaign.problem == (
        "Filtered as unwanted by Twilio or the carrier (30007). "
        "Look at the text and the sender before you resume."
    )
    assert Message.objects.exclude(id=one.id).get().reason == "campaign_paused"


def test_what_was_filtered_before_a_resume_does_not_pause_again(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    campaign = sending(acme)
    one = Message.objects.order_by("id").first()
    assert one is not None
    Message.objects.filter(id=one.id).update(status=Status.FAILED, provider_code=30007, settled_at=NOON)
    upkeep.start_due()
    noon.shift(dt.timedelta(minutes=5))
    launch.resume(campaign.id, by=acme.team["owner"])
    assert upkeep.start_due()["stopped"] == 0
    assert status(campaign) == CampaignStatus.SENDING


def test_another_failure_pauses_nothing(acme: Cast) -> None:
    campaign = sending(acme)
    Message.objects.update(status=Status.FAILED, provider_code=30003, settled_at=NOON)
    assert upkeep.start_due()["stopped"] == 0
    assert status(campaign) == CampaignStatus.FINISHED


def test_a_text_that_comes_back_during_a_pause_is_held(acme: Cast, noon: time_machine.Traveller) -> None:
    """Twilio had no room for it, so it returned to the outbox after the pause had held the others."""
    campaign = sending(acme, people=1)
    claim.claim(acme.sender, segments=10, limit=10)
    launch.pause(campaign.id)
    Message.objects.update(status=Status.QUEUED, due_at=NOON)
    assert upkeep.start_due()["settled"] == 1
    assert Message.objects.get().reason == "campaign_paused"


def test_a_text_that_comes_back_after_a_cancel_is_canceled(acme: Cast) -> None:
    campaign = sending(acme, people=1)
    claim.claim(acme.sender, segments=10, limit=10)
    launch.cancel(campaign.id)
    Message.objects.update(status=Status.QUEUED, due_at=NOON)
    upkeep.start_due()
    assert Message.objects.get().status == Status.CANCELED


@pytest.mark.parametrize(
    ("wish", "expected"), [(launch.pause, "held"), (launch.cancel, "canceled"), (launch.resume, "queued")]
)
def test_a_wish_cut_short_is_carried_out_later(
    acme: Cast, monkeypatch: pytest.MonkeyPatch, wish: object, expected: str
) -> None:
    campaign = sending(acme)
    if wish is launch.resume:
        launch.pause(campaign.id)
    with monkeypatch.context() as patch:
        patch.setattr("campaigns.launch.waiting.settle", lambda _: 0)
        wish(campaign.id)  # type: ignore[operator]
    campaign.refresh_from_db()
    assert campaign.is_settled is False
    upkeep.start_due()
    campaign.refresh_from_db()
    assert campaign.is_settled is True
    assert set(Message.objects.values_list("status", flat=True)) == {expected}
