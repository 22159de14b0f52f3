"""What the messages know that the gate needs: senders, last words, moods, and what a number got lately."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any, NamedTuple

import orjson
from django.db.backends.utils import CursorWrapper

from consent.asking import Got
from consent.facts import from_epoch
from consent.models.relationship import MOST_LOOKED_BACK
from consent.rules import repetition
from contacts import reading
from contacts.ids import as_array
from contacts.reading import Question
from messaging.models import Account, Sender

# Everything a number got in this time is read, and so many texts before: no rule looks further.
LOOK_BACK = repetition.LOOK_BACK

# A few steps into the index message_frequency for each number, however many texts the brand has sent.
_RECENT = """
SELECT p.point_id, (SELECT json_agg(json_build_array(got.at, got.value, got.likeness) ORDER BY got.at) FROM (
    (SELECT extract(epoch FROM handed_off_at)::float8 AS at, value, likeness FROM messaging_message
      WHERE brand_id = p.brand_id AND point_id = p.point_id AND direction = 'out' AND purpose = 'marketing'
        AND handed_off_at > %s)
    UNION ALL
    (SELECT extract(epoch FROM handed_off_at)::float8, value, likeness FROM messaging_message
      WHERE brand_id = p.brand_id AND point_id = p.point_id AND direction = 'out' AND purpose = 'marketing'
        AND handed_off_at <= %s
      ORDER BY handed_off_at DESC LIMIT %s)
    UNION ALL
    (SELECT extract(epoch FROM settled_at)::float8, value, likeness FROM messaging_message
      WHERE brand_id = p.brand_id AND point_id = p.point_id AND direction = 'out' AND purpose = 'marketing'
        AND handed_off_at IS NULL AND status IN ('sending', 'unknown') AND settled_at > %s)) AS got)::text
  FROM unnest(%s::uuid[], %s::uuid[]) AS p(brand_id, point_id)
"""

_PROBLEMS = """
SELECT s.id, s.halted_at, s.halted_why, a.halted_at, coalesce(a.halted_why, '')
  FROM messaging_sender s LEFT JOIN messaging_account a ON a.id = s.account_id
 WHERE s.id = ANY(%s::uuid[])
"""
# As with the numbers, a step for each: a launch that makes a million threads must not read them all for every page.
_TALKS = """
SELECT t.contact_id, extract(epoch FROM t.last_inbound_at)::float8, extract(epoch FROM t.last_reply_at)::float8,
       t.waiting_since IS NOT NULL, t.mood
  FROM unnest(%s::uuid[], %s::uuid[]) AS p(brand_id, contact_id)
  JOIN LATERAL (SELECT * FROM messaging_thread WHERE brand_id = p.brand_id AND contact_id = p.contact_id OFFSET 0) t
    ON true
"""


class Talk(NamedTuple):
    """How the conversation with a contact stands. Moments are aware UTC, None: never; `mood`: "angry", "sad" or ""."""

    last_inbound_at: dt.datetime | None = None
    last_reply_at: dt.datetime | None = None
    is_waiting: bool = False
    mood: str = ""


class Known(NamedTuple):
    """What the messages know of some texts: by sender, by contact and by point."""

    problems: dict[uuid.UUID, str]
    talks: dict[uuid.UUID, Talk]
    recent_marketing: dict[uuid.UUID, tuple[Got, ...]]


def load(
    sender_ids: Collection[uuid.UUID],
    people: Collection[tuple[uuid.UUID, uuid.UUID]],
    numbers: Collection[tuple[uuid.UUID, uuid.UUID]],
    *,
    now: dt.datetime,
) -> Known:
    """All of the below about these senders, (brand, contact) and (brand, point), in one round trip."""
    with reading.RoundTrip() as trip:
        problems = trip.ask(_problems(sender_ids))
        said = trip.ask(_talks(people))
        recent = trip.ask(_recent_marketing(numbers, now=now))
    return Known(problems.answer, said.answer, recent.answer)


def _problems(sender_ids: Collection[uuid.UUID]) -> Question[dict[uuid.UUID, str]]:
    """Why nothing may leave from these senders; "" where something may."""

    def read(cursor: CursorWrapper) -> dict[uuid.UUID, str]:
        return {
            sender_id: Sender(
                halted_at=halted_at,
                halted_why=why,
                account=Account(halted_at=account_at, halted_why=account_why),
            ).problem
            for sender_id, halted_at, why, account_at, account_why in cursor.fetchall()
        }

    return Question(_PROBLEMS, [as_array(sender_ids)], read)


def talks(people: Collection[tuple[uuid.UUID, uuid.UUID]]) -> dict[uuid.UUID, Talk]:
    """How the conversations with these (brand, contact) stand; who has no thread is absent."""
    return _talks(people).ask()


def _talks(people: Collection[tuple[uuid.UUID, uuid.UUID]]) -> Question[dict[uuid.UUID, Talk]]:
    def read(cursor: CursorWrapper) -> dict[uuid.UUID, Talk]:
        return {
            contact: Talk(from_epoch(heard), from_epoch(replied), is_waiting, mood)
            for contact, heard, replied, is_waiting, mood in cursor.fetchall()
        }

    return Question(_TALKS, _columns(people), read)


def recent_marketing(
    numbers: Collection[tuple[uuid.UUID, uuid.UUID]], *, now: dt.datetime
) -> dict[uuid.UUID, tuple[Got, ...]]:
    """The marketing texts that these (brand, point) got in the last 90 days, and a dozen before, oldest first.

    A text whose outcome is not known counts as got, from the moment of its claim: the rules must hold
    whatever Twilio says later.
    """
    return _recent_marketing(numbers, now=now).ask()


def _recent_marketing(
    numbers: Collection[tuple[uuid.UUID, uuid.UUID]], *, now: dt.datetime
) -> Question[dict[uuid.UUID, tuple[Got, ...]]]:
    def read(cursor: CursorWrapper) -> dict[uuid.UUID, tuple[Got, ...]]:
        return {point: tuple(map(_got, orjson.loads(texts))) for point, texts in cursor.fetchall() if texts}

    since = now - LOOK_BACK
    return Question(_RECENT, [since, since, MOST_LOOKED_BACK, since, *_columns(numbers)], read)


def _got(text: list[Any]) -> Got:
    at, value, likeness = text
    return Got(dt.datetime.fromtimestamp(at, dt.UTC), value, likeness)


def _columns(pairs: Collection[tuple[uuid.UUID, uuid.UUID]]) -> tuple[str, str]:
    return as_array(first for first, _ in pairs), as_array(second for _, second in pairs)
