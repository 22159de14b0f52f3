"""The home page: what went out today, what was held or refused and why, who left, who waits, what is stuck."""

import dataclasses
import datetime as dt
import uuid
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.db.models.functions import Coalesce, TruncHour
from django.http import HttpRequest
from django.urls import reverse

from campaigns.models import Campaign, CampaignStatus
from consent.models import Act, ConsentEvent, Program
from consent.reasons import Reason
from contacts import clock, pausing
from contacts.admin_scope import Scope, scope_of
from contacts.admin_words import TONES, ago, words_of
from contacts.models import Contact, ContactImport
from messaging.models import Direction, Message, Sender, Status, Thread
from messaging.outbox import WORTH_OTHERWISE
from smsapp import dashboard_health
from smsapp.seen import operations

MOST_LISTED = 6
LEAVING = (Act.REVOKED, Act.BLOCKED_BY_CARRIER)
WENT_OUT = Q(direction=Direction.OUT, handed_off_at__isnull=False)
REFUSED = (Status.REFUSED, Status.FAILED, Status.UNDELIVERED)


@dataclasses.dataclass(frozen=True, slots=True)
class Hour:
    """One column of the chart: texts out and in, and their heights in per cent of the tallest."""

    label: str
    out: int
    inbound: int
    out_height: float
    in_height: float


def context(request: HttpRequest) -> dict[str, Any]:
    """Everything the home page shows, in a constant number of queries, for the brands looked at."""
    scope = scope_of(request)
    now = clock.now()
    zone = _zone(scope)
    start = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    today = _today(scope.ids, start, zone, now)
    steps = first_steps(request, scope.ids)
    stuck = operations.found(request, list(scope.brands), now)
    return {
        "title": "Today",
        "day": f"{now.astimezone(zone):%A, %-d %B}",
        "zone": str(zone),
        "paused": _paused(scope),
        "pause": pausing.open_pause(None),
        "may_operate": operations.may_use(request),
        **today,
        **_people(scope.ids, start),
        "waiting": _waiting(scope.ids, now),
        "campaigns": _campaigns(scope.ids),
        "stuck": stuck[:MOST_LISTED],
        "stuck_count": len(stuck),
        "worst": stuck[0] if stuck and stuck[0].is_grave else None,
        "latency": dashboard_health.opt_out_latency(scope.ids, now),
        "steps": steps,
        "is_new": not all(step["is_done"] for step in steps),
    }


def _paused(scope: Scope) -> list[dict[str, Any]]:
    """The brands and programs that somebody has paused, with who and why, and the page that lets them go on."""
    programs = Program.objects.filter(brand_id__in=scope.ids, paused_at__isnull=False).select_related("brand")
    found = [
        *((brand, "contacts_brand", "the brand") for brand in scope.brands if brand.paused_at),
        *((program, "consent_program", "the program") for program in programs),
    ]
    return [
        {
            "name": str(each),
            "what": what,
            "url": reverse(f"admin:{page}_change", args=[each.pk]),
            "pause": pausing.open_pause(each),
        }
        for each, page, what in found
    ]


def _zone(scope: Scope) -> dt.tzinfo:
    """The brand's own day; over several brands in different zones the day is UTC's."""
    zones = {brand.timezone for brand in scope.brands}
    return zoneinfo.ZoneInfo(zones.pop()) if len(zones) == 1 else dt.UTC


