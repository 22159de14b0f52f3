"""What a crash leaves is settled by looking at Twilio, and never sent blindly again."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.conf import settings

from contacts import clock
from messaging import claim, dispatch, reconcile
from messaging.models import Message, MessageEvent, Status
from messaging.providers import twilio as provider
from tests.cast import Cast
from tests.messaging.test_dispatch import queue, send
from tests.simulator_process import SimulatorProcess

pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LEASE_SECONDS", 0.0)
    monkeypatch.setattr(settings, "LOOK_UP_AFTER_SECONDS", 0.0)


def consent_reply(acme: Cast) -> Message:
    """A text that no quiet hour can hold, so that these tests need no frozen clock."""
    (message,) = queue(acme, acme.person(), purpose="consent", body=f"Goodbye {uuid.uuid4()}")
    return message


def test_a_worker_that_died_before_its_call_loses_nothing(acme: Cast, twilio: SimulatorProcess) -> None:
    message = consent_reply(acme)
    claim.claim(acme.sender, segments=10, limit=10)  # … and here the worker is killed
    assert reconcile.settle_leases() == 1
    assert reconcile.reconcile_unknown() == 0  # absent once: not enough
    assert reconcile.reconcile_unknown() == 1
    message.refresh_from_db()
    assert message.status == Status.QUEUED
    send(acme)
    assert len(twilio.requests(to=message.point.address)) == 1


def test_a_worker_that_died_after_its_call_never_doubles(acme: Cast, twilio: SimulatorProcess) -> None:
    message = consent_reply(acme)
    batch = claim.claim(acme.sender, segments=10, limit=10)
    sid, tokens = settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS
    posting = provider.start(batch.outgoing, account_sid=sid, token=tokens[0], post_by=float("inf"))
    posting.result()  # … killed here
    reconcile.settle_leases()
    assert reconcile.reconcile_unknown() == 1
    message.refresh_from_db()
    assert message.provider_sid == twilio.requests()[0]["outcome"]
    assert message.status in {Status.HANDED_OFF, Status.SENT, Status.DELIVERED}
    send(acme)
    assert len(twilio.requests()) == 1


def test_a_timeout_after_twilio_accepted_is_found_there(acme: Cast, twilio: SimulatorProcess) -> None:
    twilio.fault("http_500_after_accept", count=1)
    message = consent_reply(acme)
    send(acme)
    message.refresh_from_db()
    assert message.status == Status.UNKNOWN
    assert reconcile.reconcile_unknown() == 1
    message.refresh_from_db()
    assert message.provider_sid
    assert len(twilio.requests()) == 1


def test_another_text_with_the_same_words_is_not_taken_for_ours(acme: Cast, twilio: SimulatorProcess) -> None:
    point = acme.person()
    queue(acme, point, purpose="consent", body="Goodbye", origin="consent", origin_id=uuid.uuid4())
    send(acme)
    (second,) = queue(
        acme, point, purpose="consent", body="Goodbye", origin="consent", origin_id=uuid.uuid4()
    )
    claim.claim(acme.sender, segments=10, limit=10)
    reconcile.settle_leases()
    reconcile.reconcile_unknown()
    reconcile.reconcile_unknown()
    second.refresh_from_db()
    assert second.status == Status.QUEUED  # the one at Twilio is the first one's


def test_while_twilio_cannot_be_asked_it_stays_unknown(
    acme: Cast, twilio: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = consent_reply(acme)
    claim.claim(acme.sender, segments=10, limit=10)
    reconcile.settle_leases()
    monkeypatch.setattr(settings, "TWILIO_API_BASE_URL", "http://127.0.0.1:9")
    for _ in range(4):
        assert reconcile.reconcile_unknown() == 0
    message.refresh_from_db()
    assert message.status == Status.UNKNOWN


def test_a_request_that_would_begin_too_late_is_not_made(
    acme: Cast, twilio: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "POST_WITHIN_SECONDS", -1.0)
    message = consent_reply(acme)
    dispatch.send_batch(acme.sender, segments=10)
    message.refresh_from_db()
    assert (message.status, twilio.requests()) == (Status.QUEUED, [])
    assert MessageEvent.objects.filter(message=message).last().detail["why"] == "no time left"  # type: ignore[union-attr]


def test_a_lease_that_has_not_ended_is_left_alone(
    acme: Cast, twilio: SimulatorProcess, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEASE_SECONDS", 12.0)
    consent_reply(acme)
    claim.claim(acme.sender, segments=10, limit=10)
    assert reconcile.settle_leases() == 0
    noon.shift(dt.timedelta(seconds=13))
    assert reconcile.settle_leases() == 1
    assert Message.objects.get().due_at <= clock.now()


@pytest.mark.parametrize("switch", ["brand", "program", "sender"])
def test_what_a_switch_held_goes_on_when_it_is_switched_back(
    noon: time_machine.Traveller, acme: Cast, twilio: SimulatorProcess, switch: str
) -> None:
    held = {"brand": acme.brand, "program": acme.program, "sender": acme.sender}[switch]
    field = "halted_at" if switch == "sender" else "paused_at"
    setattr(held, field, clock.now())
    held.save()
    (message,) = queue(acme, acme.person())
    assert message.status == Status.HELD
    assert reconcile.wake_held() == 0
    setattr(held, field, None)
    held.save()
    assert reconcile.wake_held() == 1
    send(acme)
    message.refresh_from_db()
    assert message.status == Status.HANDED_OFF


def test_an_outcome_just_lost_is_looked_up_only_after_a_while(
    noon: time_machine.Traveller, acme: Cast, twilio: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LOOK_UP_AFTER_SECONDS", 10.0)
    twilio.fault("connection_reset", count=1)
    message = consent_reply(acme)
    send(acme)
    assert reconcile.reconcile_unknown() == 0
    message.refresh_from_db()
    assert (message.status, message.looks) == (Status.UNKNOWN, 0)
    assert message.due_at == clock.now() + dt.timedelta(seconds=10)
