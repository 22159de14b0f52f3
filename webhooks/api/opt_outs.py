"""An opt-out that a brand's own system tells: the same closing, and the same fence, as a STOP."""

import uuid
from typing import Any

from campaigns import leaving
from consent import suppressions
from consent.models import Method, Subscription
from contacts import clock, points
from contacts.models import ApiKey, ContactPoint
from messaging import in_flight
from webhooks.api.reading import OptOut

LONGEST_ACTOR = 60


def take(told: OptOut, key: ApiKey) -> dict[str, Any]:
    """Close the number (or leave the program) and wait until nothing more reaches Twilio; the answer, JSON-ready.

    A number we never heard of is recorded too: it is closed before it ever joins. One of an erased person is
    never texted anyway, and stays unknown, unless they have texted us since. Telling it again records nothing and
    waits all the same.
    """
    brand_id = key.brand_id
    if _is_nobody(brand_id, told):
        return _answer(told, is_new=False, in_flight_now=0)
    point = points.known_or_new(brand_id, channel=told.channel, address=told.address, country=told.country)
    if _is_closed(point, told):
        return _answer(told, is_new=False, in_flight_now=in_flight.wait([point.id], closed_since=clock.now()))
    left = leaving.leave_now(
        point,
        method=Method.API,
        actor=f"api:{key.name}"[:LONGEST_ACTOR],
        evidence={"why": told.reason, "key": str(key.id)},
        program=told.program,
        said_at=told.occurred_at,
    )
    return _answer(told, is_new=left.was_open, in_flight_now=left.in_flight)


def _is_nobody(brand_id: uuid.UUID, told: OptOut) -> bool:
    known = ContactPoint.objects.filter(brand_id=brand_id, channel=told.channel, address=told.address)
    return not known.exists() and bool(suppressions.is_suppressed(brand_id, [(told.channel, told.address)]))


def _is_closed(point: ContactPoint, told: OptOut) -> bool:
    row = Subscription.objects.filter(brand_id=point.brand_id, point=point, program=told.program).first()
    return row is not None and bool(row.closed_by)


def _answer(told: OptOut, *, is_new: bool, in_flight_now: int) -> dict[str, Any]:
    return {
        "result": "closed" if is_new else "already_closed",
        "channel": told.channel,
        "address": told.address,
        "program": told.program.slug if told.program else None,
        "in_flight": in_flight_now,
    }
