"""What is accepted, and which code each refusal has, by the official SDK."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from tests.simulator_process import SimulatorProcess

MAYA, ACME, SERVICE = "+15035550101", "+15005550006", "MG" + "a" * 32


def code_of(client: Client, **form: Any) -> int:
    with pytest.raises(TwilioRestException) as refusal:
        client.messages.create(**form)
    return int(refusal.value.code)


def hello(**changes: Any) -> dict[str, Any]:
    return {"to": MAYA, "from_": ACME, "body": "Hello", **changes}


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (hello(to=""), 21604),
        (hello(from_=""), 21603),
        (hello(body=""), 21602),
        (hello(to="5035550101"), 21211),
        (hello(to="+1503555010"), 21211),
        (hello(to=ACME), 21266),
        (hello(from_="!"), 21212),
        (hello(body="x" * 1601), 21617),
        (hello(status_callback="https://a_b.example/"), 21609),
        (hello(status_callback="nonsense"), 21609),
        (hello(validity_period=0), 21624),
        (hello(validity_period=36001), 21624),
        (hello(media_url=["ftp://x"]), 21620),
        (hello(media_url=["https://x.example/a.jpg"] * 11), 21623),
        (hello(to="+15005550001"), 21211),
        (hello(to="+15005550002"), 21612),
        (hello(to="+15005550003"), 21408),
        (hello(to="+15005550004"), 21610),
        (hello(to="+15005550009"), 21614),
        (hello(from_="+15005550001"), 21212),
        (hello(from_="+15005550007"), 21606),
        (hello(from_="+15005550008"), 21611),
        (hello(from_=None, messaging_service_sid=SERVICE), 21701),
        (hello(schedule_type="fixed"), 35118),
    ],
)
def test_it_refuses_with_the_code_of_the_cause(client: Client, form: dict[str, Any], code: int) -> None:
    assert code_of(client, **form) == code


def test_the_log_has_refused_and_accepted_creates(client: Client, simulator: SimulatorProcess) -> None:
    code_of(client, **hello(to="12"))
    sid = client.messages.create(**hello(status_callback="http://127.0.0.1:9/x?ref=1")).sid
    first, second = simulator.requests()
    assert (first["n"], first["to"], first["outcome"]) == (1, "12", 21211)
    assert (second["n"], second["to"], second["from"], second["outcome"]) == (2, MAYA, ACME, sid)
    assert second["status_callback"] == "http://127.0.0.1:9/x?ref=1"
    assert second["monotonic"] > first["monotonic"]
    assert [row["n"] for row in simulator.requests(after=1)] == [2]
    assert [row["n"] for row in simulator.requests(to="12")] == [1]


def test_wrong_credentials_get_20003(simulator: SimulatorProcess) -> None:
    stranger = Client(simulator.account_sid, "wrong")
    stranger.api.base_url = simulator.url
    with pytest.raises(TwilioRestException) as refusal:
        stranger.messages.create(**hello())
    assert (refusal.value.status, refusal.value.code) == (401, 20003)


def test_another_account_is_not_found(client: Client) -> None:
    with pytest.raises(TwilioRestException) as refusal:
        client.api.accounts("AC" + "f" * 32).messages.create(**hello())
    assert refusal.value.code == 20404


def test_a_subaccount_has_its_own_token_and_senders(client: Client, simulator: SimulatorProcess) -> None:
    sub = "AC" + "b" * 32
    simulator.sender("+15005550099", account_sid=sub, auth_token="other")
    own = Client(sub, "other")
    own.api.base_url = simulator.url
    assert own.messages.create(**hello(from_="+15005550099")).account_sid == sub
    assert code_of(client, **hello(from_="+15005550099")) == 21606
    assert client.messages.list() == []


def test_a_body_arrives_as_it_was_written(client: Client, simulator: SimulatorProcess) -> None:
    body = " grüß dich & 100 % = «Köln» +1 👩‍🌾 \n"
    sid = client.messages.create(**hello(body=body)).sid
    assert client.messages(sid).fetch().body == body
    simulator.settle()
    assert simulator.phone(MAYA)["threads"][0]["messages"][0]["body"] == body


def test_a_picture_makes_an_mm_sid(client: Client) -> None:
    message = client.messages.create(to=MAYA, from_=ACME, media_url=["https://x.example/a.jpg"])
    assert message.sid.startswith("MM")
    assert message.num_media == "1"


def test_a_from_outside_the_pool_is_refused(client: Client, simulator: SimulatorProcess) -> None:
    simulator.sender("+15005550011", messaging_service_sid=SERVICE)
    assert code_of(client, **hello(messaging_service_sid=SERVICE)) == 21606
    pinned = client.messages.create(**hello(from_="+15005550011", messaging_service_sid=SERVICE))
    simulator.settle()
    assert pinned.fetch().from_ == "+15005550011"


def test_a_service_without_numbers_is_refused(client: Client, simulator: SimulatorProcess) -> None:
    simulator.sender(SERVICE, kind="messaging_service")
    assert code_of(client, to=MAYA, messaging_service_sid=SERVICE, body="Hello") == 21704


def test_a_person_keeps_the_number_of_the_pool(client: Client, simulator: SimulatorProcess) -> None:
    for last in range(3):
        simulator.sender(f"+1500555002{last}", messaging_service_sid=SERVICE)
    sent = [client.messages.create(to=MAYA, messaging_service_sid=SERVICE, body="Hi") for _ in range(4)]
    simulator.settle()
    assert len({message.fetch().from_ for message in sent}) == 1


def test_strict_senders_must_be_registered(client: Client, simulator: SimulatorProcess) -> None:
    simulator.settings(strict_senders=True)
    assert code_of(client, **hello()) == 21606
    simulator.sender(ACME)
    assert client.messages.create(**hello()).status == "queued"


def test_a_full_queue_is_refused(client: Client, simulator: SimulatorProcess) -> None:
    simulator.sender(ACME, segments_per_second=0.0001)
    for _ in range(4):
        client.messages.create(**hello())
    simulator.post("settle", {"seconds": 0.1})
    assert code_of(client, **hello()) == 21611


def test_a_scheduled_text_waits_and_can_be_canceled(client: Client, simulator: SimulatorProcess) -> None:
    simulator.sender(ACME, messaging_service_sid=SERVICE)
    form = {"to": MAYA, "messaging_service_sid": SERVICE, "body": "Later", "schedule_type": "fixed"}
    now = dt.datetime.now(dt.UTC)
    assert code_of(client, **form) == 35111
    assert code_of(client, **form, send_at=now + dt.timedelta(minutes=2)) == 35114
    assert code_of(client, **form, send_at=now + dt.timedelta(days=36)) == 35114
    message = client.messages.create(**form, send_at=now + dt.timedelta(hours=1))
    assert message.status == "scheduled"
    assert message.update(status="canceled").status == "canceled"
    with pytest.raises(TwilioRestException):
        message.update(status="canceled")


@pytest.mark.filterwarnings("ignore:.*deprecated and will be removed:DeprecationWarning")  # in the SDK
def test_the_async_client_creates_many_at_once(simulator: SimulatorProcess) -> None:
    async def create_all() -> set[str]:
        async with AsyncTwilioHttpClient(timeout=5) as http:
            client = Client(simulator.account_sid, simulator.auth_token, http_client=http)
            client.api.base_url = simulator.url
            sent = [client.messages.create_async(**hello(to=f"+1503555{n:04d}")) for n in range(200)]
            return {message.sid for message in await asyncio.gather(*sent)}

    assert len(asyncio.run(create_all())) == 200
    assert len({row["to"] for row in simulator.requests()}) == 200


@pytest.mark.parametrize("number", ["+15035550001", "+15035550002"])
def test_reset_forgets_everything(client: Client, simulator: SimulatorProcess, number: str) -> None:
    assert simulator.requests() == []
    client.messages.create(**hello(to=number))
    simulator.reset()
    assert simulator.stats()["texts"] == 0
    assert simulator.phones() == []


def test_it_stops_at_once_and_cleanly() -> None:
    process = SimulatorProcess()
    assert process.stop() == 0
