"""From a stored event to a done one: the handlers run in a savepoint, so that nothing of a failure remains."""

import logging
import uuid
from collections.abc import Callable, Collection

from django.db import connection, transaction

from contacts import clock
from webhooks import inbound, status, store
from webhooks.models import Kind, WebhookEvent

log = logging.getLogger(__name__)

# After so many failures an event waits for a person; until then the sweep tries again.
MOST_ATTEMPTS = 8
# For any one lock; closing first may wait as long once more, and both stay under Twilio's 15 s.
LONGEST_WAIT = "5s"
HANDLERS: dict[str, Callable[[WebhookEvent], None]] = {
    Kind.INBOUND: inbound.handle,
    Kind.STATUS: status.handle,
}


def handle(event: WebhookEvent) -> None:
    """Act on an event inside the caller's transaction; never raises for what the event itself contains.

    When a handler fails its savepoint is rolled back, the event stays unprocessed with its problem, and a
    STOP closes the number first.
    """
    event.attempts += 1
    if event.kind == Kind.INBOUND:
        # Outside the savepoint, whose end would lift the limit from the closing that comes after it.
        _wait_no_longer_than(LONGEST_WAIT)
    try:
        with transaction.atomic():
            HANDLERS[event.kind](event)
            event.processed_at = clock.now()
    except Exception as error:
        log.exception("webhook event %s failed", event.id)
        event.processed_at = None
        event.problem = f"{type(error).__name__}: {error}"[:500]
        if event.kind == Kind.INBOUND:
            inbound.close_first(event)
    store.done(event)


def _wait_no_longer_than(limit: str) -> None:
    """Give up on a lock before Twilio gives up on us: the event is stored, and the sweep tries again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [limit])


def replay_unprocessed(*, limit: int = 200) -> int:
    """Take up what a crash or an error left; returns how many are done now."""
    waiting = WebhookEvent.objects.filter(processed_at=None, attempts__lt=MOST_ATTEMPTS).order_by(
        "received_at"
    )
    done = 0
    for event_id in waiting.values_list("id", flat=True)[:limit]:
        with transaction.atomic():
            event = (
                WebhookEvent.objects.select_for_update(skip_locked=True)
                .filter(id=event_id, processed_at=None)
                .first()
            )
            if event is not None:
                handle(event)
                done += event.processed_at is not None
    return done


def try_given_up_again(brand_ids: Collection[uuid.UUID]) -> int:
    """Let the sweep try what it had given up on, of these brands; returns how many events that are."""
    given_up = WebhookEvent.objects.filter(
        brand_id__in=brand_ids, processed_at=None, attempts__gte=MOST_ATTEMPTS
    )
    return given_up.update(attempts=0)
