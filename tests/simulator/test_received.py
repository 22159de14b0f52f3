"""What Twilio tells of the texts it received: by number, their media, and the numbers of a service."""

import datetime as dt

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from tests.simulator.test_contract import api, call
from tests.simulator_process import SimulatorProcess

__all__ = ["api"]
MAYA, ACME, OTHER, SERVICE = "+15035550101", "+15005550006", "+15005550007", "MG" + "c" * 32


def test_what_came_to_a_number_between_two_seconds(client: Client, simulator: SimulatorProcess) -> None:
    began = dt.datetime.now(dt.UTC).replace(microsecond=0)
    sids = []
    for minutes in (-60, -30, 0):
        simulator.settings(clock_offset=minutes * 60)
        sids.append(simulator.send(from_=MAYA, to=ACME, body=f"{minutes}")["sid"])
        simulator.send(from_=MAYA, to=OTHER, body="Elsewhere")
    simulator.settings(clock_offset=0)
    at = client.messages(sids[1]).fetch().date_sent
    assert at is not None
    found = client.messages.list(to=ACME, date_sent_after=at, date_sent_before=at)
    assert [(one.sid, one.direction) for one in found] == [(sids[1], "inbound")]
    since = client.messages.list(to=ACME, date_sent_after=at)
    assert [one.sid for one in since] == [sids[2], sids[1]]
    assert client.messages.list(to=ACME, date_sent_after=began + dt.timedelta(hours=1)) == []


def test_a_number_that_is_a_handset_too_is_found_both_ways(
    client: Client, simulator: SimulatorProcess
) -> None:
    got = simulator.send(from_=MAYA, to=ACME, body="In")["sid"]
    sent = client.messages.create(to=ACME, from_="+15035550188", body="To a colleague").sid
    assert {one.sid for one in client.messages.list(to=ACME)} == {got, sent}


def test_a_text_that_was_deleted_is_gone_from_its_number(client: Client, simulator: SimulatorProcess) -> None:
    sid = simulator.send(from_=MAYA, to=ACME, body="In")["sid"]
    client.messages(sid).delete()
    assert client.messages.list(to=ACME) == []


def test_its_media_are_listed_as_described(api: object, simulator: SimulatorProcess) -> None:
    files = ["https://x.example/cup.jpg", "https://x.example/beans"]
    sid = simulator.send(from_=MAYA, to=ACME, body="", media=files)["sid"]
    listed = call(api, simulator, "GET", f"Messages/{sid}/Media.json").json()["media_list"]  # type: ignore[arg-type]
    assert [one["content_type"] for one in listed] == ["image/jpeg", "application/octet-stream"]
    for one in listed:
        fetched = call(api, simulator, "GET", f"Messages/{sid}/Media/{one['sid']}.json")  # type: ignore[arg-type]
        assert fetched.json() == one
    assert call(api, simulator, "GET", f"Messages/{sid}/Media/ME{'0' * 32}.json").status_code == 404  # type: ignore[arg-type]


def test_a_text_without_media_has_none(client: Client, simulator: SimulatorProcess) -> None:
    sid = simulator.send(from_=MAYA, to=ACME, body="In")["sid"]
    assert client.messages(sid).media.list() == []


@pytest.fixture
def pools(client: Client, simulator: SimulatorProcess) -> Client:
    """A service with two numbers and a short code."""
    for address in (ACME, OTHER, "83833"):
        simulator.sender(address, messaging_service_sid=SERVICE)
    client.messaging.base_url = simulator.url
    return client


def test_a_service_tells_its_numbers(pools: Client) -> None:
    service = pools.messaging.v1.services(SERVICE)
    assert [one.phone_number for one in service.phone_numbers.list()] == [ACME, OTHER]
    assert [one.phone_number for one in service.phone_numbers.list(page_size=1)] == [ACME, OTHER]
    assert [one.short_code for one in service.short_codes.list()] == ["83833"]
    assert service.channel_senders.list() == []


def test_of_an_unknown_service_or_to_a_stranger_it_tells_nothing(
    pools: Client, simulator: SimulatorProcess
) -> None:
    with pytest.raises(TwilioException) as missing:
        pools.messaging.v1.services("MG" + "d" * 32).phone_numbers.list()
    assert missing.value.args[1].status_code == 404
    answer = requests.get(f"{simulator.url}/v1/Services/{SERVICE}/PhoneNumbers", auth=("AC", "x"), timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_a_list_can_be_ordered_to_fail(client: Client, simulator: SimulatorProcess) -> None:
    simulator.fault("list_http_500", to=ACME, count=1)
    with pytest.raises(TwilioException):
        client.messages.list(to=ACME)
    assert client.messages.list(to=OTHER) == client.messages.list(to=ACME) == []
    simulator.fault("list_timeout", to=ACME, seconds=0.1)
    with pytest.raises((requests.ConnectionError, TwilioRestException)):
        client.messages.list(to=ACME)


def test_a_list_can_be_ordered_to_go_by_the_day_alone(client: Client, simulator: SimulatorProcess) -> None:
    simulator.settings(list_goes_by_day=True)
    sid = simulator.send(from_=MAYA, to=ACME, body="In")["sid"]
    at = client.messages(sid).fetch().date_sent
    assert at is not None
    days_end = at.replace(hour=23, minute=59, second=59)
    assert [one.sid for one in client.messages.list(to=ACME, date_sent_after=days_end)] == [sid]
    assert client.messages.list(to=ACME, date_sent_after=at + dt.timedelta(days=1)) == []


def test_media_can_be_ordered_to_be_gone(client: Client, simulator: SimulatorProcess) -> None:
    sid = simulator.send(from_=MAYA, to=ACME, body="", media=["https://x.example/cup.jpg"])["sid"]
    simulator.fault("media_missing", to=sid, count=1)
    with pytest.raises(TwilioException):
        client.messages(sid).media.list()
    assert len(client.messages(sid).media.list()) == 1
