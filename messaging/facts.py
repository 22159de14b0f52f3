"""What the messages know that the gate needs: senders, last words, and how much a number got lately."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection

from django.db import connection

from contacts.ids import as_array
from messaging.models import Sender, Thread

# The frequency cap looks back this far, and further for people who asked for fewer texts.
LOOK_BACK = dt.timedelta(hours=24)
LOOK_BACK_FEWER = dt.timedelta(days=7)

# Of most numbers a day is read; the longer past is read for those alone whose person asked for fewer.
_RECENT = """
WITH fewer AS MATERIALIZED (
    SELECT DISTINCT point_id FROM consent_subscription
     WHERE brand_id = ANY(%(brands)s::uuid[]) AND point_id = ANY(%(points)s::uuid[]) AND fewer)
SELECT point_id, handed_off_at FROM messaging_message
 WHERE direction = 'out' AND purpose = 'marketing' AND brand_id = ANY(%(brands)s::uuid[])
   AND point_id = ANY(%(points)s::uuid[]) AND handed_off_at > %(since)s
UNION ALL
SELECT point_id, handed_off_at FROM messaging_message
 WHERE direction = 'out' AND purpose = 'marketing' AND brand_id = ANY(%(brands)s::uuid[])
   AND point_id = ANY(ARRAY(SELECT point_id FROM fewer))
   AND handed_off_at > %(long_since)s AND handed_off_at <= %(since)s
UNION ALL
SELECT point_id, settled_at FROM messaging_message
 WHERE direction = 'out' AND purpose = 'marketing' AND brand_id = ANY(%(brands)s::uuid[])
   AND point_id = ANY(%(points)s::uuid[]) AND handed_off_at IS NULL AND status IN ('sending', 'unknown')
   AND settled_at > CASE WHEN point_id = ANY(ARRAY(SELECT point_id FROM fewer))
                         THEN %(long_since)s ELSE %(since)s END
 ORDER BY 2
"""


def sender_problems(sender_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Why nothing may leave from these senders; "" where something may."""
    senders = Sender.objects.select_related("account").filter(id__in=sender_ids)
    return {sender.id: sender.problem for sender in senders}


def last_inbound(contact_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, dt.datetime]:
    """When these contacts last wrote (aware UTC); who never did is absent."""
    rows = Thread.objects.filter(contact_id__in=contact_ids, last_inbound_at__isnull=False)
    return {contact: at for contact, at in rows.values_list("contact_id", "last_inbound_at") if at}


def recent_marketing(
    brand_ids: Collection[uuid.UUID], point_ids: Collection[uuid.UUID], *, now: dt.datetime
) -> dict[uuid.UUID, tuple[dt.datetime, ...]]:
    """When these numbers got marketing in the last 24 hours, or 7 days where fewer was asked for, oldest first.

    A text whose outcome is not known counts as got, from the moment of its claim: the cap must hold
    whatever Twilio says later.
    """
    found: dict[uuid.UUID, list[dt.datetime]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _RECENT,
            {
                "brands": as_array(brand_ids),
                "points": as_array(point_ids),
                "since": now - LOOK_BACK,
                "long_since": now - LOOK_BACK_FEWER,
            },
        )
        for point_id, at in cursor.fetchall():
            found[point_id].append(at)
    return {point_id: tuple(moments) for point_id, moments in found.items()}