def _today(ids: list[uuid.UUID], start: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> dict[str, Any]:
    """Texts of today by hour and outcome. A text may have been queued earlier, but never longer than its worth."""
    rows = list(
        Message.objects.filter(brand_id__in=ids, created_at__gte=start - WORTH_OTHERWISE)
        .annotate(moved_at=Coalesce("handed_off_at", "settled_at", "created_at"))
        .filter(moved_at__gte=start)
        .annotate(hour=TruncHour("moved_at", tzinfo=zone))
        .order_by()
        .values("hour", "direction", "status", "reason", "provider_code")
        .annotate(count=Count("id"), went=Count("id", filter=WENT_OUT))
    )
    out = sum(row["went"] for row in rows)
    inbound = sum(row["count"] for row in rows if row["direction"] == Direction.IN)
    delivered = sum(row["count"] for row in rows if row["status"] in {Status.DELIVERED, Status.READ})
    return {
        "out": out,
        "inbound": inbound,
        "delivered": delivered,
        "delivered_percent": round(100 * delivered / out) if out else None,
        "per_hundred": round(100 * inbound / out) if out else None,
        "hours": _hours(rows, start, now),
        "held": _by_reason(rows, {Status.HELD}),
        "refused": _by_reason(rows, set(REFUSED)),
        "held_count": sum(row["count"] for row in rows if row["status"] == Status.HELD),
        "refused_count": sum(row["count"] for row in rows if row["status"] in REFUSED),
    }


def _hours(rows: Sequence[Mapping[str, Any]], start: dt.datetime, now: dt.datetime) -> list[Hour]:
    outs, ins = [0] * 24, [0] * 24
    for row in rows:
        outs[row["hour"].hour] += row["went"]
        if row["direction"] == Direction.IN:
            ins[row["hour"].hour] += row["count"]
    tallest = max(*outs, *ins, 1)
    last = max(now.astimezone(start.tzinfo).hour, 11)
    return [
        Hour(f"{hour:02d}", outs[hour], ins[hour], 100 * outs[hour] / tallest, 100 * ins[hour] / tallest)
        for hour in range(last + 1)
    ]


def _by_reason(rows: Sequence[Mapping[str, Any]], statuses: set[Status]) -> list[dict[str, Any]]:
    """How many for each reason, most first, in words."""
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        if row["status"] in statuses:
            key = (_reason(row), row["status"])
            counts[key] = counts.get(key, 0) + row["count"]
    most = max(counts.values(), default=1)
    told: list[dict[str, Any]] = [
        {"words": words, "status": status, "tone": TONES[status], "count": count, "share": 100 * count / most}
        for (words, status), count in counts.items()
    ]
    return sorted(told, key=lambda row: -row["count"])[:MOST_LISTED]


def _reason(row: Mapping[str, Any]) -> str:
    if row["provider_code"]:
        return dashboard_health.provider_words(row["provider_code"])
    return words_of(Reason, row["reason"]) if row["reason"] else str(Status(row["status"]).label)


def _people(ids: list[uuid.UUID], start: dt.datetime) -> dict[str, Any]:
    """Who came and who left today."""
    events = ConsentEvent.objects.filter(brand_id__in=ids, recorded_at__gte=start)
    counts = dict(events.order_by().values_list("act").annotate(count=Count("id")))
    left = (
        events.filter(act__in=LEAVING)
        .select_related("contact", "point")
        .order_by("-recorded_at")[:MOST_LISTED]
    )
    return {
        "left": list(left),
        "left_count": sum(counts.get(act, 0) for act in LEAVING),
        "joined_count": counts.get(Act.GRANTED, 0) + counts.get(Act.CONFIRMED, 0),
    }


def _waiting(ids: list[uuid.UUID], now: dt.datetime) -> dict[str, Any]:
    """Who waits for an answer, longest first."""
    rows = Thread.objects.filter(brand_id__in=ids, waiting_since__isnull=False)
    longest = rows.select_related("contact").order_by("waiting_since")[:MOST_LISTED]
    return {
        "count": rows.order_by()[:10_000].count(),
        "rows": [
            {"id": row.id, "contact": row.contact, "waits": ago(now - row.waiting_since)}
            for row in longest
            if row.waiting_since
        ],
    }


def _campaigns(ids: list[uuid.UUID]) -> list[Campaign]:
    """Campaigns that are on their way, or stopped on it."""
    going = (CampaignStatus.SCHEDULED, CampaignStatus.FILLING, CampaignStatus.SENDING, CampaignStatus.PAUSED)
    return list(
        Campaign.objects.filter(brand_id__in=ids, status__in=going).order_by("-created_at")[:MOST_LISTED]
    )


def first_steps(request: HttpRequest, ids: list[uuid.UUID]) -> list[dict[str, Any]]:
    """What a newcomer does, in order, with what is done already and what this user's role may do."""
    queries = [
        Sender.objects.filter(brand_id__in=ids),
        Program.objects.filter(brand_id__in=ids, ready_at__isnull=False),
        Contact.objects.filter(brand_id__in=ids),
        Campaign.objects.filter(brand_id__in=ids, launched_at__isnull=False),
    ]
    done = [query.exists() for query in queries]
    may = [
        admin.site.get_model_admin(model).has_add_permission(request)
        for model in (Sender, Program, ContactImport, Campaign)
    ]
    words = [
        ("Add a sender", "The number your texts leave from.", "admin:messaging_sender_add"),
        (
            "Set up a program",
            "What people join: wording, HELP answer, terms.",
            "admin:consent_program_changelist",
        ),
        (
            "Import people with their consent",
            "A row without proof is kept, but is never texted.",
            "admin:contacts_contactimport_add",
        ),
        ("Write a campaign", "Look at its preflight, then launch it.", "admin:campaigns_campaign_add"),
    ]
    return [
        {"title": title, "says": says, "url": reverse(name), "is_done": is_done, "may": allowed}
        for (title, says, name), is_done, allowed in zip(words, done, may, strict=True)
    ]
