"""A person has looked at a text that may have meant "stop": they close the number, or release the hold."""

from typing import TYPE_CHECKING

from django.db import transaction

from campaigns import journeys
from consent import ledger
from consent.models import Act, Method, Subscription
from consent.reasons import Reason
from contacts.models import ContactPoint
from messaging import outbox
from messaging.models import Direction, Message, Thread

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def close_number(thread: Thread, user: "User") -> int:
    """Close every number of the thread's person to the whole brand; returns how many were still open.

    1. Record the closing, by whom and on which words of theirs.
    2. Cancel what waits for the number and end its journeys, in the same transaction.
    """
    closed = 0
    with transaction.atomic():
        for point in _open_points(thread):
            ledger.record(_entry(point, Act.REVOKED, thread, user))
            outbox.cancel_for_point(thread.brand_id, point.id, reason=Reason.NUMBER_CLOSED)
            journeys.leave(thread.brand_id, point.id)
            closed += 1
    return closed


def release_hold(thread: Thread, user: "User") -> int:
    """Let automatic texts go on where they were held for a person to look; a closed number stays closed.

    Returns how many numbers were released.
    """
    held = Subscription.objects.filter(
        brand_id=thread.brand_id, point__contact=thread.contact_id, program=None
    ).exclude(held_by=[])
    with transaction.atomic():
        entries = [_entry(row.point, Act.RELEASED, thread, user) for row in held.select_related("point")]
        ledger.record_many(entries)
    return len(entries)


def _open_points(thread: Thread) -> list[ContactPoint]:
    closed = Subscription.objects.filter(brand_id=thread.brand_id, program=None).exclude(closed_by=[])
    points = ContactPoint.objects.filter(brand_id=thread.brand_id, contact=thread.contact_id)
    return list(
        points.exclude(id__in=closed.filter(point__contact=thread.contact_id).values("point_id")).order_by(
            "id"
        )
    )


def _entry(point: ContactPoint, act: Act, thread: Thread, user: "User") -> ledger.Entry:
    said = (
        Message.objects.filter(brand_id=thread.brand_id, thread_id=thread.id, direction=Direction.IN)
        .order_by("-created_at")
        .first()
    )
    evidence = {"message": str(said.id), "text": said.body} if said else {"why": "asked of the team"}
    return ledger.Entry(
        point_id=point.id, act=act, method=Method.AGENT, actor=f"user:{user.pk}", evidence=evidence
    )
