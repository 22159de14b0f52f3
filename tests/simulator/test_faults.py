"""Faults of the create request: what the client sees, and whether the text was accepted."""

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.simulator_process import SimulatorProcess

MAYA, LUIS, ACME = "+15035550101", "+15035550102", "+15005550006"


@pytest.fixture
def client(simulator: SimulatorProcess) -> Client:
    http = TwilioHttpClient(timeout=0.3, pool_connections=False)
    client = Client(simulator.account_sid, simulator.auth_token, http_client=http)
    client.api.base_url = simulator.url
    return client


def send(client: Client, to: str = MAYA) -> str:
    return str(client.messages.create(to=to, from_=ACME, body="Hello").sid)


@pytest.mark.parametrize(
    ("kind", "error", "is_accepted"),
    [
        ("timeout_after_accept", requests.exceptions.ReadTimeout, True),
        ("timeout_before_accept", requests.exceptions.ReadTimeout, False),
        ("connection_reset", requests.exceptions.ConnectionError, False),
        ("connection_reset_after_accept", requests.exceptions.ConnectionError, True),
    ],
)
def test_no_answer_leaves_the_client_not_knowing(
    client: Client, simulator: SimulatorProcess, kind: str, error: type[Exception], is_accepted: bool
) -> None:
    simulator.fault(kind, to=MAYA, count=1)
    with pytest.raises(error):
        send(client)
    simulator.settle()
    (request,) = simulator.requests()
    assert (request["fault"], bool(request["sid"])) == (kind, is_accepted)
    assert [message.sid for message in client.messages.list(to=MAYA)] == ([request["sid"]] * is_accepted)
    assert send(client)


@pytest.mark.parametrize(
    ("kind", "status", "code", "is_accepted"),
    [
        ("http_500", 500, 20500, False),
        ("http_500_after_accept", 500, 20500, True),
        ("http_429", 429, 20429, False),
        ("refuse", 400, 21614, False),
    ],
)
def test_an_error_answer_on_demand(
    client: Client, simulator: SimulatorProcess, kind: str, status: int, code: int, is_accepted: bool
) -> None:
    simulator.fault(kind, to=MAYA, count=1, **({"code": code} if kind == "refuse" else {}))
    with pytest.raises(TwilioRestException) as refusal:
        send(client)
    assert (refusal.value.status, refusal.value.code) == (status, code)
    (request,) = simulator.requests()
    assert request["outcome"] == (request["sid"] if is_accepted else code)
    assert len(client.messages.list(to=MAYA)) == is_accepted


def test_a_fault_strikes_its_number_as_often_as_ordered(client: Client, simulator: SimulatorProcess) -> None:
    simulator.fault("http_429", to=MAYA, count=2)
    assert send(client, to=LUIS)
    for _ in range(2):
        with pytest.raises(TwilioRestException):
            send(client)
    assert send(client)


def test_a_fault_for_everyone_lasts_until_cleared(client: Client, simulator: SimulatorProcess) -> None:
    simulator.fault("http_500")
    for number in (MAYA, LUIS):
        with pytest.raises(TwilioRestException):
            send(client, to=number)
    simulator.clear_faults()
    assert send(client)


def test_a_silent_request_is_let_go_when_the_process_stops() -> None:
    with SimulatorProcess() as process:
        http = TwilioHttpClient(timeout=0.2, pool_connections=False)
        client = Client(process.account_sid, process.auth_token, http_client=http)
        client.api.base_url = process.url
        process.fault("timeout_before_accept", seconds=60)
        with pytest.raises(requests.exceptions.ReadTimeout):
            send(client)
        assert process.stop() == 0


def test_latency_delays_the_answer(client: Client, simulator: SimulatorProcess) -> None:
    simulator.settings(latency=0.4)
    with pytest.raises(requests.exceptions.ReadTimeout):
        send(client)
    simulator.settings(latency=0)
    assert len(client.messages.list(to=MAYA)) == 1
