"""A text that was pulled from Twilio's list: what it may still do when it is taken up after it was said.

It closes and holds like any other, whatever came after it. It opens nothing that was closed since, and when it is
late it does nothing else by itself: a person reads it. Nothing of somebody erased meanwhile comes back.
"""

import datetime as dt
import uuid
from typing import Final

from consent import suppressions
from consent.models import Act, ConsentEvent
from contacts import clock
from webhooks.models import WebhookEvent
from webhooks.store import first

# What is taken up later than this is no longer answered as if nothing had happened.
LATE_AFTER: Final = dt.timedelta(minutes=10)
# Our clock may be behind Twilio's by so much: what seems to be said so shortly before may have been said after.
CLOCKS_DIFFER: Final = dt.timedelta(seconds=30)
# The law takes one confirmation of an opt-out for welcome when it comes within so long.
CONFIRM_WITHIN: Final = dt.timedelta(minutes=5)
# Said or done after an agreement, each of these is the stricter of two facts.
RESTRICTING: Final = (
    Act.WITHDRAWN, Act.REVOKED, Act.PAUSED, Act.REDUCED, Act.HELD, Act.BLOCKED_BY_CARRIER, Act.UNDELIVERABLE,
    Act.ERASED,
)  # fmt: skip


def only_restricts(event: WebhookEvent, point_id: uuid.UUID) -> bool:
    """Whether this text may close and hold, and nothing else. Ask it under the number's lock.

    So it is with a pulled text that is late, or after which anything restricting was said of its number. What was said
    half a minute before counts as said after it: Twilio dates to the second, by a clock of its own.
    """
    if event.said_at is None:
        return False
    if clock.now() - event.said_at > LATE_AFTER:
        return True
    since = event.said_at - CLOCKS_DIFFER
    restricting = ConsentEvent.objects.filter(point_id=point_id, act__in=RESTRICTING, occurred_at__gte=since)
    return restricting.exists()


def may_be_confirmed(event: WebhookEvent) -> bool:
    """Whether a closing by this text may still be confirmed to the person."""
    return event.said_at is None or clock.now() - event.said_at <= CONFIRM_WITHIN


def was_redacted(event: WebhookEvent) -> bool:
    """Whether a pulled text has neither words nor media: they are gone at Twilio, and it may have been a STOP."""
    has_media = first(event.params, "NumMedia") not in {"", "0"}
    return event.said_at is not None and not first(event.params, "Body").strip() and not has_media


def is_of_somebody_erased(event: WebhookEvent, brand_id: uuid.UUID, *, channel: str, address: str) -> bool:
    """Whether the person who said this has been erased since. Raises suppressions.LostKey."""
    return event.said_at is not None and suppressions.was_erased_since(
        brand_id, (channel, address), since=event.said_at
    )
