"""Waiting for the requests that are under way to a number that has just closed."""

import datetime as dt
import time
import uuid
from collections.abc import Callable, Collection

from django.conf import settings

from contacts import clock
from contacts.models import ContactPoint
from messaging.models import Message, Status

FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.05


def wait(point: ContactPoint, *, closed_since: dt.datetime) -> int:
    """Wait until no request for this number can reach Twilio any more; returns how many we could not wait for."""
    return wait_all(point.brand_id, [point.id], closed_since=closed_since)


def wait_all(
    brand_id: uuid.UUID,
    point_ids: Collection[uuid.UUID],
    *,
    closed_since: dt.datetime,
    on_wait: Callable[[int], None] | None = None,
) -> int:
    """The same for many numbers of a brand at once; `on_wait` is told how many requests are still under way.

    Call it after the closing has committed: from then on nothing new is claimed for the number. A message
    claimed before is waited for until its outcome is recorded, or until its request can no longer begin
    (POST_WITHIN_SECONDS after the claim, whatever became of its worker) and a connection would have been
    made. So the wait is bounded and yet exact; what is left over is counted, for the record. What answers the
    closing itself, made since `closed_since` (aware UTC), is no reason to wait.
    """
    ends_at = time.monotonic() + settings.POST_WITHIN_SECONDS + settings.TWILIO_CONNECT_SECONDS + 1
    pause = FIRST_PAUSE
    while (going := _may_still_begin(brand_id, point_ids, closed_since)) and time.monotonic() < ends_at:
        if on_wait:
            on_wait(len(going))
        point_ids = set(going)  # nothing new is claimed, so only these can still be under way
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return len(going)


def _may_still_begin(
    brand_id: uuid.UUID, point_ids: Collection[uuid.UUID], closed_since: dt.datetime
) -> list[uuid.UUID]:
    """The number of each request that may still reach Twilio."""
    # lease_until is claim + LEASE_SECONDS, so this is: claimed less than POST_WITHIN + CONNECT ago.
    reach = settings.POST_WITHIN_SECONDS + settings.TWILIO_CONNECT_SECONDS
    earliest = clock.now() + dt.timedelta(seconds=settings.LEASE_SECONDS - reach)
    return list(
        Message.objects.filter(
            brand_id=brand_id, point_id__in=point_ids, status=Status.SENDING, lease_until__gt=earliest
        )
        .exclude(purpose="consent", created_at__gte=closed_since)
        .values_list("point_id", flat=True)
    )
