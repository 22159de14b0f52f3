"""A spend cap is never overrun: what would go beyond it waits, until it is raised or the day is over."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import TestCase

from contacts import clock
from messaging import claim, outbox, spend
from messaging.models import Capped, Lane, Message, SpendCap, Status
from tests.cast import Cast
from tests.connections import in_two_connections
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "quiet")]

CAMPAIGN = uuid.UUID(int=1)
LONG = "x" * 161 + " Acme, STOP to end"  # two segments


def queue(acme: Cast, people: int, **fields: object) -> None:
    outbox.queue([draft(acme, acme.person(), **fields) for _ in range(people)])


def leaves(acme: Cast) -> int:
    return len(claim.claim(acme.sender, segments=1000, limit=1000, lanes=tuple(Lane)).outgoing)


def two_workers_leave(acme: Cast) -> int:
    """How many texts two workers, each at its own claims, let leave."""
    left: list[int] = []

    def work() -> None:
        left.extend(len(claim.claim(acme.sender, segments=5, limit=5).outgoing) for _ in range(4))

    in_two_connections(work)
    return sum(left)


def set_cap(acme: Cast, of: Capped, of_id: uuid.UUID, most: int | None) -> None:
    """A cap as it is once its transaction has committed."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        spend.set_cap(acme.brand, of, of_id, most)


def cap_campaign(acme: Cast, most: int | None) -> None:
    set_cap(acme, Capped.CAMPAIGN, CAMPAIGN, most)


def cap_day(acme: Cast, most: int | None) -> None:
    set_cap(acme, Capped.PROGRAM_DAY, acme.program.id, most)


def held(reason: str) -> int:
    return Message.objects.filter(status=Status.HELD, reason=reason).count()


@pytest.mark.parametrize(("most", "leave"), [(1, 0), (2, 1), (3, 1), (4, 2), (6, 3)])
def test_segments_are_counted_and_what_does_not_fit_waits(acme: Cast, most: int, leave: int) -> None:
    cap_campaign(acme, most)
    queue(acme, 3, body=LONG)
    assert (leaves(acme), held("campaign_spent")) == (leave, 3 - leave)


def test_another_campaign_and_an_answer_are_not_kept_back(acme: Cast) -> None:
    cap_campaign(acme, 0)
    queue(acme, 1)
    queue(acme, 1, origin_id=uuid.UUID(int=2))
    queue(acme, 1, origin="consent", origin_id=uuid.UUID(int=3), purpose="consent")
    assert (leaves(acme), held("campaign_spent")) == (2, 1)


def test_a_raised_cap_lets_the_rest_go(acme: Cast) -> None:
    cap_campaign(acme, 1)
    queue(acme, 3)
    assert (leaves(acme), leaves(acme)) == (1, 0)
    cap_campaign(acme, 2)
    assert (leaves(acme), held("campaign_spent")) == (1, 1)
    cap_campaign(acme, None)
    assert leaves(acme) == 1


def test_what_waits_is_judged_anew_only_once_the_new_cap_has_committed(acme: Cast) -> None:
    """A claim holds what waits while it waits for the cap: to change both in one transaction could wait for it."""
    cap_day(acme, 0)
    queue(acme, 1)
    assert leaves(acme) == 0
    tomorrow = Message.objects.get().due_at
    with TestCase.captureOnCommitCallbacks(execute=True):
        spend.set_cap(acme.brand, Capped.PROGRAM_DAY, acme.program.id, 1)
        assert Message.objects.get().due_at == tomorrow
    assert Message.objects.get().due_at == clock.now()


def test_a_cap_set_in_the_middle_counts_what_went_before(acme: Cast) -> None:
    queue(acme, 2)
    assert leaves(acme) == 2
    cap_campaign(acme, 3)
    queue(acme, 2)
    assert leaves(acme) == 1


def test_a_text_that_came_back_is_not_charged_twice(acme: Cast) -> None:
    cap_campaign(acme, 1)
    queue(acme, 1)
    assert leaves(acme) == 1
    Message.objects.update(status=Status.QUEUED, claim_id=None, lease_until=None)
    assert leaves(acme) == 1
    assert SpendCap.objects.get().spent == 1


def test_a_programs_day_is_over_at_the_brands_midnight(acme: Cast, noon: time_machine.Traveller) -> None:
    cap_day(acme, 1)
    queue(acme, 2)
    assert (leaves(acme), held("day_spent")) == (1, 1)
    waiting = Message.objects.get(status=Status.HELD)
    assert waiting.due_at == dt.datetime(2026, 11, 19, 5, 0, tzinfo=dt.UTC)  # midnight in New York
    noon.move_to(dt.datetime(2026, 11, 19, 4, 59, tzinfo=dt.UTC))
    assert spend.cap_of(Capped.PROGRAM_DAY, acme.program.id).spent == 1  # type: ignore[union-attr]
    noon.move_to(dt.datetime(2026, 11, 19, 18, 0, tzinfo=dt.UTC))
    assert spend.cap_of(Capped.PROGRAM_DAY, acme.program.id).spent == 0  # type: ignore[union-attr]
    assert leaves(acme) == 1


def test_both_caps_hold_and_a_text_that_one_holds_is_not_charged_to_the_other(acme: Cast) -> None:
    cap_campaign(acme, 1)
    cap_day(acme, 5)
    queue(acme, 3)
    assert leaves(acme) == 1
    assert dict(SpendCap.objects.values_list("of", "spent")) == {"campaign": 1, "program_day": 1}


def test_a_text_the_gate_refuses_costs_nothing(acme: Cast) -> None:
    cap_campaign(acme, 1)
    queue(acme, 1)
    acme.stop(acme.person())
    acme.stop(Message.objects.get().point)
    assert leaves(acme) == 0
    assert SpendCap.objects.get().spent == 0


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_spend_no_more_than_one(acme: Cast) -> None:
    cap_campaign(acme, 7)
    queue(acme, 40)
    assert (two_workers_leave(acme), SpendCap.objects.get().spent) == (7, 7)
