"""How far a campaign has come: counts, share, speed, and when the rest will be through."""

import datetime as dt
from typing import Any

from django.db.models import Count, Q

from campaigns import waiting
from campaigns.models import Campaign, CampaignStatus
from contacts import clock
from messaging.models import Status
from messaging.states import WENT_OUT

# The speed is measured over this long.
LATELY = dt.timedelta(seconds=30)
UNDER_WAY = (Status.QUEUED, Status.HELD, Status.SENDING, Status.UNKNOWN)


def progress(campaign: Campaign) -> dict[str, Any]:
    """JSON-ready counts of a campaign's messages, in one query beside the campaign that was passed in.

    `statuses` and `reasons` count messages; `done_percent` is of the messages queued so far (None before the
    first) and is complete only once `is_filling` is False; `per_second` is what went to the provider in the
    last 30 s; `eta` (ISO 8601, UTC) is for what is queued now, None while nothing moves.
    """
    now = clock.now()
    rows = list(
        waiting.of_campaign(campaign)
        .values("status", "reason")
        .annotate(number=Count("id"), lately=Count("id", filter=Q(handed_off_at__gt=now - LATELY)))
        .order_by("status", "reason")
    )
    statuses: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for row in rows:
        statuses[row["status"]] = statuses.get(row["status"], 0) + row["number"]
        if row["reason"]:
            reasons[row["reason"]] = reasons.get(row["reason"], 0) + row["number"]
    total = sum(statuses.values())
    done = total - sum(statuses.get(status, 0) for status in UNDER_WAY)
    per_second = sum(row["lately"] for row in rows) / LATELY.total_seconds()
    queued = statuses.get(Status.QUEUED, 0) + statuses.get(Status.SENDING, 0)
    return {
        "status": campaign.status,
        "problem": campaign.problem,
        "is_filling": campaign.status in {CampaignStatus.SCHEDULED, CampaignStatus.FILLING},
        "audience": campaign.audience,
        "skipped": campaign.skipped,
        "messages": total,
        "went_out": sum(statuses.get(status, 0) for status in WENT_OUT),
        "statuses": statuses,
        "reasons": reasons,
        "done_percent": round(100 * done / total, 1) if total else None,
        "per_second": round(per_second, 1),
        "eta": (now + dt.timedelta(seconds=queued / per_second)).isoformat()
        if queued and per_second
        else None,
    }
