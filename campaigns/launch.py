"""A person's word over a campaign: launch, pause, resume, cancel."""

import dataclasses
import uuid
from typing import TYPE_CHECKING

from django.db import transaction

from campaigns import content, fill, personal, waiting
from campaigns.models import Campaign, CampaignStatus
from campaigns.states import SYSTEM, may_move, move
from contacts import clock
from messaging import rendering

if TYPE_CHECKING:
    from django.contrib.auth.models import User

S = CampaignStatus


class CannotMove(ValueError):
    """A campaign that cannot do what was asked; the message says why, and what to do."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of a wish: whether anything changed, and one sentence that says so."""

    campaign: Campaign
    is_changed: bool
    says: str


def launch(campaign_id: uuid.UUID, *, by: "User | None" = None) -> Moved:
    """Launch a draft: schedule it, or begin to queue it. A second launch changes nothing and says so.

    Raises CannotMove for a text, a program or a sender that could not work, and Campaign.DoesNotExist.
    """
    with transaction.atomic():
        campaign = _take(campaign_id)
        if campaign.launched_at is not None:
            return _unchanged(campaign, f"Already launched at {campaign.launched_at:%Y-%m-%d %H:%M} UTC")
        found = obstacles(campaign)
        if found:
            raise CannotMove(" ".join(found))
        now = clock.now()
        is_later = campaign.send_at is not None and campaign.send_at > now
        to = S.SCHEDULED if is_later else S.FILLING
        move(campaign, to, by=actor(by), launched_at=now, launched_by=by, filled_at=now)
        if not is_later:
            fill.kick_after_commit(campaign.id)
    says = f"Scheduled for {campaign.send_at:%Y-%m-%d %H:%M} UTC." if is_later else "Launched."
    return Moved(campaign=campaign, is_changed=True, says=says)


def pause(campaign_id: uuid.UUID, *, by: "User | None" = None, why: str = "") -> Moved:
    """Stop sending at once: what waits is held; what is being sent goes out. `why` is shown as the problem.

    Raises CannotMove for a campaign that is not on its way, and Campaign.DoesNotExist.
    """
    with transaction.atomic():
        campaign = _take(campaign_id)
        if campaign.status == S.PAUSED:
            return _unchanged(campaign, "Already paused")
        _check(campaign, S.PAUSED, "paused")
        move(
            campaign, S.PAUSED, by=actor(by), why=why,
            paused_from=campaign.status, problem=why[:200], is_settled=False,
        )  # fmt: skip
    held = waiting.settle(campaign.id)
    return Moved(campaign=campaign, is_changed=True, says=f"Paused; {held} waiting texts are held.")


def resume(campaign_id: uuid.UUID, *, by: "User | None" = None) -> Moved:
    """Go on where it was paused; every text that waits is judged anew.

    Raises CannotMove for a campaign that is not paused or could not work now, and Campaign.DoesNotExist.
    """
    with transaction.atomic():
        campaign = _take(campaign_id)
        if campaign.status in {S.SCHEDULED, S.FILLING, S.SENDING}:
            return _unchanged(campaign, "Not paused")
        if campaign.status != S.PAUSED:
            raise CannotMove(f"{campaign} is {_status(campaign)}: only a paused campaign can be resumed.")
        found = obstacles(campaign)
        if found:
            raise CannotMove(" ".join(found))
        to = S(campaign.paused_from)
        move(campaign, to, by=actor(by), paused_from="", problem="", is_settled=False, filled_at=clock.now())
        if to == S.FILLING:
            fill.kick_after_commit(campaign.id)
    freed = waiting.settle(campaign.id)
    return Moved(campaign=campaign, is_changed=True, says=f"Resumed; {freed} texts go on.")


def cancel(campaign_id: uuid.UUID, *, by: "User | None" = None) -> Moved:
    """End it for good: what waits is canceled; what is being sent goes out.

    Raises CannotMove for a campaign that was never launched or is finished, and Campaign.DoesNotExist.
    """
    with transaction.atomic():
        campaign = _take(campaign_id)
        if campaign.status == S.CANCELED:
            return _unchanged(campaign, "Already canceled")
        _check(campaign, S.CANCELED, "canceled")
        move(campaign, S.CANCELED, by=actor(by), is_settled=False, finished_at=clock.now())
    stopped = waiting.settle(campaign.id)
    return Moved(
        campaign=campaign, is_changed=True, says=f"Canceled; {stopped} waiting texts will not go out."
    )


def obstacles(campaign: Campaign) -> list[str]:
    """What must be mended before this campaign can be launched, each a sentence; none: it can."""
    program = campaign.program
    found = [f"The text cannot be written: {problem}" for problem in rendering.check(campaign.body)]
    if program.brand_id != campaign.brand_id or (
        campaign.segment is not None and campaign.segment.brand_id != campaign.brand_id
    ):
        found.append("The campaign, its program and its segment must be of one brand.")
    if program.ready_at is None:
        found.append(f"The program {program} is not ready: complete it and mark it ready.")
    if program.purpose_key(campaign.purpose) is None:
        found.append(
            f"The program {program} sends no {campaign.purpose} texts: nobody can have agreed to them."
        )
    if personal.sender_for(program) is None:
        found.append(f"The program {program} has no sender: give it a route.")
    return found + content.blocking(content.problems_of(campaign))


def actor(by: "User | None") -> str:
    """Who did it, as it is written down: `user:<id>`, or `system`."""
    return f"user:{by.pk}" if by is not None else SYSTEM


def _take(campaign_id: uuid.UUID) -> Campaign:
    campaigns = Campaign.objects.select_for_update(of=("self",))
    return campaigns.select_related("program__brand", "segment").get(id=campaign_id)


def _check(campaign: Campaign, to: CampaignStatus, word: str) -> None:
    if not may_move(campaign, to):
        raise CannotMove(f"{campaign} is {_status(campaign)}: it cannot be {word}.")


def _unchanged(campaign: Campaign, says: str) -> Moved:
    return Moved(campaign=campaign, is_changed=False, says=f"{says}; it is {_status(campaign)}.")


def _status(campaign: Campaign) -> str:
    return CampaignStatus(campaign.status).label.lower()
