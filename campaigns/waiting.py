"""Texts of campaigns and journeys that wait in the outbox: held, let go, or canceled, in small bites."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Q, QuerySet

from campaigns.models import Campaign, CampaignStatus
from campaigns.states import RUNNING
from consent.reasons import Reason
from contacts import clock
from messaging import journal, outbox
from messaging.models import Message, Origin, Status
from messaging.outbox import WORTH_OTHERWISE
from messaging.states import WAITING

# Rows a transaction: a STOP that needs one of them waits for no more than this.
BITE = 5_000


def settle(campaign_id: uuid.UUID) -> int:
    """Make a campaign's waiting messages follow its status; returns how many were changed.

    Paused: held without a moment, so that nothing claims them. Running: what the pause held goes on, and is
    judged anew. Canceled: canceled. Each bite is a transaction that holds the campaign's row, so a pause and
    a resume in quick succession end as the last one said; a stop between bites leaves `is_settled` False.
    """
    total = 0
    while changed := _settle_bite(campaign_id):
        total += changed
    return total


def _settle_bite(campaign_id: uuid.UUID) -> int:
    with transaction.atomic(savepoint=False):
        campaign = Campaign.objects.select_for_update().get(id=campaign_id)
        messages = of_campaign(campaign)
        changed = 0
        if campaign.status == CampaignStatus.PAUSED:
            changed = hold(messages, reason=Reason.CAMPAIGN_PAUSED, cause="campaign_paused")
        elif campaign.status in RUNNING:
            paused = messages.filter(status=Status.HELD, reason=Reason.CAMPAIGN_PAUSED)
            changed = let_go(paused, due_at=clock.now(), cause="campaign_resumed")
        elif campaign.status == CampaignStatus.CANCELED:
            changed = cancel(messages, reason=Reason.CAMPAIGN_CANCELED, cause="campaign_canceled")
        if not changed and not campaign.is_settled:
            campaign.is_settled = True
            campaign.save(update_fields=["is_settled"])
    return changed


def of_campaign(campaign: Campaign) -> QuerySet[Message]:
    """Every message of a campaign."""
    return Message.objects.filter(brand_id=campaign.brand_id, origin=Origin.CAMPAIGN, origin_id=campaign.id)


def hold(messages: QuerySet[Message], *, reason: Reason, cause: str) -> int:
    """Hold one bite of what waits among these messages, without a moment; returns how many.

    It waits for a claim that is looking at one of them, and takes what the claim did not.
    """
    now = clock.now()
    with transaction.atomic(savepoint=False):
        rows = _lock(messages.exclude(Q(status=Status.HELD, reason=reason, due_at=None)))
        held = Message.objects.filter(id__in=[row[0] for row in rows])
        held.update(status=Status.HELD, reason=reason, due_at=None, settled_at=now)
        journal.note(
            [
                (message, brand, was, Status.HELD.value, {"reason": reason.value})
                for message, brand, was in rows
            ],
            cause=cause,
            at=now,
        )
    return len(rows)


def let_go(messages: QuerySet[Message], *, due_at: dt.datetime, cause: str) -> int:
    """Queue one bite of these held messages again for `due_at` (aware UTC), worth sending as if new."""
    now = clock.now()
    with transaction.atomic(savepoint=False):
        rows = _lock(messages)
        freed = Message.objects.filter(id__in=[row[0] for row in rows])
        freed.update(
            status=Status.QUEUED,
            reason="",
            due_at=due_at,
            expires_at=due_at + WORTH_OTHERWISE,
            settled_at=now,
        )
        journal.note(
            [(message, brand, was, Status.QUEUED.value, {}) for message, brand, was in rows],
            cause=cause,
            at=now,
        )
    return len(rows)


def cancel(messages: QuerySet[Message], *, reason: Reason, cause: str) -> int:
    """Cancel one bite of what waits among these messages; what is being sent goes out."""
    with transaction.atomic(savepoint=False):
        return outbox.cancel([row[0] for row in _lock(messages)], reason=reason, cause=cause)


def _lock(messages: QuerySet[Message]) -> list[tuple[uuid.UUID, uuid.UUID, str]]:
    """One bite of what waits, what would leave next first: so the first bite stops the sending at once."""
    waiting = messages.filter(status__in=WAITING).select_for_update(of=("self",), no_key=True)
    return list(waiting.order_by("due_at").values_list("id", "brand_id", "status")[:BITE])
