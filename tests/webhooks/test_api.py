"""What a brand's own systems tell and ask: opt-outs with the fence of a STOP, and where a number stands."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from consent import suppressions
from consent.models import Act, ConsentEvent, Evidence, Method, Status, Subscription
from contacts import api_keys, clock
from contacts.models import ApiKey, ContactPoint
from messaging import outbox, throttle
from messaging.models import Message
from messaging.models import Status as MessageStatus
from tests.calls import text
from tests.cast import Cast
from tests.messaging.test_dispatch import draft
from webhooks.api import callers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

OPT_OUTS, CONSENTS = "/api/v1/opt-outs/", "/api/v1/consents/"
PHONE = "+12065550160"


@pytest.fixture
def key(acme: Cast) -> str:
    _, secret = api_keys.make(acme.brand, name="shop", user=acme.team["owner"])
    return secret


@pytest.fixture(autouse=True)
def _no_failures_yet() -> None:
    for counter in throttle.connection().scan_iter("api-failures:*"):
        throttle.connection().delete(counter)


def tell(key: str, **said: Any) -> Any:
    body = {"phone": PHONE, "reason": "asked in the shop's account page"} | said
    return Client().post(
        OPT_OUTS,
        json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def ask(key: str, phone: str = PHONE) -> dict[str, Any]:
    answer = Client().get(CONSENTS, {"phone": phone}, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def number(point: ContactPoint) -> str:
    row = Subscription.objects.filter(point=point, program=None).first()
    return row.status if row else "open"


def test_an_opt_out_closes_the_number_and_cancels_what_waits(acme: Cast, key: str) -> None:
    point = acme.person(PHONE)
    (waiting,) = outbox.queue([draft(acme, point)])
    answer = tell(key, phone="(206) 555-0160")
    assert (answer.status_code, answer.json()) == (
        200,
        {"result": "closed", "channel": "sms", "address": PHONE, "program": None, "in_flight": 0},
    )
    assert number(point) == Status.CLOSED
    assert Message.objects.get(id=waiting).status == MessageStatus.CANCELED
    event = ConsentEvent.objects.get(point=point, act=Act.REVOKED)
    assert (event.method, event.actor) == (Method.API, "api:shop")
    assert Evidence.objects.get(event=event).data["why"] == "asked in the shop's account page"


def test_telling_it_again_changes_nothing(acme: Cast, key: str) -> None:
    acme.person(PHONE)
    tell(key)
    assert tell(key).json()["result"] == "already_closed"
    assert ConsentEvent.objects.filter(act=Act.REVOKED).count() == 1


def test_an_unknown_number_is_closed_before_it_ever_joins(acme: Cast, key: str) -> None:
    assert tell(key).json()["result"] == "closed"
    assert number(ContactPoint.objects.get(address=PHONE)) == Status.CLOSED
    text(acme.sender, PHONE, "ACME")
    assert not Subscription.objects.filter(program=acme.program, status=Status.ACTIVE).exists()


def test_an_erased_number_stays_unknown(acme: Cast, key: str) -> None:
    suppressions.add(acme.brand.id, [("sms", PHONE)])
    assert tell(key).json()["result"] == "already_closed"
    assert not ContactPoint.objects.exists()


def test_a_program_alone_can_be_left(acme: Cast, key: str) -> None:
    point = acme.person(PHONE)
    (waiting,) = outbox.queue([draft(acme, point)])
    assert tell(key, program="acme-club").json()["program"] == "acme-club"
    assert number(point) == "open"
    assert Subscription.objects.get(program=acme.program).status == Status.CLOSED
    assert Message.objects.get(id=waiting).status == MessageStatus.CANCELED


def test_when_it_happened_is_kept(acme: Cast, key: str) -> None:
    assert tell(key, occurred_at="2026-11-17T09:00:00-05:00").status_code == 200
    event = ConsentEvent.objects.get(act=Act.REVOKED)
    assert event.occurred_at == dt.datetime(2026, 11, 17, 14, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"phone": None}, "phone"),
        ({"phone": ""}, "phone"),
        ({"phone": "12"}, "phone"),
        ({"phone": 12065550160}, "phone"),
        ({"address": PHONE}, "phone"),
        ({"reason": None}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"channel": "pigeon"}, "channel"),
        ({"program": "rival-club"}, "program"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-11-17T09:00:00"}, "occurred_at"),
        ({"occurred_at": "2026-11-19T09:00:00Z"}, "occurred_at"),
        ({"fone": PHONE}, "fone"),
    ],
)
def test_a_mistake_is_named_with_its_field(
    acme: Cast, rival: Cast, key: str, said: dict[str, Any], field: str
) -> None:
    answer = tell(key, **said)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)
    assert answer.json()["error"]["problem"]
    assert not ConsentEvent.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"STOP"', b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(key: str, body: bytes) -> None:
    answer = Client().post(
        OPT_OUTS, body, content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 400


def test_without_a_good_key_nothing_is_told_or_done(acme: Cast, key: str) -> None:
    acme.person(PHONE)
    for wrong in ("", "nonsense", key[:-1], f"{key}x"):
        assert tell(wrong).status_code == 401
        assert Client().get(CONSENTS, {"phone": PHONE}, headers={"Authorization": wrong}).status_code == 401
    api_keys.revoke(ApiKey.objects.get())
    assert tell(key).status_code == 401
    assert not ConsentEvent.objects.filter(act=Act.REVOKED).exists()


def test_who_fails_too_often_is_told_to_wait_and_a_good_key_passes_all_the_same(
    acme: Cast, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "FAILURES_PER_MINUTE", 2)
    assert [tell("nonsense").status_code for _ in range(4)] == [401, 401, 429, 429]
    assert tell(key).status_code == 200


def test_with_redis_away_an_opt_out_gets_through(
    acme: Cast, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    throttle.connection.cache_clear()
    assert (tell("nonsense").status_code, tell(key).status_code) == (401, 200)
    throttle.connection.cache_clear()


def test_a_key_reaches_its_own_brand_alone(acme: Cast, rival: Cast, key: str) -> None:
    ours, theirs = acme.person(PHONE), rival.person(PHONE)
    tell(key)
    assert (number(ours), number(theirs)) == (Status.CLOSED, "open")
    assert [each["program"] for each in ask(key)["programs"]] == ["acme-club"]


def test_a_number_that_only_another_brand_knows_is_unknown(acme: Cast, rival: Cast, key: str) -> None:
    rival.person(PHONE)
    found = ask(key)
    assert (found["known"], found["number"]) == (False, "open")
    assert found["programs"][0]["status"] == "none"


def test_it_says_what_the_gate_says(acme: Cast, key: str) -> None:
    acme.person(PHONE)
    (place,) = ask(key)["programs"]
    assert (place["status"], place["agreed_to"]) == ("active", ["marketing"])
    assert place["may_text"]["marketing"]["outcome"] == "allow"
    assert place["may_text"]["informational"]["reasons"] == ["no_permission"]
    tell(key)
    found = ask(key)
    assert found["number"] == "closed"
    assert "number_closed" in found["programs"][0]["may_text"]["marketing"]["reasons"]


def test_a_key_is_kept_as_a_digest_and_its_use_is_noted(acme: Cast, key: str) -> None:
    row = ApiKey.objects.get()
    assert key not in str(row.__dict__)
    tell(key)
    row.refresh_from_db()
    assert row.last_used_at == clock.now()


def test_a_person_may_come_back_by_herself_from_nothing_that_the_api_closed(acme: Cast, key: str) -> None:
    point = acme.person(PHONE)
    tell(key)
    text(acme.sender, point, "START")
    assert number(point) == Status.CLOSED


def test_it_waits_for_what_a_worker_may_still_send(
    acme: Cast, key: str, monkeypatch: pytest.MonkeyPatch, noon: time_machine.Traveller
) -> None:
    monkeypatch.setattr(settings, "POST_WITHIN_SECONDS", 0.4)
    monkeypatch.setattr(settings, "TWILIO_CONNECT_SECONDS", 0.1)
    point = acme.person(PHONE)
    (message_id,) = outbox.queue([draft(acme, point)])
    with time_machine.travel(clock.now(), tick=True):
        lease = clock.now() + dt.timedelta(seconds=settings.LEASE_SECONDS)
        Message.objects.filter(id=message_id).update(
            status=MessageStatus.SENDING, claim_id=uuid.uuid4(), lease_until=lease
        )
        began = clock.now()
        answer = tell(key)
        waited = clock.now() - began
    assert (answer.status_code, answer.json()["in_flight"]) == (200, 0)
    assert dt.timedelta(seconds=0.3) < waited < dt.timedelta(seconds=2)


def test_what_could_not_be_waited_for_is_told(acme: Cast, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    acme.person(PHONE)
    monkeypatch.setattr("messaging.in_flight.wait", lambda *_, **__: 2)
    answer = tell(key)
    assert (answer.status_code, answer.json()["in_flight"]) == (202, 2)
