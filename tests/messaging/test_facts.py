"""How far back the texts are read that a number got."""

import datetime as dt
import uuid
from typing import Any

import pytest

from consent import preferences
from contacts import clock
from contacts.models import ContactPoint
from messaging import facts, outbox
from messaging.models import Message
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)


def got(acme: Cast, point: ContactPoint, ago: dt.timedelta, *, status: str = "delivered") -> dt.datetime:
    """A marketing text that was handed off so long ago, or (unknown) was claimed then."""
    draft = outbox.Draft(
        brand_id=acme.brand.id, contact_id=point.contact_id, point_id=point.id, sender_id=acme.sender.id,
        program_id=acme.program.id, purpose="marketing", value="know_how", body="Grind finer.", origin="campaign",
        origin_id=uuid.uuid4(),
    )  # fmt: skip
    [message_id] = outbox.queue([draft])
    at = clock.now() - ago
    handed_off_at = None if status == "unknown" else at
    Message.objects.filter(id=message_id).update(status=status, handed_off_at=handed_off_at, settled_at=at)
    return at


def recent(acme: Cast, *points: ContactPoint) -> dict[uuid.UUID, tuple[dt.datetime, ...]]:
    return facts.recent_marketing({acme.brand.id}, {point.id for point in points}, now=clock.now())


def test_a_week_is_read_for_who_asked_for_fewer_and_a_day_for_others(acme: Cast) -> None:
    maria, tom = acme.person(), acme.person()
    preferences.fewer(maria, acme.program, evidence={})
    for point in (maria, tom):
        old, edge, young = (got(acme, point, ago) for ago in (8 * DAY, 7 * DAY - TICK, 2 * DAY))
        today = got(acme, point, DAY - TICK)
        assert old < edge < young < today
    assert recent(acme, maria, tom) == {
        maria.id: tuple(clock.now() - ago for ago in (7 * DAY - TICK, 2 * DAY, DAY - TICK)),
        tom.id: (clock.now() - DAY + TICK,),
    }


def test_a_text_at_the_edge_of_the_day_is_counted_once(acme: Cast) -> None:
    maria = acme.person()
    preferences.fewer(maria, acme.program, evidence={})
    at = got(acme, maria, DAY)
    assert recent(acme, maria) == {maria.id: (at,)}


def test_a_text_of_unknown_outcome_counts_as_long_as_the_others(acme: Cast) -> None:
    maria, tom = acme.person(), acme.person()
    preferences.fewer(maria, acme.program, evidence={})
    at = got(acme, maria, 3 * DAY, status="unknown")
    got(acme, tom, 3 * DAY, status="unknown")
    assert recent(acme, maria, tom) == {maria.id: (at,)}


def test_it_is_one_query_whoever_asked_for_fewer(acme: Cast, django_assert_num_queries: Any) -> None:
    people = [acme.person() for _ in range(3)]
    for point in people:
        preferences.fewer(point, acme.program, evidence={})
    with django_assert_num_queries(1):
        recent(acme, *people)
