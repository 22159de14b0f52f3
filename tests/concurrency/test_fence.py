"""A STOP landed at every yield point of the drain, on real PostgreSQL: once it is answered, no request begins.

`FENCE_SCHEDULES=5000 pytest tests/concurrency/test_fence.py` tries as many random schedules; a failure tells its seed.
"""

import datetime as dt
import os
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client

from campaigns import fill, journeys_advance, journeys_enroll, launch, leaving
from consent.models import Method
from consent.understanding import understand
from contacts import clock, reading
from contacts.models import ContactPoint
from inbox import reply
from messaging import claim, dispatch, in_flight, outbox, reconcile, throttle
from messaging.models import Message, Status
from messaging.models import Thread as Conversation
from messaging.providers import twilio
from tests import calls, cast
from tests.campaigns.conftest import campaign_of, journey_of
from tests.cast import Cast
from tests.concurrency.fence_stage import (
    BEFORE_LOCKS,
    DRAIN_PLACES,
    IN_THE_CALL,
    IN_TRANSACTION,
    OF_QUEUE,
    Dice,
    Director,
    Parking,
    Thread,
    Wire,
    put_yield_points,
)
from tests.conftest import NOON
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db(transaction=True)]

SCHEDULES = int(os.environ.get("FENCE_SCHEDULES", "40"))
# How long a STOP gets to be answered before who was held up goes on. Where it must wait, it waits longer than this.
HEAD_START_SECONDS = 0.15
# Where it need not wait; the first reply in plain words reads the grammar of every language, on a machine at its limit.
ANSWERED_WITHIN_SECONDS = 18
HANDLED = (Status.QUEUED, Status.HELD, Status.SENDING, Status.UNKNOWN)
ANSWERS = ("201", "429", "accepted, and the answer lost", "nothing arrived")


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Twilio's end, and a clock that reads noon and goes on from there."""
    wire = Wire()
    now = {"TWILIO_API_BASE_URL": wire.url, "CLOCK_OFFSET_SECONDS": (NOON - _real_now()).total_seconds()}
    short = {"POST_WITHIN_SECONDS": 0.3, "TWILIO_CONNECT_SECONDS": 0.2, "LEASE_SECONDS": 60.0}
    for name, value in (now | short | {"LOOK_UP_AFTER_SECONDS": 0.0}).items():
        monkeypatch.setattr(settings, name, value)
    monkeypatch.setattr("celery.current_app.send_task", lambda *_, **__: None)
    throttle.connection().flushdb()
    # A STOP that has to load pages and tables of words first takes longer than the requests here may wait: as in the
    # web server, they are loaded before.
    Client().get("/healthz")
    understand("warm, please stop texting me")
    put_yield_points(monkeypatch, wire)
    yield wire
    wire.stop()


@pytest.fixture
def acme(wire: Wire, transactional_db: None) -> Cast:
    return cast.acme()


def _real_now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


