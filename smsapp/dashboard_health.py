"""Is anything stuck, and how fast does a STOP close a number: the part of the home page about the machinery."""

import dataclasses
import datetime as dt
import uuid

from django.db import connection
from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse

from contacts.admin_scope import Scope
from messaging.models import Message, Sender, Status
from messaging.providers import errors
from webhooks.models import QuarantinedRequest, WebhookEvent

# A text that is due this long ago and still queued has been forgotten by somebody.
STUCK_AFTER = dt.timedelta(minutes=2)
LATENCY_OVER = dt.timedelta(days=30)


@dataclasses.dataclass(frozen=True, slots=True)
class Trouble:
    """Something a person should look at."""

    says: str
    url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Latency:
    """From the arrival of a STOP to the commit that closed the number, in milliseconds; None without a STOP."""

    count: int
    p50: float | None
    p99: float | None
    most: float | None


def troubles(request: HttpRequest, scope: Scope, now: dt.datetime) -> list[Trouble]:
    """What is stuck or broken now, in words; empty when all is well."""
    found = [*_texts(scope.ids, now), *_senders(scope.ids), *_webhooks(request, scope, now)]
    return [trouble for trouble in found if trouble is not None]


def _texts(ids: list[uuid.UUID], now: dt.datetime) -> list[Trouble | None]:
    open_ones = Message.objects.filter(
        brand_id__in=ids, status__in=[Status.QUEUED, Status.HELD, Status.SENDING]
    )
    late = open_ones.order_by().aggregate(
        queued=Count("id", filter=Q(status=Status.QUEUED, due_at__lt=now - STUCK_AFTER)),
        leased=Count("id", filter=Q(status=Status.SENDING, lease_until__lt=now - STUCK_AFTER)),
    )
    unknown = Message.objects.filter(brand_id__in=ids, status=Status.UNKNOWN).count()
    messages = reverse("admin:messaging_message_changelist")
    return [
        _if(late["queued"], "{n} due and not taken by any worker", f"{messages}?status__exact=queued"),
        _if(late["leased"], "{n} taken by a worker that never reported", f"{messages}?status__exact=sending"),
        _if(
            unknown,
            "{n} whose outcome is not known yet; never sent again",
            f"{messages}?status__exact=unknown",
        ),
    ]


def _senders(ids: list[uuid.UUID]) -> list[Trouble]:
    rows = Sender.objects.filter(brand_id__in=ids).filter(
        Q(halted_at__isnull=False) | Q(account__halted_at__isnull=False)
    )
    return [
        Trouble(
            f"Sender {row} is halted: {row.problem}", reverse("admin:messaging_sender_change", args=[row.pk])
        )
        for row in rows.select_related("account")
    ]


def _webhooks(request: HttpRequest, scope: Scope, now: dt.datetime) -> list[Trouble | None]:
    waiting = scope.only(
        WebhookEvent.objects.filter(processed_at=None, received_at__lt=now - STUCK_AFTER)
    ).count()
    url = reverse("admin:webhooks_webhookevent_changelist")
    found = [_if(waiting, "{n} not handled yet", f"{url}?done=no", noun="request from Twilio")]
    if request.user.is_superuser:
        lately = QuarantinedRequest.objects.filter(received_at__gte=now - dt.timedelta(days=1)).count()
        url = reverse("admin:webhooks_quarantinedrequest_changelist")
        found.append(
            _if(lately, "{n} turned away since yesterday: the signature did not hold", url, noun="request")
        )
    return found


def _if(count: int, says: str, url: str, *, noun: str = "text") -> Trouble | None:
    first, space, rest = noun.partition(" ")
    named = f"{count:,} {first}{'' if count == 1 else 's'}{space}{rest}"
    return Trouble(says.replace("{n}", named), url) if count else None


def provider_words(code: int) -> str:
    return f"{errors.describe(code)} (Twilio {code})"


def opt_out_latency(ids: list[uuid.UUID], now: dt.datetime) -> Latency:
    """p50, p99 and maximum of the last 30 days, from the index that holds only STOPs."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*),
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_after_ms),
                   percentile_cont(0.99) WITHIN GROUP (ORDER BY closed_after_ms),
                   max(closed_after_ms)
              FROM webhooks_webhookevent
             WHERE closed_after_ms IS NOT NULL AND received_at >= %s AND brand_id = ANY(%s)
            """,
            [now - LATENCY_OVER, ids],
        )
        count, p50, p99, most = cursor.fetchone() or (0, None, None, None)
    return Latency(count=count, p50=p50, p99=p99, most=most)
