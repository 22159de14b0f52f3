"""Whose number a text was sent to; and what a STOP to nobody's number closes."""

import logging
from typing import Any

from django.conf import settings

from campaigns import leaving
from consent import keywords
from consent.models import Method
from contacts import reading
from contacts.models import ContactPoint
from contacts.phones import channel_address
from messaging.models import Sender
from webhooks.models import WebhookEvent
from webhooks.store import first

log = logging.getLogger(__name__)


_OF_ACCOUNT = """
  FROM messaging_sender row LEFT JOIN messaging_account account ON account.id = row.account_id
 WHERE (account.sid = %(sid)s OR (row.account_id IS NULL AND %(sid)s = %(own_sid)s))
"""
_WRITTEN_TO = f"""{_OF_ACCOUNT}
   AND ((row.address = %(to)s AND %(to)s <> '')
        OR (row.messaging_service_sid = %(service)s AND %(service)s <> ''))
 ORDER BY row.address DESC, row.id LIMIT 1
"""
_OF_INBOUND = reading.Reader(Sender, _WRITTEN_TO)
_WROTE = reading.Reader(
    ContactPoint,
    f"""
  FROM contacts_contactpoint row
 WHERE row.brand_id = (SELECT row.brand_id {_WRITTEN_TO}) AND row.channel = %(channel)s AND row.address = %(address)s
""",
)


def of_inbound(params: dict[str, Any]) -> Sender | None:
    """The sender that owns the number or the Messaging Service the text came to, in the account that signed."""
    return _OF_INBOUND.first(_written_to(params))


def with_who_wrote(
    params: dict[str, Any], *, channel: str, address: str
) -> tuple[Sender | None, ContactPoint | None]:
    """The same, and the contact point of its brand that wrote, if it is known, in one round trip."""
    wanted = _written_to(params)
    with reading.RoundTrip() as trip:
        senders = trip.ask(_OF_INBOUND.question(wanted))
        points = trip.ask(_WROTE.question(wanted | {"channel": channel, "address": address}))
    sender = next(iter(senders.answer), None)
    # Each statement sees its own moment: a sender may have gone to another brand in between.
    return sender, next(
        (point for point in points.answer if sender and point.brand_id == sender.brand_id), None
    )


def _written_to(params: dict[str, Any]) -> dict[str, str]:
    _, to = channel_address(first(params, "To"))
    return _account(params) | {"to": to, "service": first(params, "MessagingServiceSid")}


def _account(params: dict[str, Any]) -> dict[str, str]:
    return {"sid": first(params, "AccountSid"), "own_sid": settings.TWILIO_ACCOUNT_SID}


def close_for_unknown_recipient(event: WebhookEvent, *, channel: str, address: str) -> None:
    """A text to a number we do not know: a STOP in it closes the person's number for every brand of the account.

    Better one brand too many than one text too many. The event keeps its problem for a person to see.
    """
    event.problem = f"no sender has the number {first(event.params, 'To')[:40]}"
    found = keywords.match(first(event.params, "Body"))
    is_stop = (found is not None and found.kind == "stop") or first(event.params, "OptOutType") == "STOP"
    if not is_stop:
        return
    brands = set(reading.values(f"SELECT row.brand_id {_OF_ACCOUNT}", _account(event.params)))
    for point in ContactPoint.objects.filter(brand_id__in=brands, channel=channel, address=address).order_by(
        "id"
    ):
        evidence = {"sid": event.provider_sid, "why": "STOP to a number that is no sender of ours"}
        leaving.leave(
            point, method=Method.KEYWORD, actor="customer", evidence=evidence, said_at=event.happened_at
        )
        event.closed_points.append(point.id)
