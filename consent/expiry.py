"""What ends by itself: an agreement on a limited basis, and a pause for a while; each end is an event."""

import datetime as dt
import uuid
from collections.abc import Callable

from django.db import transaction
from django.db.models import Q

from consent import ledger
from consent.models import Act, Method, Subscription
from consent.projection import Standing
from contacts import clock

# So many numbers are locked at once, for a few milliseconds.
PAGE = 200
MOST_PAGES = 50


def expire() -> dict[str, int]:
    """Record what has ended: agreements as `expired`, pauses as `resumed`; two at once do no harm.

    The gate refuses an agreement past its end at the moment itself. A pause holds until its end is recorded here, so
    that whatever is late is late on the quiet side.
    """
    return {
        "expired": _each("expires_at", _expiry),
        "resumed": _each("paused_until", _resumption),
    }


def _each(column: str, entry_of: Callable[[Subscription, Standing, dt.datetime], ledger.Entry]) -> int:
    recorded = 0
    for _ in range(MOST_PAGES):
        now = clock.now()
        due = Subscription.objects.filter(**{f"{column}__lte": now}).order_by(column)
        ids = list(due.values_list("id", "point_id")[:PAGE])
        if not ids:
            break
        recorded += _record(ids, Q(**{f"{column}__lte": now}), entry_of, now)
    return recorded


def _record(
    ids: list[tuple[int, uuid.UUID]],
    is_due: Q,
    entry_of: Callable[[Subscription, Standing, dt.datetime], ledger.Entry],
    now: dt.datetime,
) -> int:
    """Lock the numbers, look again, and record what is due still."""
    with transaction.atomic():
        ledger.lock_points({point_id for _, point_id in ids})
        rows = Subscription.objects.filter(is_due, id__in=[row_id for row_id, _ in ids])
        return len(ledger.record_many([entry_of(row, ledger.standing_of(row), now) for row in rows]))


def _expiry(row: Subscription, standing: Standing, now: dt.datetime) -> ledger.Entry:
    ended = {
        key: term for key, term in standing.terms.items() if term.until is not None and term.until <= now
    }
    ends = [term.until for term in ended.values() if term.until is not None]
    return _entry(row, Act.EXPIRED, max(ends), purposes=tuple(sorted(ended)))


def _resumption(row: Subscription, standing: Standing, now: dt.datetime) -> ledger.Entry:
    return _entry(row, Act.RESUMED, standing.paused_until or now)


def _entry(
    row: Subscription, act: Act, ended_at: dt.datetime, *, purposes: tuple[str, ...] = ()
) -> ledger.Entry:
    return ledger.Entry(
        point_id=row.point_id,
        contact_id=row.contact_id,
        program_id=row.program_id,
        act=act,
        method=Method.SYSTEM,
        actor="system",
        purposes=purposes,
        occurred_at=ended_at,
    )
