"""An inbound text becomes a message in its person's thread."""

import dataclasses
import datetime as dt
from typing import Any

from django.db import connection, transaction

from consent import moods
from contacts import points
from contacts.ids import new_id
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


# The thread is there afterwards, and knows of the text unless it was received before.
_THREAD = """
INSERT INTO messaging_thread AS thread
       (id, brand_id, contact_id, created_at, last_message_at, last_inbound_at, waiting_since, mood)
VALUES (%(id)s, %(brand)s, %(contact)s, %(at)s, %(at)s, %(at)s, %(waits_since)s, %(mood)s)
ON CONFLICT (brand_id, contact_id) DO UPDATE
   SET last_message_at = greatest(thread.last_message_at, %(at)s),
       last_inbound_at = greatest(thread.last_inbound_at, %(at)s),
       waiting_since = coalesce(thread.waiting_since, %(waits_since)s),
       mood = coalesce(nullif(%(mood)s, ''), thread.mood)
 WHERE NOT EXISTS (SELECT 1 FROM messaging_message WHERE provider_sid = %(sid)s)
"""


def receive(inbound: Inbound, *, sender: Sender, point: ContactPoint, wants_answer: bool) -> Message:
    """Put a text into its thread, once; a text that was received already is returned as it is.

    `wants_answer` starts the reply clock, which runs from the first text that nobody has answered yet; and if such a
    text sounds angry or sad, the thread says so until somebody has settled it. The caller holds the point's lock.
    """
    with transaction.atomic(savepoint=False):
        _touch_thread(inbound, sender, point, wants_answer=wants_answer)
        thread = Thread.objects.get(brand_id=sender.brand_id, contact_id=point.contact_id)
        message = Message(
            brand_id=sender.brand_id,
            thread=thread,
            contact_id=point.contact_id,
            point=point,
            sender=sender,
            direction=Direction.IN,
            origin=Origin.INBOUND,
            body=inbound.body,
            media=inbound.media,
            status=Status.RECEIVED,
            provider_sid=inbound.sid,
            created_at=inbound.received_at,
            settled_at=inbound.received_at,
        )
        Message.objects.bulk_create([message], ignore_conflicts=True)
        return Message.objects.select_related("contact").get(provider_sid=inbound.sid)


def _touch_thread(inbound: Inbound, sender: Sender, point: ContactPoint, *, wants_answer: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _THREAD,
            {
                "id": new_id(),
                "brand": sender.brand_id,
                "contact": point.contact_id,
                "at": inbound.received_at,
                "waits_since": inbound.received_at if wants_answer else None,
                "mood": moods.mood(inbound.body) if wants_answer else "",
                "sid": inbound.sid,
            },
        )
