"""Queueing a launched campaign's texts, page by page, so that a stop anywhere resumes exactly there."""

import uuid

from django.db import transaction
from django.db.models import F

from campaigns import audience, personal
from campaigns.models import Campaign, CampaignStatus
from campaigns.states import move
from consent.models import Subscription
from contacts import clock
from contacts.counting import count_again
from messaging import kick as wake
from messaging import outbox
from messaging.models import Origin, Sender

# A STOP for somebody on a page waits for its commit, so a page is short.
PAGE = 1000
# After so many pages a task makes room for others; the next one goes on where it ended.
PAGES_PER_TASK = 10
NO_SENDER = "The program has no sender any more: give it a route, then resume."


def fill(campaign_id: uuid.UUID) -> int:
    """Queue a campaign's texts, for so many pages; returns how many people were looked at.

    Any number of fills may run at once: a page belongs to who holds the campaign's row, and who does not
    get it leaves. What is paused, canceled or done is left alone.
    """
    total = 0
    if Campaign.objects.filter(id=campaign_id, status=CampaignStatus.FILLING, filled_through=None).exists():
        count_again(Subscription)
    for _ in range(PAGES_PER_TASK):
        looked_at = fill_page(campaign_id)
        if looked_at is None:
            return total
        total += looked_at
    kick(campaign_id)
    return total


def fill_page(campaign_id: uuid.UUID) -> int | None:
    """Queue one page in one transaction; returns how many people it had, None when it is not our turn.

    1. Take the campaign's row, unless another fill or a person's pause has it.
    2. Write the text for the next people. A person for whom it cannot be written gets no message (there is
       nothing to show) but is counted in `skipped`, and the first such problem is kept: the others go on.
    3. Queue the texts and move `filled_through` in the same transaction: both happen, or neither.
    4. A page that is not full was the last: from here on the campaign is sending.
    """
    with transaction.atomic():
        campaign = _take(campaign_id)
        if campaign is None:
            return None
        sender = personal.sender_for(campaign.program)
        if sender is None:
            move(
                campaign, CampaignStatus.PAUSED, why=NO_SENDER, paused_from=campaign.status, problem=NO_SENDER
            )
            return None
        points = audience.page(campaign, after=campaign.filled_through, size=PAGE)
        drafts, unwritten = personal.drafts(text_of(campaign, sender), points, origin_id=campaign.id)
        outbox.queue(drafts)
        Campaign.objects.filter(id=campaign.id).update(
            filled_through=points[-1].id if points else campaign.filled_through,
            audience=F("audience") + len(points),
            skipped=F("skipped") + len(unwritten),
            problem=campaign.problem or (unwritten[0].problem[:200] if unwritten else ""),
            filled_at=clock.now(),
        )
        if len(points) < PAGE:
            move(campaign, CampaignStatus.SENDING)
    return len(points)


def _take(campaign_id: uuid.UUID) -> Campaign | None:
    campaigns = Campaign.objects.select_for_update(of=("self",), skip_locked=True)
    filling = campaigns.filter(id=campaign_id, status=CampaignStatus.FILLING)
    return filling.select_related("program__brand", "segment").first()


def text_of(campaign: Campaign, sender: Sender) -> personal.Text:
    """The campaign's text before the names are filled in."""
    return personal.Text(
        program=campaign.program,
        sender=sender,
        purpose=campaign.purpose,
        value=campaign.value,
        body=campaign.body,
        origin=Origin.CAMPAIGN,
    )


def kick_after_commit(campaign_id: uuid.UUID) -> None:
    """Have a worker fill this campaign once the present transaction has committed."""
    transaction.on_commit(lambda: kick(campaign_id))


def kick(campaign_id: uuid.UUID) -> None:
    """Have a worker fill this campaign."""
    wake.send("campaigns.fill", campaign_id)
