"""The watermarks: which numbers' lists are read, by whom next, and how far each has been read.

One row for each number of a sender, and one for each Messaging Service's pool, which is asked for its numbers. Every
change is one short statement; nothing here waits for Twilio.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from contacts import clock
from webhooks.models import Watermark

# From one look at a list to the next. What is due is looked for more often (`smsapp.queues.EVERY`).
LOOK_EVERY: Final = dt.timedelta(seconds=60)
POOL_EVERY: Final = dt.timedelta(minutes=10)
# Twilio's list may be behind what it has received by this much, so this much is read again.
LIST_LAGS: Final = dt.timedelta(minutes=15)
# The mark of a list that is read to its end, look after look, is never further behind than this.
_NEVER_BEHIND: Final = LIST_LAGS + 3 * LOOK_EVERY
# Who claimed a row and died is followed by another after so long; each page that is stored begins it anew.
LEASE: Final = dt.timedelta(minutes=2)
# After failures in a row the pause doubles, up to this.
LONGEST_PAUSE: Final = dt.timedelta(minutes=15)
_MOST_DOUBLINGS: Final = 4
# What came only by the list is told for so long.
LATELY: Final = dt.timedelta(days=1)

# A sender's first row begins when the sender was made; a number it is given later, when it is first seen here. What was
# said to a number while it was another brand's is not this brand's.
_KEEP_UP = """
WITH number AS (
    SELECT id AS sender_id, brand_id, created_at, address AS number FROM messaging_sender WHERE address <> ''
    UNION ALL
    SELECT id, brand_id, created_at, 'whatsapp:' || address FROM messaging_sender sender
     WHERE address LIKE '+%%' AND EXISTS (
           SELECT 1 FROM contacts_contactpoint WHERE brand_id = sender.brand_id AND channel = 'whatsapp')
    UNION ALL
    SELECT id, brand_id, created_at, '' FROM messaging_sender WHERE messaging_service_sid <> ''
), moved AS (
    UPDATE webhooks_watermark mark SET brand_id = sender.brand_id, seen_until = %(now)s
      FROM messaging_sender sender
     WHERE sender.id = mark.sender_id AND sender.brand_id <> mark.brand_id
)
INSERT INTO webhooks_watermark (brand_id, sender_id, number, seen_until, due_at, failures, problem, pulled,
        pulled_lately)
SELECT brand_id, sender_id, number,
       CASE WHEN EXISTS (SELECT 1 FROM webhooks_watermark mark WHERE mark.sender_id = number.sender_id)
            THEN %(now)s ELSE created_at END,
       %(now)s, 0, '', 0, 0
  FROM number
 WHERE NOT EXISTS (SELECT 1 FROM webhooks_watermark mark
                    WHERE mark.sender_id = number.sender_id AND mark.number = number.number)
ON CONFLICT DO NOTHING
"""
# An address that a sender no longer has is read on until its mark has come to where the new one's began, but for what a
# look or two is apart: what was said to it before the change is stored then.
_DROP_OTHERS = """
DELETE FROM webhooks_watermark mark USING messaging_sender sender
 WHERE sender.id = mark.sender_id AND sender.messaging_service_sid = ''
   AND mark.number NOT IN (sender.address, 'whatsapp:' || sender.address)
   AND NOT EXISTS (
       SELECT 1 FROM webhooks_watermark own
        WHERE own.sender_id = mark.sender_id AND own.number IN (sender.address, 'whatsapp:' || sender.address)
          AND own.seen_until > mark.seen_until + %(apart)s * interval '1 second')
"""
# Turn about among the accounts, so that one with many numbers, or a slow one, leaves room for the others.
_CLAIM = """
UPDATE webhooks_watermark SET looked_at = %(now)s, due_at = %(lease)s
 WHERE id IN (
       SELECT id FROM webhooks_watermark
        WHERE due_at <= %(now)s AND id IN (
              SELECT id FROM (
                     SELECT mark.id, mark.due_at,
                            row_number() OVER (PARTITION BY sender.account_id ORDER BY mark.due_at) AS place
                       FROM webhooks_watermark mark JOIN messaging_sender sender ON sender.id = mark.sender_id
                      WHERE mark.due_at <= %(now)s) AS due
               WHERE place <= %(most_of_one)s ORDER BY place, due_at LIMIT %(most)s)
          FOR UPDATE SKIP LOCKED)
RETURNING id
"""
_JOIN_POOL = """
INSERT INTO webhooks_watermark (brand_id, sender_id, number, seen_until, due_at, failures, problem, pulled,
        pulled_lately)
SELECT %(brand)s, %(sender)s, number,
       CASE WHEN EXISTS (SELECT 1 FROM webhooks_watermark mark WHERE mark.number = pool.number)
            THEN %(asked)s ELSE %(since)s END,
       %(now)s, 0, '', 0, 0
  FROM unnest(%(numbers)s::text[]) AS pool (number)
 WHERE NOT EXISTS (SELECT 1 FROM messaging_sender WHERE address = pool.number)
