"""Senders share what there is: Twilio's "too much" is heeded, and nobody waits for another one's slow account."""

import threading
import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings

from messaging import dispatch, secrets, throttle
from messaging.models import Account, Message, Sender, Status
from tests.cast import Cast
from tests.concurrency.fence_stage import IN_THE_CALL, Parking, Wire
from tests.messaging.test_dispatch import queue, send
from tests.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]

ACCOUNT = uuid.UUID(int=7)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    wire = Wire()
    monkeypatch.setattr(settings, "TWILIO_API_BASE_URL", wire.url)
    throttle.connection().flushdb()
    yield wire
    wire.stop()


@pytest.fixture
def kicks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The drains that were called again."""
    called: list[str] = []
    monkeypatch.setattr(
        "celery.current_app.send_task", lambda name, *, args, **_: called.append(f"{name} {args[0]}")
    )
    return called


def granted(account_id: uuid.UUID | None) -> int:
    """What a sender that has been silent may send at once, at 400 a second."""
    return throttle.take(uuid.uuid4(), rate=400, wanted=1000, account_id=account_id)[0]


def share(account_id: uuid.UUID | None = None) -> float:
    return float(throttle.connection().hget(f"rate-ease:{account_id or 'own'}", "share") or 1)


def seconds_ago(seconds: float, account_id: uuid.UUID) -> None:
    key = f"rate-ease:{account_id}"
    at = float(throttle.connection().hget(key, "at") or 0)
    throttle.connection().hset(key, "at", at - seconds)


def test_too_much_slows_every_sender_of_the_account_and_nobody_else(twilio: SimulatorProcess) -> None:
    assert granted(ACCOUNT) == 100
    throttle.ease(ACCOUNT)
    assert 55 <= granted(ACCOUNT) <= 76
    assert granted(None) == 100


def test_complaints_of_one_batch_are_one(twilio: SimulatorProcess) -> None:
    assert [throttle.ease(ACCOUNT) for _ in range(5)] == [True, False, False, False, False]
    assert share(ACCOUNT) >= 0.55


def test_each_further_complaint_slows_it_more_and_it_never_stands_still(twilio: SimulatorProcess) -> None:
    for _ in range(40):
        throttle.ease(ACCOUNT)
        seconds_ago(1, ACCOUNT)
    assert 0.02 <= share(ACCOUNT) < 0.25
    assert granted(ACCOUNT) >= 1


def test_the_rate_grows_back(twilio: SimulatorProcess) -> None:
    throttle.ease(ACCOUNT)
    seconds_ago(20, ACCOUNT)
    assert granted(ACCOUNT) == 100


def test_a_429_is_heeded(acme: Cast, twilio: SimulatorProcess) -> None:
    twilio.fault("http_429", count=1)
    queue(acme, acme.person())
    send(acme)
    assert share() < 1
    assert Message.objects.get().status == Status.QUEUED


def test_where_nobody_listens_is_no_complaint_of_twilios(
    acme: Cast, twilio: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "TWILIO_API_BASE_URL", "http://127.0.0.1:9")
    queue(acme, acme.person())
    send(acme)
    assert share() == 1


@pytest.mark.usefixtures("kicks")
def test_a_slow_account_keeps_its_place_and_not_the_worker(
    acme: Cast, rival: Cast, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DRAINS_PER_SENDER", 1)
    monkeypatch.setattr(dispatch, "PATIENCE_SECONDS", 0.05)
    rival.sender.account = Account.objects.create(
        brand=rival.brand, name="Slow", sid=f"AC{9:032x}", sealed_tokens=secrets.seal(["slow"])
    )
    rival.sender.save()
    (slow,) = queue(rival, rival.person())
    wire.director = parking = Parking(IN_THE_CALL)
    assert dispatch.drain(rival.sender.id) == 1
    assert parking.reached.wait(5)
    # It has not been answered, and its place is taken: nothing more is claimed for it.
    queue(rival, rival.person(), origin_id=uuid.uuid4())
    assert dispatch.drain(rival.sender.id) == 0
    # Meanwhile others are served by the same process; these may take their time to answer.
    monkeypatch.setattr(dispatch, "PATIENCE_SECONDS", 5.0)
    quick = queue(acme, *[acme.person() for _ in range(10)])
    assert dispatch.drain(acme.sender.id) == 10
    assert {Message.objects.get(id=one.id).status for one in quick} == {Status.HANDED_OFF}
    slow.refresh_from_db()
    assert slow.status == Status.SENDING
    parking.go.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "landing"]:
        thread.join(10)
    slow.refresh_from_db()
    assert slow.status == Status.HANDED_OFF
    assert dispatch.drain(rival.sender.id) == 1


def test_who_waits_for_its_rate_lets_the_next_one_have_the_worker(
    acme: Cast, rival: Cast, twilio: SimulatorProcess, kicks: list[str]
) -> None:
    Sender.objects.update(segments_per_second=2)
    queue(acme, acme.person(), acme.person())
    throttle.take_turn(acme.sender.id)
    throttle.ask_for_turn(rival.sender.id)
    kicks.clear()
    assert dispatch.drain(acme.sender.id) == 1  # the second one's moment is half a second away
    assert kicks == [f"messaging.drain {acme.sender.id}"]


def test_alone_it_waits_for_its_rate(acme: Cast, twilio: SimulatorProcess, kicks: list[str]) -> None:
    Sender.objects.update(segments_per_second=4)
    queue(acme, acme.person(), acme.person())
    kicks.clear()
    assert dispatch.drain(acme.sender.id) == 2
    assert kicks == []


def test_a_turn_that_was_asked_for_is_over_once_it_is_taken(
    acme: Cast, rival: Cast, twilio: SimulatorProcess
) -> None:
    throttle.ask_for_turn(rival.sender.id)
    assert throttle.others_wait(acme.sender.id)
    assert not throttle.others_wait(rival.sender.id)
    throttle.take_turn(rival.sender.id)
    assert not throttle.others_wait(acme.sender.id)
