"""What the messages know that the gate needs: senders, last words, moods, and what a number got lately."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any, NamedTuple

import orjson
from django.db import connection

from consent.asking import Got
from consent.facts import from_epoch
from consent.models.relationship import MOST_LOOKED_BACK
from consent.rules import repetition
from contacts.ids import as_array
from messaging.models import Sender

# Everything a number got in this time is read, and so many texts before: no rule looks further.
LOOK_BACK = repetition.LOOK_BACK

# A few steps into the index message_frequency for each number, however many texts the brand has sent.
_RECENT = """
SELECT p.point_id, (SELECT json_agg(json_build_array(got.at, got.value, got.likeness) ORDER BY got.at) FROM (
    (SELECT extract(epoch FROM handed_off_at)::float8 AS at, value, likeness FROM messaging_message
      WHERE brand_id = p.brand_id AND point_id = p.point_id AND direction = 'out' AND purpose = 'marketing'
        AND handed_off_at > %(since)s)
    UNION ALL
    (SELECT extract(epoch FROM handed_off_at)::float8, value, likeness FROM messaging_message
      WHERE brand_id = p.brand_id AND point_id = p.point_id AND direction = 'out' AND purpose = 'marketing'
        AND handed_off_at <= %(since)s
      ORDER BY handed_off_at DESC LIMIT %(before)s)
    UNION ALL
    (SELECT extract(epoch FROM settled_at)::float8, value, likeness FROM messaging_message
      WHERE brand_id = p.brand_id AND point_id = p.point_id AND direction = 'out' AND purpose = 'marketing'
        AND handed_off_at IS NULL AND status IN ('sending', 'unknown') AND settled_at > %(since)s)) AS got)::text
  FROM unnest(%(brands)s::uuid[], %(points)s::uuid[]) AS p(brand_id, point_id)
"""


class Talk(NamedTuple):
    """How the conversation with a contact stands. Moments are aware UTC, None: never; `mood`: "angry", "sad" or ""."""

    last_inbound_at: dt.datetime | None = None
    last_reply_at: dt.datetime | None = None
    is_waiting: bool = False
    mood: str = ""


def sender_problems(sender_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Why nothing may leave from these senders; "" where something may."""
    senders = Sender.objects.select_related("account").filter(id__in=sender_ids)
    return {sender.id: sender.problem for sender in senders}


def talks(people: Collection[tuple[uuid.UUID, uuid.UUID]]) -> dict[uuid.UUID, Talk]:
    """How the conversations with these (brand, contact) stand; who has no thread is absent."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT t.contact_id, extract(epoch FROM t.last_inbound_at)::float8,
                   extract(epoch FROM t.last_reply_at)::float8, t.waiting_since IS NOT NULL, t.mood
              FROM unnest(%s::uuid[], %s::uuid[]) AS p(brand_id, contact_id)
              JOIN messaging_thread t ON t.brand_id = p.brand_id AND t.contact_id = p.contact_id
            """,
            _columns(people),
        )
        return {
            contact: Talk(from_epoch(heard), from_epoch(replied), is_waiting, mood)
            for contact, heard, replied, is_waiting, mood in cursor.fetchall()
        }


def recent_marketing(
    numbers: Collection[tuple[uuid.UUID, uuid.UUID]], *, now: dt.datetime
) -> dict[uuid.UUID, tuple[Got, ...]]:
    """The marketing texts that these (brand, point) got in the last 90 days, and a dozen before, oldest first.

    A text whose outcome is not known counts as got, from the moment of its claim: the rules must hold
    whatever Twilio says later.
    """
    brands, points = _columns(numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            _RECENT,
            {"brands": brands, "points": points, "since": now - LOOK_BACK, "before": MOST_LOOKED_BACK},
        )
        return {point: tuple(map(_got, orjson.loads(texts))) for point, texts in cursor.fetchall() if texts}


def _got(text: list[Any]) -> Got:
    at, value, likeness = text
    return Got(dt.datetime.fromtimestamp(at, dt.UTC), value, likeness)


def _columns(pairs: Collection[tuple[uuid.UUID, uuid.UUID]]) -> tuple[str, str]:
    return as_array(first for first, _ in pairs), as_array(second for _, second in pairs)
