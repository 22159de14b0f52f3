"""From a trusted request to what it changes: stored and acted on in one transaction, of a failure nothing remains."""

import logging
import uuid
from collections.abc import Callable, Collection

from django.db import transaction

from contacts import clock
from webhooks import inbound, status, store
from webhooks.models import Kind, WebhookEvent

log = logging.getLogger(__name__)

# After so many failures an event waits for a person; until then the sweep tries again.
MOST_ATTEMPTS = 8
# For any one lock; closing first may wait as long once more, and both stay under Twilio's 15 s. Only a repeat waits
# longer, for the one that came before it.
LONGEST_WAIT = "5s"
HANDLERS: dict[str, Callable[[WebhookEvent], None]] = {
    Kind.INBOUND: inbound.handle,
    Kind.STATUS: status.handle,
}


def take(event: WebhookEvent) -> tuple[WebhookEvent, bool]:
    """Store an event and act on it: as it is kept then, and whether it was new, or closed its number only now.

    Never raises for what the event itself contains. When its handler fails, all of that is rolled back; the event is
    stored with its problem, for the sweep to try again, and a STOP closes the number first.
    """
    kept = event
    try:
        with transaction.atomic():
            kept, is_new = store.store(event, wait_for_locks=LONGEST_WAIT)
            # A repeat may be here because the first one failed.
            if kept.processed_at is None:
                _act(kept)
            if not is_new and inbound.close_if_told_now(kept, event):
                store.done(kept)
                is_new = True
    except Exception as error:
        log.exception("webhook event of %s failed", kept.provider_sid)
        return _note_failure(kept, error)
    return kept, is_new


def _act(event: WebhookEvent) -> None:
    HANDLERS[event.kind](event)
    event.processed_at = clock.now()
    event.attempts += 1
    store.done(event)


def _note_failure(failed: WebhookEvent, error: Exception) -> tuple[WebhookEvent, bool]:
    """Store what failed, for good. Of what its handler found out only the brand is kept: whose people may see it."""
    failed.processed_at, failed.attempts, failed.closed_points = None, 0, []
    with transaction.atomic():
        kept, is_new = store.store(failed, wait_for_locks=LONGEST_WAIT)
        if kept.processed_at is None:
            kept.brand_id = kept.brand_id or failed.brand_id
            kept.attempts += 1
            kept.problem = f"{type(error).__name__}: {error}"[:500]
            if kept.kind == Kind.INBOUND:
                inbound.close_first(kept)
            store.done(kept)
    return kept, is_new


def replay_unprocessed(*, limit: int = 200) -> int:
    """Take up what a crash or an error left; returns how many are done now."""
    waiting = WebhookEvent.objects.filter(processed_at=None, attempts__lt=MOST_ATTEMPTS).order_by(
        "received_at"
    )
    return sum(map(_replay, waiting.values_list("id", flat=True)[:limit]))


def _replay(event_id: uuid.UUID) -> bool:
    """Try an event again, unless somebody else is at it; whether it is done now."""
    with transaction.atomic():
        rows = WebhookEvent.objects.select_for_update(skip_locked=True)
        event = rows.filter(id=event_id, processed_at=None).first()
    return event is not None and take(event)[0].processed_at is not None


def try_given_up_again(brand_ids: Collection[uuid.UUID]) -> int:
    """Let the sweep try what it had given up on, of these brands; returns how many events that are."""
    given_up = WebhookEvent.objects.filter(
        brand_id__in=brand_ids, processed_at=None, attempts__gte=MOST_ATTEMPTS
    )
    return given_up.update(attempts=0)
