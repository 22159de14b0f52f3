"""What time brings to campaigns: their moment, a fill that died, a carrier that filters, the end."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from campaigns import fill, launch, waiting
from campaigns.models import Campaign, CampaignEvent, CampaignStatus
from campaigns.states import RUNNING, move
from contacts import clock
from messaging.models import Message, Origin, Status
from messaging.providers.errors import TABLE, Action, describe
from messaging.states import WAITING

# A fill queues a page in a second or so; one silent for this long has died.
FILL_SILENT = dt.timedelta(seconds=15)
FILTERED_LATELY = dt.timedelta(hours=1)
# A text that was being sent when its campaign was canceled may come back into the outbox this much later.
COMES_BACK = dt.timedelta(hours=1)
FILTERED = tuple(code for code, (_, action, _) in TABLE.items() if action is Action.STOP_CAMPAIGN)
UNSETTLED = (*WAITING, Status.SENDING, Status.UNKNOWN)


def start_due() -> dict[str, int]:
    """Look after all campaigns; returns how many were started, kicked, stopped, settled and finished.

    Every step claims its rows or changes nothing the second time, so two of these at once do no harm.
    """
    return {
        "started": start(),
        "kicked": kick_silent_fills(),
        "stopped": stop_filtered(),
        "settled": settle_waiting(),
        "finished": finish(),
    }


def start() -> int:
    """Begin to fill the scheduled campaigns whose moment has come."""
    with transaction.atomic():
        now = clock.now()
        due = Campaign.objects.filter(status=CampaignStatus.SCHEDULED, send_at__lte=now)
        campaigns = list(due.select_for_update(skip_locked=True))
        for campaign in campaigns:
            move(campaign, CampaignStatus.FILLING, filled_at=now)
            fill.kick_after_commit(campaign.id)
    return len(campaigns)


def kick_silent_fills() -> int:
    """Have fills go on that have been silent: their worker died, or their task was lost."""
    since = clock.now() - FILL_SILENT
    silent = Campaign.objects.filter(status=CampaignStatus.FILLING).filter(
        Q(filled_at__lt=since) | Q(filled_at=None)
    )
    ids = list(silent.values_list("id", flat=True))
    for campaign_id in ids:
        fill.kick(campaign_id)
    return len(ids)


def stop_filtered() -> int:
    """Pause campaigns that a carrier filtered in the last hour: more of the same would harm the sender.

    What was filtered before a person resumed the campaign is that person's decision.
    """
    earliest = clock.now() - FILTERED_LATELY
    stopped = 0
    for campaign in Campaign.objects.filter(status__in=RUNNING):
        resumed = CampaignEvent.objects.filter(campaign=campaign, was=CampaignStatus.PAUSED)
        since = max(earliest, resumed.aggregate(at=Max("at"))["at"] or earliest)
        filtered = waiting.of_campaign(campaign).filter(
            status__in=(Status.FAILED, Status.UNDELIVERED), provider_code__in=FILTERED, settled_at__gt=since
        )
        code = filtered.values_list("provider_code", flat=True).first()
        if code is not None:
            stopped += _stop(campaign.id, code)
    return stopped


def _stop(campaign_id: uuid.UUID, code: int) -> bool:
    try:
        why = f"{describe(code)} ({code}). Look at the text and the sender before you resume."
        return launch.pause(campaign_id, why=why).is_changed
    except launch.CannotMove:
        # It was finished or canceled since we looked.
        return False


def settle_waiting() -> int:
    """Make waiting messages follow campaigns whose pause, resume or cancel was cut short or outrun.

    A text that was being sent during a pause or a cancel may come back into the outbox as queued.
    """
    back = Exists(_of_outer().filter(status=Status.QUEUED))
    stale = Campaign.objects.filter(
        Q(is_settled=False)
        | Q(back, status=CampaignStatus.PAUSED)
        | Q(back, status=CampaignStatus.CANCELED, finished_at__gt=clock.now() - COMES_BACK)
    )
    return sum(waiting.settle(campaign_id) for campaign_id in list(stale.values_list("id", flat=True)))


def finish() -> int:
    """Close the campaigns of which nothing waits, is being sent, or has an unknown outcome."""
    with transaction.atomic():
        over = Campaign.objects.filter(
            ~Exists(_of_outer().filter(status__in=UNSETTLED)), status=CampaignStatus.SENDING
        )
        campaigns = list(over.select_for_update(of=("self",), skip_locked=True))
        for campaign in campaigns:
            move(campaign, CampaignStatus.FINISHED, finished_at=clock.now())
    return len(campaigns)


def _of_outer() -> QuerySet[Message]:
    return Message.objects.filter(
        brand_id=OuterRef("brand_id"), origin=Origin.CAMPAIGN, origin_id=OuterRef("id")
    )
