"""Waiting for the requests that are under way to a number that has just closed."""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Collection

from django.conf import settings

from contacts import clock, reading
from contacts.ids import as_array

FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.05
# The plan is kept, and may have been made when hardly a text was there: so each step is one into an index, and that of
# the leases, which has every request under way, cannot be taken (what is under OFFSET 0 says nothing of leases).
_MAY_STILL_BEGIN = """
SELECT point.id FROM unnest(%s::uuid[]) AS closed(id)
 CROSS JOIN LATERAL (SELECT id, brand_id FROM contacts_contactpoint WHERE id = closed.id OFFSET 0) AS point
 CROSS JOIN LATERAL (
       SELECT status, purpose, lease_until, created_at FROM messaging_message
        WHERE brand_id = point.brand_id AND point_id = point.id AND status IN ('queued', 'held', 'sending')
       OFFSET 0) AS message
 WHERE message.status = 'sending' AND message.lease_until > %s
   AND NOT (message.purpose = 'consent' AND message.created_at >= %s)
"""


def wait(
    point_ids: Collection[uuid.UUID],
    *,
    closed_since: dt.datetime,
    on_wait: Callable[[int], None] | None = None,
) -> int:
    """Wait until no request for these numbers can reach Twilio any more; returns how many we could not wait for.

    `on_wait` is told how many requests are still under way.

    Call it after the closing has committed: from then on nothing new is claimed for the number. A message
    claimed before is waited for until its outcome is recorded, or until its request can no longer begin
    (POST_WITHIN_SECONDS after the claim, whatever became of its worker), a connection would have been made,
    and what was written delivered or given up. So the wait is bounded and yet exact; what is left over is
    counted, for the record. What answers the closing itself, made since `closed_since` (aware UTC), is no
    reason to wait.
    """
    ends_at = time.monotonic() + _reach() + 1
    pause = FIRST_PAUSE
    while (going := _may_still_begin(point_ids, closed_since)) and time.monotonic() < ends_at:
        if on_wait:
            on_wait(len(going))
        point_ids = set(going)  # nothing new is claimed, so only these can still be under way
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return len(going)


def _may_still_begin(point_ids: Collection[uuid.UUID], closed_since: dt.datetime) -> list[uuid.UUID]:
    """The number of each request that may still reach Twilio."""
    # lease_until is claim + LEASE_SECONDS, so this is: claimed less than the reach ago.
    earliest = clock.now() + dt.timedelta(seconds=settings.LEASE_SECONDS - _reach())
    with reading.prepared() as cursor:
        cursor.execute(_MAY_STILL_BEGIN, [as_array(point_ids), earliest, closed_since])
        return [point_id for (point_id,) in cursor.fetchall()]


def _reach() -> float:
    """Seconds from a claim to the moment when its request has reached Twilio or never will."""
    # As long again as connecting may take the system tries to deliver what was written.
    return settings.POST_WITHIN_SECONDS + 2 * settings.TWILIO_CONNECT_SECONDS
