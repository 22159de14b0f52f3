"""An inbound text becomes a message in its person's thread."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from contacts import points
from contacts.models import ContactPoint
from messaging.models import Direction, Message, Origin, Sender, Status, Thread


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text as the provider told of it. `media`: dicts with `url` and `content_type`."""

    sid: str
    channel: str
    address: str
    body: str
    media: list[dict[str, Any]]
    received_at: dt.datetime


def point_for(sender: Sender, *, channel: str, address: str, country: str = "") -> ContactPoint:
    """The contact point that wrote; somebody new becomes a contact, without any permission."""
    return points.known_or_new(sender.brand_id, channel=channel, address=address, country=country)


def receive(inbound: Inbound, *, sender: Sender, point: ContactPoint, wants_answer: bool) -> Message:
    """Put a text into its thread, once; a text that was received already is returned as it is.

    `wants_answer` starts the reply clock, which runs from the first text that nobody has answered yet.
    """
    with transaction.atomic():
        thread, _ = Thread.objects.get_or_create(
            brand_id=sender.brand_id,
            contact_id=point.contact_id,
            defaults={"created_at": inbound.received_at},
        )
        message, is_new = Message.objects.get_or_create(
            provider_sid=inbound.sid,
            defaults={
                "brand_id": sender.brand_id,
                "thread": thread,
                "contact_id": point.contact_id,
                "point": point,
                "sender": sender,
                "direction": Direction.IN,
                "origin": Origin.INBOUND,
                "body": inbound.body,
                "media": inbound.media,
                "status": Status.RECEIVED,
                "created_at": inbound.received_at,
                "settled_at": inbound.received_at,
            },
        )
        if is_new:
            _touch(thread.id, inbound.received_at, wants_answer=wants_answer)
    return message


def _touch(thread_id: uuid.UUID, at: dt.datetime, *, wants_answer: bool) -> None:
    thread = Thread.objects.select_for_update(no_key=True).get(id=thread_id)
    thread.last_message_at = max(filter(None, (thread.last_message_at, at)))
    thread.last_inbound_at = max(filter(None, (thread.last_inbound_at, at)))
    if wants_answer and thread.waiting_since is None:
        thread.waiting_since = at
    thread.save(update_fields=["last_message_at", "last_inbound_at", "waiting_since"])
