"""An inbound text becomes a message in its person's thread."""

import dataclasses
import datetime as dt
from typing import Any

import orjson
from django.db import transaction

from consent import moods
from contacts import points, reading
from contacts.ids import new_id
from contacts.models import ContactPoint
from messaging.models import Lane, Message, Sender


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text as the provider told of it. `media`: dicts with `url` and `content_type`.

    `received_at` is when it came to us, `said_at` when it was said (both aware UTC; None: when it came).
    """

    sid: str
    channel: str
    address: str
    body: str
    media: list[dict[str, Any]]
    received_at: dt.datetime
    said_at: dt.datetime | None = None


def point_for(sender: Sender, *, channel: str, address: str, country: str = "") -> ContactPoint:
    """The contact point that wrote; somebody new becomes a contact, without any permission."""
    return points.known_or_new(sender.brand_id, channel=channel, address=address, country=country)


# The thread is there afterwards, and knows of the text unless it was received before.
_THREAD = """
INSERT INTO messaging_thread AS thread
       (id, brand_id, contact_id, created_at, last_message_at, last_inbound_at, waiting_since, mood)
VALUES (%(thread)s, %(brand)s, %(contact)s, %(at)s, %(at)s, %(at)s, %(waits_since)s, %(mood)s)
ON CONFLICT (brand_id, contact_id) DO UPDATE
   SET last_message_at = greatest(thread.last_message_at, %(at)s),
       last_inbound_at = greatest(thread.last_inbound_at, %(at)s),
       waiting_since = least(thread.waiting_since, %(waits_since)s),
       mood = coalesce(nullif(%(mood)s, ''), thread.mood)
 WHERE NOT EXISTS (SELECT 1 FROM messaging_message WHERE provider_sid = %(sid)s)
"""
_MESSAGE = """
INSERT INTO messaging_message
       (id, brand_id, thread_id, contact_id, point_id, sender_id, direction, origin, purpose, value, lane, body,
        segments, media, status, reason, attempts, looks, provider_sid, sent_by, created_at, settled_at)
SELECT %(id)s, %(brand)s, thread.id, %(contact)s, %(point)s, %(sender)s, 'in', 'inbound', '', '', %(lane)s, %(body)s,
       1, %(media)s::jsonb, 'received', '', 0, 0, %(sid)s, '', %(at)s, %(received_at)s
  FROM messaging_thread thread WHERE thread.brand_id = %(brand)s AND thread.contact_id = %(contact)s
ON CONFLICT DO NOTHING
"""
_RECEIVED = reading.Reader(Message, "FROM messaging_message row WHERE provider_sid = %s")


def receive(inbound: Inbound, *, sender: Sender, point: ContactPoint, wants_answer: bool) -> Message:
    """Put a text into its thread, once; a text that was received already is returned as it is.

    `wants_answer` starts the reply clock, which runs from the first text that nobody has answered yet, by when it was
    said; and if such a text sounds angry or sad, the thread says so until somebody has settled it. `created_at` of the
    message is when it was said, `settled_at` when we had it. The caller holds the point's lock.
    """
    said_at = inbound.said_at or inbound.received_at
    text: dict[str, Any] = {
        "id": new_id(),
        "thread": new_id(),
        "brand": sender.brand_id,
        "contact": point.contact_id,
        "point": point.id,
        "sender": sender.id,
        "at": said_at,
        "received_at": inbound.received_at,
        "waits_since": said_at if wants_answer else None,
        "mood": moods.mood(inbound.body) if wants_answer else "",
        "body": inbound.body,
        "lane": int(Lane.MARKETING),
        "media": orjson.dumps(inbound.media).decode(),
        "sid": inbound.sid,
    }
    with transaction.atomic(savepoint=False), reading.RoundTrip() as trip:
        trip.ask(reading.change(_THREAD, text))
        trip.ask(reading.change(_MESSAGE, text))
        received = trip.ask(_RECEIVED.question([inbound.sid]))
    (message,) = received.answer
    message.point, message.sender = point, sender
    return message
