"""What carriers take from a sender in a day is never overrun by a campaign, and never keeps an answer back."""

import datetime as dt

import pytest
import time_machine
from django.db import connection

from contacts import clock
from messaging import dispatch, spend
from messaging.models import Capped, Message, Sender, SpendCap, Status
from tests.cast import Cast
from tests.messaging.test_spend import LONG, held, leaves, queue, set_cap, two_workers_leave
from tests.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "quiet")]

MIDNIGHT = dt.datetime(2026, 11, 19, 8, 0, tzinfo=dt.UTC)  # in Los Angeles


def cap(acme: Cast, most: int | None, sender: Sender | None = None) -> None:
    set_cap(acme, Capped.SENDER_DAY, (sender or acme.sender).id, most)


def spent(acme: Cast) -> int:
    found = spend.cap_of(Capped.SENDER_DAY, acme.sender.id)
    assert found is not None
    return found.spent


@pytest.mark.parametrize(("most", "leave"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 2), (6, 3)])
def test_segments_are_counted_and_what_does_not_fit_waits(acme: Cast, most: int, leave: int) -> None:
    cap(acme, most)
    queue(acme, 3, body=LONG)
    assert (leaves(acme), held("sender_spent")) == (leave, 3 - leave)


def test_it_waits_for_midnight_in_los_angeles(acme: Cast, noon: time_machine.Traveller) -> None:
    cap(acme, 1)
    queue(acme, 2)
    assert leaves(acme) == 1
    assert Message.objects.get(status=Status.HELD).due_at == MIDNIGHT
    noon.move_to(MIDNIGHT - dt.timedelta(minutes=1))
    assert spent(acme) == 1
    noon.move_to(MIDNIGHT + dt.timedelta(hours=8))
    assert spent(acme) == 0
    assert leaves(acme) == 1


@pytest.mark.parametrize("purpose", ["consent", "conversational"])
def test_answers_and_consent_replies_go_beyond_it_and_count(acme: Cast, purpose: str) -> None:
    cap(acme, 1)
    queue(acme, 1)
    assert leaves(acme) == 1
    queue(acme, 1, purpose="consent", origin="consent", origin_id=None)
    if purpose == "conversational":
        Message.objects.filter(status=Status.QUEUED).update(purpose=purpose, lane=1)
        _everybody_has_just_written()
    assert (leaves(acme), spent(acme)) == (1, 2)


def _everybody_has_just_written() -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE messaging_thread SET last_inbound_at = created_at")


def test_another_sender_has_its_own_day(acme: Cast, rival: Cast) -> None:
    cap(rival, 0)
    queue(acme, 1)
    assert leaves(acme) == 1


def test_a_text_that_twilio_did_not_take_is_given_back(acme: Cast, twilio: SimulatorProcess) -> None:
    cap(acme, 2)
    queue(acme, 2)
    twilio.fault("http_429")
    dispatch.send_batch(acme.sender, segments=200)
    assert spent(acme) == 0
    twilio.clear_faults()
    Message.objects.update(due_at=clock.now())
    dispatch.send_batch(acme.sender, segments=200)
    assert (held("sender_spent"), spent(acme)) == (0, 2)


def test_a_text_counts_on_the_day_on_which_it_leaves(acme: Cast, noon: time_machine.Traveller) -> None:
    cap(acme, 5)
    queue(acme, 1)
    assert leaves(acme) == 1
    Message.objects.update(status=Status.QUEUED, claim_id=None, lease_until=None)
    noon.move_to(MIDNIGHT + dt.timedelta(hours=10))
    assert leaves(acme) == 1
    assert spent(acme) == 1


def test_a_cap_set_in_the_middle_of_the_day_counts_what_went_before(acme: Cast) -> None:
    queue(acme, 2)
    assert leaves(acme) == 2
    cap(acme, 3)
    queue(acme, 2)
    assert (leaves(acme), held("sender_spent")) == (1, 1)
    cap(acme, None)
    assert leaves(acme) == 1


def test_what_one_cap_holds_is_not_charged_to_the_others(acme: Cast) -> None:
    cap(acme, 1)
    set_cap(acme, Capped.PROGRAM_DAY, acme.program.id, 5)
    queue(acme, 3)
    assert leaves(acme) == 1
    assert dict(SpendCap.objects.values_list("of", "spent")) == {"sender_day": 1, "program_day": 1}


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_overrun_no_senders_day(acme: Cast) -> None:
    cap(acme, 7)
    queue(acme, 40)
    assert (two_workers_leave(acme), spent(acme)) == (7, 7)
