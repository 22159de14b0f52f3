"""The message list: filters, dates, pages."""

import datetime as dt

import pytest
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from tests.simulator_process import SimulatorProcess

MAYA, LUIS, ACME = "+15035550101", "+15035550102", "+15005550006"


@pytest.fixture
def sids(client: Client, simulator: SimulatorProcess) -> list[str]:
    made = [client.messages.create(to=MAYA, from_=ACME, body=f"Text {n}").sid for n in range(7)]
    simulator.settle()
    return made


def test_pages_follow_each_other_newest_first(client: Client, sids: list[str]) -> None:
    assert [message.sid for message in client.messages.list(page_size=3)] == sids[::-1]


def test_a_text_that_arrives_while_paging_shifts_nothing(client: Client, sids: list[str]) -> None:
    page = client.messages.page(page_size=3)
    seen = [message.sid for message in page]
    client.messages.create(to=MAYA, from_=ACME, body="New")
    assert seen + [message.sid for message in page.next_page()] == sids[:0:-1]


def test_it_filters_by_both_ends(client: Client, simulator: SimulatorProcess, sids: list[str]) -> None:
    client.messages.create(to=LUIS, from_=ACME, body="Hola")
    inbound = simulator.send(from_=MAYA, to=ACME, body="Hi!")["sid"]
    assert [message.body for message in client.messages.list(to=LUIS)] == ["Hola"]
    assert [message.sid for message in client.messages.list(to=MAYA)] == sids[::-1]
    assert [message.sid for message in client.messages.list(from_=MAYA)] == [inbound]
    assert [message.sid for message in client.messages.list(to=ACME)] == [inbound]
    assert client.messages.list(to="+15035550999") == []


def test_it_filters_by_date(client: Client, simulator: SimulatorProcess, sids: list[str]) -> None:
    simulator.settings(clock_offset=3 * 86400)
    late = client.messages.create(to=MAYA, from_=ACME, body="In three days").sid
    simulator.settle()
    day = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    hour = dt.timedelta(hours=1)
    assert [message.sid for message in client.messages.list(date_sent=day.date())] == [late]
    assert [message.sid for message in client.messages.list(date_sent_after=day - hour)] == [late]
    assert [message.sid for message in client.messages.list(date_sent_before=day - hour)] == sids[::-1]
    assert client.messages.list(date_sent_after=day - hour, date_sent_before=day - hour / 2) == []


def test_an_unreadable_date_is_refused(client: Client) -> None:
    with pytest.raises(TwilioException):
        client.messages.list(date_sent="soon")


def test_a_waiting_text_is_found_by_the_date_it_was_made(client: Client, simulator: SimulatorProcess) -> None:
    simulator.settings(sending_delay=60)
    sid = client.messages.create(to=MAYA, from_=ACME, body="Waiting").sid
    an_hour_ago = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    found = client.messages.list(to=MAYA, date_sent_after=an_hour_ago)
    assert [(message.sid, message.status) for message in found] == [(sid, "queued")]
