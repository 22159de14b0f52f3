"""What waits at a sender that cannot send moves to the program's next one, if the program says so, and only then."""

import uuid
from collections.abc import Callable

import pytest

from contacts import clock
from messaging import dispatch, fail_over, spend
from messaging.models import Account, Capped, Message, MessageEvent, Route, Sender, SpendCap, Status
from tests.cast import Cast
from tests.messaging.test_dispatch import queue
from tests.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon", "woken")]


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The senders whose drains were woken; no broker is asked."""
    senders: list[str] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda _, args, **__: senders.append(args[0]))
    return senders


def next_sender(cast: Cast, address: str = "+15005550011", **fields: object) -> Sender:
    sender = Sender.objects.create(
        **{"brand": cast.brand, "address": address, "segments_per_second": 5000, "created_at": clock.now()}
        | fields
    )
    Route.objects.create(program=cast.program, sender=sender, priority=Route.objects.count() + 1)
    return sender


def fails_over(cast: Cast, **fields: bool) -> None:
    for name, value in ({"fails_over": True} | fields).items():
        setattr(cast.program, name, value)
    cast.program.save()


def halt(sender: Sender) -> None:
    sender.halted_at, sender.halted_why = clock.now(), "30034 the number is not registered"
    sender.save()


def resume(sender: Sender) -> None:
    sender.halted_at, sender.halted_why = None, ""
    sender.save()


def at(message: Message) -> Sender:
    message.refresh_from_db()
    return message.sender


def test_what_waits_moves_with_an_event_and_leaves_from_there(
    acme: Cast, twilio: SimulatorProcess, woken: list[str]
) -> None:
    fails_over(acme)
    second = next_sender(acme)
    (message,) = queue(acme, acme.person())
    woken.clear()
    halt(acme.sender)
    assert fail_over.move() == 1
    assert (at(message), woken) == (second, [str(second.id)])
    event = MessageEvent.objects.get(message=message, cause="failed_over")
    assert (event.was, event.became) == ("queued", "queued")
    assert event.detail == {"from": acme.sender.address, "to": second.address}
    dispatch.send_batch(second, segments=200)
    assert [request["from"] for request in twilio.requests()] == [second.address]
    message.refresh_from_db()
    assert message.status == Status.HANDED_OFF
    assert fail_over.move() == 0


def test_what_the_gate_held_for_the_sender_moves_at_once(acme: Cast) -> None:
    fails_over(acme)
    halt(acme.sender)
    (message,) = queue(acme, acme.person())
    assert (message.status, message.reason) == (Status.HELD, "sender_not_ready")
    second = next_sender(acme)
    assert fail_over.move() == 1
    assert at(message) == second
    assert message.due_at == clock.now()


def test_what_is_not_due_yet_stays_for_the_sender_may_be_mended(acme: Cast) -> None:
    fails_over(acme)
    next_sender(acme)
    (message,) = queue(acme, acme.person())
    Message.objects.update(due_at=clock.now().replace(hour=23), status=Status.HELD, reason="quiet_hours")
    halt(acme.sender)
    assert fail_over.move() == 0
    assert at(message) == acme.sender


def test_the_account_that_fails_counts_as_its_senders(acme: Cast) -> None:
    fails_over(acme)
    second = next_sender(acme)
    account = Account.objects.create(brand=acme.brand, name="Main", sid="AC1", halted_at=clock.now())
    Sender.objects.filter(id=acme.sender.id).update(account=account)
    (message,) = queue(acme, acme.person())
    assert fail_over.move() == 1
    assert at(message) == second


def off(acme: Cast, rival: Cast) -> None:
    fails_over(acme, fails_over=False)
    next_sender(acme)


def abroad(acme: Cast, rival: Cast) -> None:
    next_sender(acme, "+442071838750")


def no_country(acme: Cast, rival: Cast) -> None:
    next_sender(acme, "", messaging_service_sid="MG1")


def halted_too(acme: Cast, rival: Cast) -> None:
    halt(next_sender(acme))


def another_brands(acme: Cast, rival: Cast) -> None:
    Route.objects.create(program=acme.program, sender=rival.sender, priority=2)


def another_programs(acme: Cast, rival: Cast) -> None:
    Message.objects.update(program=None)
    next_sender(acme)


def already_claimed(acme: Cast, rival: Cast) -> None:
    Message.objects.update(status=Status.SENDING, lease_until=clock.now(), claim_id=uuid.uuid4())
    next_sender(acme)


def perhaps_at_twilio(acme: Cast, rival: Cast) -> None:
    Message.objects.update(status=Status.UNKNOWN)
    next_sender(acme)


def waiting_for_the_carriers_day(acme: Cast, rival: Cast) -> None:
    tomorrow = clock.now().replace(hour=23)
    Message.objects.update(status=Status.HELD, reason="sender_spent", due_at=tomorrow)
    next_sender(acme)


@pytest.mark.parametrize(
    "case",
    [
        off, abroad, no_country, halted_too, another_brands, another_programs, already_claimed, perhaps_at_twilio,
        waiting_for_the_carriers_day,
    ],
)  # fmt: skip
def test_it_stays_where_it_is(acme: Cast, rival: Cast, case: Callable[[Cast, Cast], None]) -> None:
    fails_over(acme)
    (message,) = queue(acme, acme.person())
    case(acme, rival)
    halt(acme.sender)
    assert fail_over.move() == 0
    assert at(message) == acme.sender


def test_a_sender_that_works_keeps_its_texts(acme: Cast) -> None:
    fails_over(acme)
    next_sender(acme)
    queue(acme, acme.person())
    assert fail_over.move() == 0


@pytest.mark.parametrize(("allowed", "moves"), [(False, 0), (True, 1)])
def test_an_answer_moves_only_where_its_program_lets_it(acme: Cast, allowed: bool, moves: int) -> None:
    fails_over(acme, answers_fail_over=allowed)
    next_sender(acme)
    queue(acme, acme.person())
    Message.objects.update(purpose="conversational", lane=1, origin="reply")
    halt(acme.sender)
    assert fail_over.move() == moves


def test_a_consent_reply_never_moves(acme: Cast) -> None:
    fails_over(acme, answers_fail_over=True)
    next_sender(acme)
    queue(acme, acme.person(), purpose="consent", origin="consent")
    halt(acme.sender)
    assert fail_over.move() == 0


def test_it_goes_down_the_order_and_never_back(acme: Cast) -> None:
    fails_over(acme)
    second, third = next_sender(acme), next_sender(acme, "+15005550012")
    (message,) = queue(acme, acme.person())
    halt(acme.sender)
    fail_over.move()
    resume(acme.sender)
    assert fail_over.move() == 0
    halt(second)
    fail_over.move()
    assert at(message) == third
    halt(third)
    resume(second)
    assert fail_over.move() == 0
    assert at(message) == third


def test_a_halted_one_in_between_is_passed_over(acme: Cast) -> None:
    fails_over(acme)
    halt(next_sender(acme))
    third = next_sender(acme, "+15005550012")
    (message,) = queue(acme, acme.person())
    halt(acme.sender)
    assert fail_over.move() == 1
    assert at(message) == third


@pytest.mark.parametrize("when", ["before the move", "after the move"])
def test_a_stop_in_between_is_the_end_of_it(acme: Cast, twilio: SimulatorProcess, when: str) -> None:
    fails_over(acme)
    second = next_sender(acme)
    point = acme.person()
    (message,) = queue(acme, point)
    halt(acme.sender)
    if when == "before the move":
        acme.stop(point)
    fail_over.move()
    if when == "after the move":
        acme.stop(point)
    dispatch.send_batch(second, segments=200)
    message.refresh_from_db()
    assert (message.status, message.reason, twilio.requests()) == (Status.REFUSED, "number_closed", [])


def test_a_text_tried_at_the_halted_sender_is_charged_to_the_day_of_the_one_it_leaves_from(
    acme: Cast, twilio: SimulatorProcess
) -> None:
    fails_over(acme)
    second = next_sender(acme)
    for sender in (acme.sender, second):
        spend.set_cap(acme.brand, Capped.SENDER_DAY, sender.id, 10)
    (message,) = queue(acme, acme.person())
    twilio.fault("refuse", code=20003)
    dispatch.send_batch(acme.sender, segments=200)
    twilio.clear_faults()
    Message.objects.update(due_at=clock.now())
    assert fail_over.move() == 1
    dispatch.send_batch(second, segments=200)
    message.refresh_from_db()
    assert message.status == Status.HANDED_OFF
    assert dict(SpendCap.objects.values_list("of_id", "spent")) == {acme.sender.id: 0, second.id: 1}


def test_more_than_a_page_moves_in_pages(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_over(acme)
    second = next_sender(acme)
    monkeypatch.setattr(fail_over, "PAGE", 2)
    queue(acme, *[acme.person() for _ in range(5)])
    halt(acme.sender)
    assert fail_over.move() == 5
    assert set(Message.objects.values_list("sender", flat=True)) == {second.id}