def by_text(acme: Cast, point: ContactPoint, body: str) -> None:
    params = calls.inbound_params(acme.sender, point.address, body)
    signature = calls.signed(calls.INBOUND, params)
    answer = Client().post(calls.INBOUND, params, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200


def by_support(acme: Cast, point: ContactPoint) -> None:
    leaving.leave_now(point, method=Method.SUPPORT, actor="user:1", evidence={})


STOPS: dict[str, Callable[[Cast, ContactPoint], None]] = {
    "STOP": lambda acme, point: by_text(acme, point, "STOP"),
    "plain words": lambda acme, point: by_text(acme, point, "please stop texting me"),
    "support": by_support,
}


def stop(acme: Cast, point: ContactPoint, wire: Wire, how: str = "STOP") -> None:
    STOPS[how](acme, point)
    wire.note("answered", point.address)


def queue(acme: Cast, *points: ContactPoint) -> None:
    # Of two same texts to one number that both get lost, nobody could tell at Twilio which is which.
    tips = [f"Grind finer, tip {uuid.uuid4().hex}" for _ in points]
    outbox.queue(
        [
            draft(acme, point, body=tip, origin_id=uuid.uuid4())
            for point, tip in zip(points, tips, strict=True)
        ]
    )


def drain(acme: Cast) -> None:
    while dispatch.send_batch(acme.sender, segments=200)[1]:
        pass


def settle(acme: Cast, wire: Wire) -> None:
    """Nobody is at work any more: let time bring what it brings, until nothing is open."""
    wire.director, wire.answers = Director(), lambda: "201"
    for _ in range(6):
        past = clock.now() - dt.timedelta(seconds=1)
        Message.objects.filter(status=Status.SENDING).update(lease_until=past)
        reconcile.settle_leases()
        reconcile.reconcile_unknown()
        Message.objects.filter(status__in=[Status.QUEUED, Status.HELD]).update(due_at=past)
        drain(acme)


def check(wire: Wire, told: str) -> None:
    late = Message.objects.filter(id__in=wire.late())
    # What people ask in words that Twilio does not know, we confirm ourselves: the one text after the answer.
    assert not late.exclude(purpose="consent").exists(), f"requests after the STOP's answer, {told}"
    assert late.count() == len({message.point_id for message in late}), f"more than one confirmation, {told}"
    doubled = [ref for ref, count in Counter(row["ref"] for row in wire.accepted).items() if count > 1]
    assert doubled == [], f"texts that Twilio has twice, {told}"
    still_open = Message.objects.filter(direction="out", status__in=HANDLED).values_list("status", "reason")
    assert list(still_open) == [], f"texts that nothing settles, {told}"


def _texts(point: ContactPoint) -> Iterator[tuple[str, str]]:
    yield from Message.objects.filter(point=point).values_list("status", "reason")


def land(acme: Cast, wire: Wire, place: str, *, how: str, answer: str = "201", waits: bool = True) -> None:
    """One drain, held up at a place; a STOP there.

    `waits`: the STOP must not be answered before the drain goes on; else it must, and the drain hangs until then.
    """
    told = f"{how} landed {place}, where Twilio's answer was {answer}"
    point = acme.person()
    queue(acme, point)
    answers = iter([answer])
    parking = Parking(place)
    wire.director, wire.answers = parking, lambda: next(answers, "201")
    worker = Thread(lambda: drain(acme))
    assert parking.reached.wait(10), f"the drain never came {place}: {worker.failure or list(_texts(point))}"
    leaver = Thread(lambda: stop(acme, point, wire, how))
    is_answered = leaver.is_over_within(HEAD_START_SECONDS if waits else ANSWERED_WITHIN_SECONDS)
    assert is_answered is not waits, f"answered: {is_answered}, {told}"
    parking.go.set()
    leaver.end()
    worker.end()
    settle(acme, wire)
    check(wire, told)


@pytest.mark.parametrize("how", STOPS)
def test_a_stop_lands_at_every_place_of_the_drain(acme: Cast, wire: Wire, how: str) -> None:
    for place in DRAIN_PLACES:
        land(acme, wire, place, how=how, waits=place not in BEFORE_LOCKS)


@pytest.mark.parametrize("answer", ANSWERS[1:])
def test_a_stop_lands_where_the_text_would_be_tried_again(acme: Cast, wire: Wire, answer: str) -> None:
    for place in (IN_THE_CALL, "before the record", "before the record's update"):
        land(acme, wire, place, how="STOP", answer=answer)


def test_a_worker_that_hung_until_the_answer_sends_nothing_any_more(acme: Cast, wire: Wire) -> None:
    for place in (each for each in DRAIN_PLACES if each not in IN_TRANSACTION):
        land(acme, wire, place, how="STOP", waits=False)


def queue_page(acme: Cast, point: ContactPoint) -> None:
    campaign = campaign_of(acme, slug=f"c-{uuid.uuid4()}")
    launch.launch(campaign.id)
    fill.fill_page(campaign.id)


def queue_by_hand(acme: Cast, point: ContactPoint) -> None:
    queue(acme, point)


def queue_answer(acme: Cast, point: ContactPoint) -> None:
    by_text(acme, point, "Which grinder do you use?")
    reply.send_reply(
        Conversation.objects.get(contact_id=point.contact_id), "A hand mill.", acme.team["agent"]
    )


def queue_step(acme: Cast, point: ContactPoint) -> None:
    journey_of(acme, waits=[dt.timedelta(0)], slug=f"j-{uuid.uuid4()}")
    acme.grant(point, ("marketing", "informational"), occurred_at=clock.now())
    journeys_enroll.enroll_joined()
    journeys_advance.advance_due()


@pytest.mark.parametrize("queueing", [queue_page, queue_by_hand, queue_answer, queue_step])
def test_a_stop_lands_where_a_text_is_queued(
    acme: Cast, wire: Wire, queueing: Callable[[Cast, ContactPoint], None]
) -> None:
    for place, _, _ in OF_QUEUE:
        point = acme.person()
        parking = Parking(place)
        wire.director = parking
        queuer = Thread(lambda point=point: queueing(acme, point))  # type: ignore[misc]
        assert parking.reached.wait(10)
        leaver = Thread(lambda point=point: stop(acme, point, wire))  # type: ignore[misc]
        leaver.is_over_within(HEAD_START_SECONDS)
        parking.go.set()
        queuer.end()
        leaver.end()
        settle(acme, wire)
        check(wire, f"landed {place}")
        assert not any(row["to"] == point.address for row in wire.accepted), place


def play(acme: Cast, wire: Wire, seed: int) -> None:
    """Two drains, a queuer and three people who leave, held up at random everywhere, with Twilio in a bad mood."""
    dice = random.Random(seed)
    people = [acme.person() for _ in range(6)]
    queue(acme, *people)
    wire.director = Dice(seed)
    wire.answers = lambda: dice.choices(ANSWERS, weights=(12, 3, 2, 1))[0]
    leavers = dice.sample(people, 5)
    hows = [dice.choice(list(STOPS)) for _ in leavers]

    def leave(part: int) -> None:
        for point, how in list(zip(leavers, hows, strict=True))[part::2]:
            stop(acme, point, wire, how)

    works: list[Callable[[], object]] = [
        lambda: drain(acme),
        lambda: drain(acme),
        lambda: queue(acme, *people),
    ]
    works += [lambda: leave(0), lambda: leave(1)]
    dice.shuffle(works)
    for thread in [Thread(work) for work in works]:
        thread.end()
    settle(acme, wire)
    check(wire, f"seed {seed}")


def test_no_random_schedule_gets_a_request_past_an_answered_stop(acme: Cast, wire: Wire) -> None:
    for seed in range(SCHEDULES):
        play(acme, wire, seed)
    stops = sum(what == "answered" for what, _, _ in wire.chronicle)
    assert stops == 5 * SCHEDULES
    assert 0 < len(wire.accepted) < 12 * SCHEDULES  # some were quicker than the STOP, and some were not


def _number_not_locked(rows: list[claim.Row]) -> dict[uuid.UUID, str]:
    return dict(
        ContactPoint.objects.filter(id__in=[row.point_id for row in rows]).values_list("id", "address")
    )


def _nothing_canceled(*_: object, **__: object) -> reading.Question[int]:
    return reading.change("SELECT 1 WHERE false", [])


@pytest.mark.parametrize("weakened", ["no lock", "no wait", "no last moment"])
def test_the_harness_finds_a_fence_that_was_weakened(
    acme: Cast, wire: Wire, monkeypatch: pytest.MonkeyPatch, weakened: str
) -> None:
    place = "before the call"
    if weakened == "no lock":
        monkeypatch.setattr(claim, "_lock_points", _number_not_locked)
        monkeypatch.setattr(outbox, "cancellation_for_point", _nothing_canceled)  # it takes the text's lock
        place = "before the claim's commit"
    elif weakened == "no wait":
        monkeypatch.setattr(in_flight, "wait", lambda *_, **__: 0)
    else:
        real = twilio.start
        monkeypatch.setattr(twilio, "start", lambda *a, **k: real(*a, **k | {"post_by": float("inf")}))
    with pytest.raises(AssertionError, match="requests after the STOP's answer"):
        land(acme, wire, place, how="STOP", waits=False)
