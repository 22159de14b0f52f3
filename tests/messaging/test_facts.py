"""What the gate is told of a number's past and of a conversation: how far back, and in how many queries."""

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection

from consent.asking import Got
from contacts import clock
from contacts.models import ContactPoint
from messaging import facts, likeness, outbox
from messaging.facts import Talk
from messaging.models import Message, Thread
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)


def got(
    acme: Cast,
    point: ContactPoint,
    ago: dt.timedelta,
    *,
    status: str = "delivered",
    purpose: str = "marketing",
    value: str = "know_how",
    body: str = "Grind finer.",
) -> Got:
    """A text that was handed off so long ago, or (unknown) was claimed then."""
    draft = outbox.Draft(
        brand_id=acme.brand.id, contact_id=point.contact_id, point_id=point.id, sender_id=acme.sender.id,
        program_id=acme.program.id, purpose=purpose, value=value, body=body, origin="campaign",
        origin_id=uuid.uuid4(),
    )  # fmt: skip
    [message_id] = outbox.queue([draft])
    at = clock.now() - ago
    handed_off_at = None if status in {"unknown", "refused"} else at
    Message.objects.filter(id=message_id).update(status=status, handed_off_at=handed_off_at, settled_at=at)
    return Got(at, value, likeness.of(body))


def recent(acme: Cast, *points: ContactPoint) -> dict[uuid.UUID, tuple[Got, ...]]:
    return facts.recent_marketing({(acme.brand.id, point.id) for point in points}, now=clock.now())


def test_each_number_has_its_own_texts_oldest_first_with_what_they_brought(acme: Cast) -> None:
    maria, tom, ann = acme.person(), acme.person(), acme.person()
    offer = got(acme, maria, DAY + TICK, value="offer", body="20% off")
    tip = got(acme, maria, 80 * DAY)
    his = got(acme, tom, DAY)
    assert recent(acme, maria, tom, ann) == {maria.id: (tip, offer), tom.id: (his,)}


def test_all_of_ninety_days_are_read_and_the_dozen_before(acme: Cast) -> None:
    maria = acme.person()
    within = [got(acme, maria, ago) for ago in (90 * DAY - TICK, 89 * DAY, 50 * DAY, *[DAY] * 14)]
    before = [got(acme, maria, (90 + ago) * DAY) for ago in range(14)]
    assert recent(acme, maria)[maria.id] == (*reversed(before[:12]), *within)


def test_a_text_of_unknown_outcome_counts_from_its_claim(acme: Cast) -> None:
    maria = acme.person()
    unknown, older = got(acme, maria, 3 * DAY, status="unknown"), got(acme, maria, 4 * DAY)
    got(acme, maria, 90 * DAY, status="unknown")
    assert recent(acme, maria) == {maria.id: (older, unknown)}


def test_what_never_left_and_what_is_no_marketing_does_not_count(acme: Cast) -> None:
    maria = acme.person(agrees_to=("marketing", "informational"))
    got(acme, maria, DAY, status="refused")
    got(acme, maria, DAY, purpose="informational")
    assert recent(acme, maria) == {}


def test_another_brand_knows_nothing_of_it(acme: Cast, rival: Cast) -> None:
    maria = acme.person()
    got(acme, maria, DAY)
    assert recent(rival, maria) == {}
    assert facts.talks({(rival.brand.id, maria.contact_id)}) == {}


def test_the_talk_of_each_person_is_told(acme: Cast) -> None:
    maria, tom, ann = acme.person(), acme.person(), acme.person()
    heard, replied = clock.now() - TICK, clock.now() - 2 * TICK
    for point, fields in (
        (maria, {"last_inbound_at": heard, "waiting_since": heard, "mood": "sad"}),
        (tom, {"last_inbound_at": heard, "last_reply_at": replied}),
    ):
        Thread.objects.create(brand=acme.brand, contact=point.contact, created_at=clock.now(), **fields)
    people = {(acme.brand.id, point.contact_id) for point in (maria, tom, ann)}
    assert facts.talks(people) == {
        maria.contact_id: Talk(heard, None, True, "sad"),
        tom.contact_id: Talk(heard, replied, False, ""),
    }


def test_the_past_is_one_query_and_the_talks_are_one_however_many_people(
    acme: Cast, django_assert_num_queries: Any
) -> None:
    people = [acme.person() for _ in range(3)]
    for point in people:
        got(acme, point, DAY)
    with django_assert_num_queries(1):
        recent(acme, *people)
    with django_assert_num_queries(1):
        facts.talks({(acme.brand.id, point.contact_id) for point in people})


def test_the_past_is_found_in_the_index_of_the_number(acme: Cast) -> None:
    maria, *others = (acme.person() for _ in range(4))
    for point in (maria, *others):
        for days in range(1, 61):
            got(acme, point, days * DAY)
    with connection.cursor() as cursor:
        # Where each has a few texts, the planner takes any index for as good.
        cursor.execute("ANALYZE messaging_message")
        cursor.execute("SET LOCAL enable_seqscan = off")
        now = clock.now()
        cursor.execute(f"EXPLAIN {facts._RECENT}", [now, now, 12, now, [acme.brand.id], [maria.id]])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert plan.count("message_frequency") >= 3, plan
    assert "Seq Scan on messaging_message" not in plan
