"""What the team does about a person's wish to leave: after a look at their words, or when told by mail or call."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import transaction

from campaigns import leaving
from consent import ledger
from consent.models import Act, Method, Program, Subscription
from contacts import clock
from contacts.models import Contact, ContactPoint
from messaging import in_flight
from messaging.models import Direction, Message, Thread

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHORTEST_WORDS = 5
LONGEST = 2000
TOLD_BY = {
    "mail": "a mail",
    "call": "a call",
    "letter": "a letter",
    "chat": "a chat elsewhere",
    "in_person": "in person",
}


class CannotRecord(ValueError):
    """What is missing in what somebody told support; `field` names it."""

    def __init__(self, words: str, field: str) -> None:
        super().__init__(words)
        self.field = field


def close_number(thread: Thread, user: "User", *, reason: str = "") -> int:
    """Close every number of the thread's person to the whole brand; returns how many were still open.

    The evidence is what they last wrote, and the `reason` that the agent gives. Like a STOP, it returns when no
    request for these numbers can reach Twilio any more; not for use inside a transaction.
    """
    evidence = _last_said(thread) | ({"reason": reason.strip()[:LONGEST]} if reason.strip() else {})
    points = list(_points(thread.contact))
    return _close(points, method=Method.AGENT, user=user, evidence=evidence)


def told_support(
    contact: Contact,
    user: "User",
    *,
    by: str,
    said_at: dt.datetime,
    words: str,
    reference: str = "",
    program: Program | None = None,
) -> int:
    """Record that a person told support to leave, and close their numbers (or leave the program); how many were open.

    `by` is a key of TOLD_BY; `said_at` (aware UTC) when they said it; `words` what they said; `reference` where it
    can be seen (a ticket). Waits as `close_number` does. Raises CannotRecord, naming the field.
    """
    if by not in TOLD_BY:
        raise CannotRecord("Say how it reached you.", "by")
    if said_at > clock.now():
        raise CannotRecord("This lies in the future.", "said_at")
    if len(words.strip()) < SHORTEST_WORDS:
        raise CannotRecord("Say what they asked for, in their words.", "words")
    if program is not None and program.brand_id != contact.brand_id:
        raise CannotRecord("Choose a program of the same brand.", "program")
    evidence = {
        "where": TOLD_BY[by],
        "words": words.strip()[:LONGEST],
        "reference": reference.strip()[:LONGEST],
    }
    points = list(_points(contact))
    return _close(
        points, method=Method.SUPPORT, user=user, evidence=evidence, program=program, said_at=said_at
    )


def release_hold(thread: Thread, user: "User") -> int:
    """Let automatic texts go on where they were held for a person to look; a closed number stays closed.

    Returns how many numbers were released.
    """
    held = Subscription.objects.filter(
        brand_id=thread.brand_id, point__contact=thread.contact_id, program=None
    ).exclude(held_by=[])
    evidence = _last_said(thread)
    entries = [
        ledger.Entry(
            point_id=row.point_id,
            act=Act.RELEASED,
            method=Method.AGENT,
            actor=f"user:{user.pk}",
            evidence=evidence,
        )
        for row in held
    ]
    ledger.record_many(entries)
    return len(entries)


def _close(
    points: list[ContactPoint],
    *,
    method: Method,
    user: "User",
    evidence: dict[str, Any],
    program: Program | None = None,
    said_at: dt.datetime | None = None,
) -> int:
    """All of a person's numbers or none; what is closed already is left as it is."""
    since = clock.now()
    place = Subscription.objects.filter(program=program).exclude(closed_by=[])
    with transaction.atomic():
        ledger.lock_points({point.id for point in points})
        closed = set(place.filter(point__in=points).values_list("point_id", flat=True))
        still_open = [point for point in points if point.id not in closed]
        for point in still_open:
            leaving.leave(
                point,
                method=method,
                actor=f"user:{user.pk}",
                evidence=evidence,
                program=program,
                said_at=said_at,
            )
    in_flight.wait([point.id for point in points], closed_since=since)
    return len(still_open)


def _points(contact: Contact) -> Any:
    return ContactPoint.objects.filter(brand_id=contact.brand_id, contact=contact).order_by("id")


def _last_said(thread: Thread) -> dict[str, Any]:
    said = (
        Message.objects.filter(brand_id=thread.brand_id, thread_id=thread.id, direction=Direction.IN)
        .order_by("-created_at")
        .first()
    )
    return {"message": str(said.id), "text": said.body} if said else {"why": "asked of the team"}
