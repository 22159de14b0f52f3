"""Rebuild the projection from the ledger, or check that the two agree."""

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import transaction

from consent import history, ledger
from consent.models import ConsentEvent, Subscription
from contacts.models import ContactPoint

POINTS_AT_ONCE = 500

# `_meta` is Django's documented way to a model's fields.
_COLUMNS = tuple(field.attname for field in Subscription._meta.concrete_fields if not field.primary_key)


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """A subscription that is not what the ledger says. None: there is no such row on that side."""

    point_id: uuid.UUID
    program_id: uuid.UUID | None
    stored: Subscription | None
    rebuilt: Subscription | None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that differ; all of them when one side has no row."""
        return tuple(name for name in _COLUMNS if _value(self.stored, name) != _value(self.rebuilt, name))


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """One step of a rebuild: how many points and rows it looked at, and what was wrong."""

    points: int
    subscriptions: int
    differences: tuple[Difference, ...]


def rebuild(*, brand_id: uuid.UUID | None = None, is_check: bool = False) -> Iterator[Progress]:
    """Compare every subscription with the ledger and, unless it is only a check, put it right.

    1. Walk the contact points in the order of their ids, 500 at once: memory does not grow.
    2. Replay their events and compare, without locks: consent goes on being recorded meanwhile.
    3. Look again at the points that differ under their locks; what differs still is wrong, and is replaced.
    """
    after: uuid.UUID | None = None
    while point_ids := _next_points(brand_id, after):
        after = point_ids[-1]
        count, suspects = _compare(point_ids)
        yield Progress(
            len(point_ids), count, _settle({each.point_id for each in suspects}, is_check=is_check)
        )


def _next_points(brand_id: uuid.UUID | None, after: uuid.UUID | None) -> list[uuid.UUID]:
    points = ContactPoint.objects.order_by("id")
    if brand_id:
        points = points.filter(brand_id=brand_id)
    if after:
        points = points.filter(id__gt=after)
    return list(points.values_list("id", flat=True)[:POINTS_AT_ONCE])


def _compare(point_ids: Sequence[uuid.UUID]) -> tuple[int, list[Difference]]:
    """How many subscriptions these points have, and which are not what their events say."""
    events: defaultdict[uuid.UUID, list[ConsentEvent]] = defaultdict(list)
    for event in ConsentEvent.objects.filter(point_id__in=point_ids).order_by("point_id", "seq"):
        events[event.point_id].append(event)
    rebuilt = {
        (point_id, program_id): row
        for point_id, happened in events.items()
        for program_id, row in history.replay(happened).items()
    }
    stored = {
        (row.point_id, row.program_id): row for row in Subscription.objects.filter(point_id__in=point_ids)
    }
    differences = [
        Difference(
            point_id, program_id, stored.get((point_id, program_id)), rebuilt.get((point_id, program_id))
        )
        for point_id, program_id in rebuilt | stored
    ]
    return len(stored), [each for each in differences if each.columns]


@transaction.atomic
def _settle(point_ids: set[uuid.UUID], *, is_check: bool) -> tuple[Difference, ...]:
    if not point_ids:
        return ()
    ledger.lock_points(point_ids)
    _, differences = _compare(sorted(point_ids))
    if not is_check:
        Subscription.objects.filter(id__in=[each.stored.id for each in differences if each.stored]).delete()
        Subscription.objects.bulk_create([each.rebuilt for each in differences if each.rebuilt])
    return tuple(differences)


def _value(row: Subscription | None, name: str) -> Any:
    return getattr(row, name) if row is not None else None
