"""Who looked at whose data: the only writer of `Access`."""

import datetime as dt
import uuid
from functools import partial
from typing import Any

from django.db import transaction

from consent.models import Access
from contacts import clock

# Opening the same page of the same person again within this time is still the same look.
SAME_LOOK = dt.timedelta(minutes=10)


def look(user: Any, page: str, *, brand_id: uuid.UUID, contact_id: uuid.UUID) -> None:
    """Record that a team member opened a page about a person; `page` names it, e.g. "thread"."""
    transaction.on_commit(partial(_look, user.pk, page, brand_id, contact_id))


def record(
    user: Any, page: str, *, brand_id: uuid.UUID, contact_id: uuid.UUID | None = None, detail: str = ""
) -> None:
    """Record a search, an export, or whatever else shows people; `user` is None for a command.

    `detail` holds no personal data. The row is written when the caller's transaction ends, because an auditor's page
    runs in one that the database keeps from writing; and before the answer leaves, so that nothing is shown that is
    not on record.
    """
    transaction.on_commit(partial(_write, user.pk if user else None, page, brand_id, contact_id, detail))


def _look(user_id: int, page: str, brand_id: uuid.UUID, contact_id: uuid.UUID) -> None:
    lately = Access.objects.filter(
        brand_id=brand_id, contact_id=contact_id, at__gt=clock.now() - SAME_LOOK, user=user_id, page=page
    )
    if not lately.exists():
        _write(user_id, page, brand_id, contact_id, "")


def _write(
    user_id: int | None, page: str, brand_id: uuid.UUID, contact_id: uuid.UUID | None, detail: str
) -> None:
    Access.objects.create(
        brand_id=brand_id,
        user_id=user_id,
        at=clock.now(),
        page=page,
        contact_id=contact_id,
        detail=detail[:200],
    )
