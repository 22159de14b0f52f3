"""Whose number a text was sent to; and what a STOP to nobody's number closes."""

import logging
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from campaigns import leaving
from consent import keywords
from consent.models import Method
from contacts.models import ContactPoint
from contacts.phones import channel_address
from messaging.models import Sender
from webhooks.models import WebhookEvent
from webhooks.store import first

log = logging.getLogger(__name__)


def of_inbound(params: dict[str, Any]) -> Sender | None:
    """The sender that owns the number or the Messaging Service the text came to, in the account that signed."""
    _, to = channel_address(first(params, "To"))
    service = first(params, "MessagingServiceSid")
    wanted = Q(address=to) & ~Q(address="")
    if service:
        wanted |= Q(messaging_service_sid=service)
    return _of_account(params).select_related("account", "brand").filter(wanted).order_by("-address").first()


def _of_account(params: dict[str, Any]) -> QuerySet[Sender]:
    sid = first(params, "AccountSid")
    own = Q(account=None) if sid == settings.TWILIO_ACCOUNT_SID else Q(pk__in=[])
    return Sender.objects.filter(own | Q(account__sid=sid))


def close_for_unknown_recipient(event: WebhookEvent, *, channel: str, address: str) -> None:
    """A text to a number we do not know: a STOP in it closes the person's number for every brand of the account.

    Better one brand too many than one text too many. The event keeps its problem for a person to see.
    """
    event.problem = f"no sender has the number {first(event.params, 'To')[:40]}"
    found = keywords.match(first(event.params, "Body"))
    is_stop = (found is not None and found.kind == "stop") or first(event.params, "OptOutType") == "STOP"
    if not is_stop:
        return
    brands = set(_of_account(event.params).values_list("brand_id", flat=True))
    for point in ContactPoint.objects.filter(brand_id__in=brands, channel=channel, address=address).order_by(
        "id"
    ):
        evidence = {"sid": event.provider_sid, "why": "STOP to a number that is no sender of ours"}
        leaving.leave(
            point, method=Method.KEYWORD, actor="customer", evidence=evidence, said_at=event.received_at
        )
        event.closed_points.append(point.id)
