"""The way of a text: statuses, callbacks, sender rates, validity."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.simulator.receiver import Receiver
from tests.simulator_process import SimulatorProcess

MAYA, ACME, SERVICE = "+15035550101", "+15005550006", "MG" + "a" * 32


def send(client: Client, product: Receiver, **changes: object) -> str:
    form = {"to": MAYA, "from_": ACME, "body": "Hello", "status_callback": f"{product.url}/status/?ref=7"}
    return str(client.messages.create(**(form | changes)).sid)


def test_each_status_after_the_first_is_told_in_order(
    client: Client, simulator: SimulatorProcess, product: Receiver
) -> None:
    sid = send(client, product)
    simulator.settle()
    assert product.statuses(sid) == ["sending", "sent", "delivered"]
    assert client.messages(sid).fetch().status == "delivered"


def test_a_service_also_tells_queued(client: Client, simulator: SimulatorProcess, product: Receiver) -> None:
    simulator.sender(ACME, messaging_service_sid=SERVICE)
    sid = send(client, product, from_=None, messaging_service_sid=SERVICE)
    simulator.settle()
    assert product.statuses(sid) == ["queued", "sending", "sent", "delivered"]
    assert product.calls[0]["params"]["MessagingServiceSid"] == SERVICE


def test_a_callback_is_signed_over_its_whole_url(
    client: Client, simulator: SimulatorProcess, product: Receiver
) -> None:
    send(client, product)
    simulator.settle()
    call = product.calls[-1]
    assert call["path"] == "/status/?ref=7"
    validator = RequestValidator(simulator.auth_token)
    url, signature = product.url + call["path"], call["headers"]["X-Twilio-Signature"]
    assert validator.validate(url, call["params"], signature)
    assert not validator.validate(url, call["params"] | {"MessageStatus": "failed"}, signature)


def test_only_the_chosen_statuses_are_told(
    client: Client, simulator: SimulatorProcess, product: Receiver
) -> None:
    simulator.settings(callback_statuses=["delivered"])
    sid = send(client, product)
    simulator.settle()
    assert product.statuses(sid) == ["delivered"]


@pytest.mark.parametrize(("kind", "code", "told"), [("undelivered", 30005, 3), ("failed", 30007, 2)])
def test_a_network_failure_has_its_code(
    client: Client, simulator: SimulatorProcess, product: Receiver, kind: str, code: int, told: int
) -> None:
    simulator.fault(kind, to=MAYA, code=code, count=1)
    sid = send(client, product)
    simulator.settle()
    assert (len(product.calls), product.statuses(sid)[-1]) == (told, kind)
    assert product.calls[-1]["params"]["ErrorCode"] == str(code)
    message = client.messages(sid).fetch()
    assert (message.status, message.error_code) == (kind, code)
    assert simulator.phones() == []


def test_silence_duplicates_and_disorder_on_demand(
    client: Client, simulator: SimulatorProcess, product: Receiver
) -> None:
    told = {}
    for kind in ("silent", "callback_duplicates", "callback_out_of_order"):
        simulator.fault(kind, count=1)
        sid = send(client, product)
        simulator.settle()
        told[kind] = product.statuses(sid)
    assert told == {
        "silent": [],
        "callback_duplicates": ["sending", "sending", "sent", "sent", "delivered", "delivered"],
        "callback_out_of_order": ["delivered", "sent", "sending"],
    }


def test_a_slow_sender_drains_in_segments(
    client: Client, simulator: SimulatorProcess, product: Receiver
) -> None:
    simulator.sender(ACME, segments_per_second=20)
    long = "x" * 460  # four segments
    sids = [client.messages.create(to=MAYA, from_=ACME, body=long).sid for _ in range(3)]
    simulator.settle()
    starts = [text["at"] for text in simulator.requests()]
    last = client.messages(sids[-1]).fetch()
    assert last.status == "delivered"
    assert simulator.phone(MAYA)["active_at"] - starts[0] >= 8 / 20


def test_what_waits_past_its_validity_never_leaves(
    client: Client, simulator: SimulatorProcess, product: Receiver
) -> None:
    simulator.sender(ACME, segments_per_second=0.01)
    send(client, product)
    sid = send(client, product, validity_period=1)
    simulator.settle()
    message = client.messages(sid).fetch()
    assert (message.status, message.error_code) == ("failed", 30036)
    assert product.statuses(sid) == ["failed"]


def test_a_waiting_text_can_be_canceled_but_not_deleted(client: Client, simulator: SimulatorProcess) -> None:
    simulator.sender(ACME, segments_per_second=0.01)
    first = client.messages.create(to=MAYA, from_=ACME, body="One")
    waiting = client.messages.create(to=MAYA, from_=ACME, body="Two")
    with pytest.raises(TwilioRestException):
        waiting.delete()
    assert waiting.update(status="canceled").status == "canceled"
    simulator.settle()
    assert first.fetch().status == "delivered"
    assert waiting.delete()


def test_a_redacted_text_has_no_body(client: Client, simulator: SimulatorProcess) -> None:
    message = client.messages.create(to=MAYA, from_=ACME, body="Secret")
    simulator.settle()
    assert message.update(body="").body == ""
    assert message.fetch().body == ""


def test_a_reset_drops_what_was_still_to_be_told(
    client: Client, simulator: SimulatorProcess, product: Receiver
) -> None:
    product.hold.clear()
    sids = [send(client, product) for _ in range(40)]
    simulator.reset()
    product.hold.set()
    simulator.settle()
    assert all(len(product.statuses(sid)) <= 1 for sid in sids)
    assert simulator.webhooks() == []


def test_a_service_overflows_later_with_30001(client: Client, simulator: SimulatorProcess) -> None:
    simulator.sender(ACME, messaging_service_sid=SERVICE, segments_per_second=0.00001)
    sent = [client.messages.create(to=MAYA, messaging_service_sid=SERVICE, body="Hi") for _ in range(2)]
    simulator.post("settle", {"seconds": 0.1})
    assert (sent[1].fetch().status, sent[1].fetch().error_code) == ("failed", 30001)