ON CONFLICT DO NOTHING
"""
_COUNT = """
UPDATE webhooks_watermark
   SET pulled = pulled + %(pulled)s, pulled_at = %(now)s,
       pulled_lately = CASE WHEN pulled_at > %(a_day_ago)s THEN pulled_lately ELSE 0 END + %(pulled)s
 WHERE id = %(id)s
"""


def keep_up() -> None:
    """Have a row for every number of every sender, and none for those that are gone."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_KEEP_UP, {"now": clock.now()})
        cursor.execute(_DROP_OTHERS, {"apart": 2 * LOOK_EVERY.total_seconds()})


def all_due() -> None:
    """Have every list looked at now, those that failed among them, but for those that somebody is reading."""
    now = clock.now()
    Watermark.objects.filter(Q(looked_at=None) | Q(looked_at__lt=now - LEASE) | ~Q(problem="")).update(
        due_at=now
    )


def are_due() -> bool:
    """Whether any list waits to be looked at."""
    return Watermark.objects.filter(due_at__lte=clock.now()).exists()


def claim(most: int, *, most_of_one: int) -> list[Watermark]:
    """Take up to `most` rows that are due, of one account at most `most_of_one`; nobody else has them meanwhile."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "lease": now + LEASE, "most": most, "most_of_one": most_of_one})
        ids = [row_id for (row_id,) in cursor.fetchall()]
    return list(
        Watermark.objects.filter(id__in=ids).select_related("sender__account").order_by("looked_at", "id")
    )


def advance(row: Watermark, *, to: dt.datetime) -> None:
    """Everything that Twilio dates before `to` (aware UTC) is stored; a slower reader moves nothing back."""
    row.seen_until = max(row.seen_until, to)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE webhooks_watermark SET seen_until = greatest(seen_until, %s), due_at = %s WHERE id = %s",
            [to, clock.now() + LEASE, row.pk],
        )


def count(row: Watermark, pulled: int) -> None:
    """Note that so many texts came only by the list."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"pulled": pulled, "now": now, "a_day_ago": now - LATELY, "id": row.pk})


def note_pool(row: Watermark, numbers: Sequence[str]) -> None:
    """Twilio answered that the pool of a Messaging Service has these numbers, as Twilio spells them.

    One answer may lack a number by mistake. Its row stays until it is read to its end, and so past the last time that
    the pool was known to have it. One that is new may be such a number come back: it begins where the mark of a list
    that went then was at the latest, so that nothing lies between; one that another pool has had, when this one was
    last asked. A number that is a sender of its own has its row by that.
    """
    now = clock.now()
    told: dict[str, Any] = {
        "brand": row.brand_id, "sender": row.sender_id, "asked": row.seen_until,
        "since": max(row.seen_until - _NEVER_BEHIND, row.sender.created_at), "now": now, "numbers": list(numbers),
    }  # fmt: skip
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_JOIN_POOL, told)
        others = _of_pool(row).exclude(number__in=numbers)
        others.filter(seen_until__gte=(row.looked_at or now) - _NEVER_BEHIND).delete()
        advance(row, to=row.looked_at or now)


def has_channels(row: Watermark) -> bool:
    """Whether a pool was known to have addresses of channels, such as "whatsapp:+1206…"."""
    return _of_pool(row).filter(number__contains=":").exists()


def _of_pool(row: Watermark) -> QuerySet[Watermark]:
    """The numbers that the sender of a pool's row has by its pool alone."""
    own = ["", row.sender.address, f"whatsapp:{row.sender.address}"]
    return Watermark.objects.filter(sender=row.sender_id).exclude(number__in=own)


def done(row: Watermark) -> None:
    """The list was read to its end; it is looked at again after a while."""
    every = POOL_EVERY if row.number == "" else LOOK_EVERY
    _let_go(row, due_at=(row.looked_at or clock.now()) + every, failures=0, problem="")


def interrupted(row: Watermark) -> None:
    """There is more to read, and this round is over: the next one goes on."""
    _let_go(row, due_at=clock.now(), failures=0, problem="")


def failed(row: Watermark, why: str) -> None:
    """The list could not be read; the more often that happens in a row, the longer until the next look."""
    pause = min(LOOK_EVERY * 2 ** min(row.failures, _MOST_DOUBLINGS), LONGEST_PAUSE)
    _let_go(row, due_at=clock.now() + pause, failures=min(row.failures + 1, 30_000), problem=why[:200])


def _let_go(row: Watermark, *, due_at: dt.datetime, failures: int, problem: str) -> None:
    Watermark.objects.filter(id=row.pk).update(due_at=due_at, failures=failures, problem=problem)
