"""Giving tree heads to witnesses outside, so that history cannot be rewritten unnoticed."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Subquery

from consent import witness_ways
from consent.models import HeadDelivery, HeadWitness, TreeHead
from contacts import clock

# From one try to the next; the last figure repeats. The first is longer than a delivery can take.
WAITS = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 360))
MOST_IN_ONE_RUN = 50


def publish() -> int:
    """Give every witness the newest head when its time has come; returns how many were delivered.

    1. Queue a delivery for each witness that is due one.
    2. Claim one due delivery at a time, commit, and hand it over with no transaction open.
    3. Record the outcome. A delivery that failed is due again later; its witness gets no other meanwhile.
    """
    queue_due()
    delivered = 0
    for _ in range(MOST_IN_ONE_RUN):
        delivery = _claim()
        if delivery is None:
            break
        delivered += _hand_over(delivery)
    return delivered


def queue_due() -> int:
    """Queue the newest head for each witness that waits for none and had its last one long enough ago.

    Two workers at once queue it once (`head_delivered_once`). Should a head be signed just between their two looks,
    a witness gets two within its hours, which does no harm.
    """
    now = clock.now()
    newest = TreeHead.objects.filter(brand=OuterRef("brand")).order_by("-size", "-signed_at", "-id")
    theirs = HeadDelivery.objects.filter(witness=OuterRef("pk"))
    waiting = (
        HeadWitness.objects.filter(stopped_at=None)
        .annotate(newest=Subquery(newest.values("pk")[:1]), last_at=Max("deliveries__created_at"))
        .exclude(newest=None)
        .exclude(Exists(theirs.filter(delivered_at=None)))
        .exclude(Exists(theirs.filter(head=OuterRef("newest"))))
    )
    due = [
        HeadDelivery(head_id=witness.newest, witness=witness, created_at=now, due_at=now)
        for witness in waiting
        if witness.last_at is None or witness.last_at + dt.timedelta(hours=witness.every_hours) <= now
    ]
    HeadDelivery.objects.bulk_create(due, ignore_conflicts=True)
    return len(due)


def _claim() -> HeadDelivery | None:
    """The delivery that has waited longest. Its next try is fixed before it is made, so that a crash is no end."""
    now = clock.now()
    with transaction.atomic():
        delivery = (
            HeadDelivery.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("witness", "head__key", "head__brand")
            .filter(delivered_at=None, due_at__lte=now, witness__stopped_at=None)
            .order_by("due_at", "id")
            .first()
        )
        if delivery is None:
            return None
        delivery.attempts += 1
        delivery.due_at = now + WAITS[min(delivery.attempts, len(WAITS)) - 1]
        delivery.save(update_fields=["attempts", "due_at"])
    return delivery


def _hand_over(delivery: HeadDelivery) -> bool:
    try:
        witness_ways.deliver(delivery.witness, delivery.head)
    except witness_ways.Undelivered as problem:
        delivery.problem = str(problem)[:300]
    else:
        delivery.problem, delivery.delivered_at = "", clock.now()
    delivery.save(update_fields=["problem", "delivered_at"])
    return delivery.delivered_at is not None
