"""Waiting for the requests that are under way to a number that has just closed."""

import datetime as dt
import time

from django.conf import settings

from contacts import clock
from contacts.models import ContactPoint
from messaging.models import Message, Status

FIRST_PAUSE, LONGEST_PAUSE = 0.005, 0.05


def wait(point: ContactPoint, *, closed_since: dt.datetime) -> int:
    """Wait until no request for this number can reach Twilio any more; returns how many we could not wait for.

    Call it after the closing has committed: from then on nothing new is claimed for the number. A message
    claimed before is waited for until its outcome is recorded, or until its request can no longer begin
    (POST_WITHIN_SECONDS after the claim, whatever became of its worker) and a connection would have been
    made. So the wait is bounded and yet exact; what is left over is counted, for the record. What answers the
    closing itself, made since `closed_since` (aware UTC), is no reason to wait.
    """
    ends_at = time.monotonic() + settings.POST_WITHIN_SECONDS + settings.TWILIO_CONNECT_SECONDS + 1
    pause = FIRST_PAUSE
    while _may_still_begin(point, closed_since) and time.monotonic() < ends_at:
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    return _may_still_begin(point, closed_since)


def _may_still_begin(point: ContactPoint, closed_since: dt.datetime) -> int:
    # lease_until is claim + LEASE_SECONDS, so this is: claimed less than POST_WITHIN + CONNECT ago.
    reach = settings.POST_WITHIN_SECONDS + settings.TWILIO_CONNECT_SECONDS
    earliest = clock.now() + dt.timedelta(seconds=settings.LEASE_SECONDS - reach)
    return (
        Message.objects.filter(
            brand_id=point.brand_id, point=point, status=Status.SENDING, lease_until__gt=earliest
        )
        .exclude(purpose="consent", created_at__gte=closed_since)
        .count()
    )
