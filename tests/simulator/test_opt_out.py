"""What Twilio itself does with STOP, START and HELP, by kind of sender."""

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from tests.simulator.receiver import Receiver
from tests.simulator_process import SimulatorProcess

MAYA, LUIS = "+15035550101", "+15035550102"
LONG, OTHER, FREE, SHORT, SERVICE = "+15005550006", "+15005550016", "+18885550100", "24365", "MG" + "a" * 32


def is_blocked(client: Client, sender: str, to: str = MAYA) -> bool:
    address = {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
    try:
        client.messages.create(to=to, body="Hello", **address)
    except TwilioRestException as refusal:
        return bool(refusal.code == 21610)
    return False


def replies(simulator: SimulatorProcess, number: str = MAYA) -> list[str]:
    threads = simulator.phone(number)["threads"]
    texts = [text for thread in threads for text in thread["messages"]]
    return [text["body"] for text in texts if text["direction"] == "outbound-reply"]


@pytest.mark.parametrize(
    "word", ["STOP", "stop", " Stop\n", "STOPALL", "unsubscribe", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"]
)
def test_a_stop_word_blocks_the_pair_and_is_answered(
    client: Client, simulator: SimulatorProcess, word: str
) -> None:
    simulator.send(from_=MAYA, to=LONG, body=word)
    assert is_blocked(client, LONG)
    assert not is_blocked(client, OTHER)
    assert not is_blocked(client, LONG, to=LUIS)
    assert "unsubscribed" in replies(simulator)[0]
    assert simulator.phone(MAYA)["blocked"] == [LONG]


@pytest.mark.parametrize("text", ["STOP PLEASE", "Please cancel", "stop.", "STOP!", "S T O P", "Hi!"])
def test_anything_but_the_whole_word_blocks_nothing(
    client: Client, simulator: SimulatorProcess, text: str
) -> None:
    simulator.send(from_=MAYA, to=LONG, body=text)
    assert not is_blocked(client, LONG)
    assert replies(simulator) == []


@pytest.mark.parametrize("word", ["START", "Yes", "UNSTOP"])
def test_a_start_word_lifts_the_block(client: Client, simulator: SimulatorProcess, word: str) -> None:
    simulator.send(from_=MAYA, to=LONG, body="STOP")
    simulator.send(from_=MAYA, to=LONG, body=word)
    assert not is_blocked(client, LONG)
    assert "re-subscribed" in replies(simulator)[1]


def test_a_second_stop_and_an_idle_start_get_no_reply(simulator: SimulatorProcess) -> None:
    for word in ("YES", "STOP", "STOP"):
        simulator.send(from_=MAYA, to=LONG, body=word)
    assert len(replies(simulator)) == 1


def test_help_is_answered_and_blocks_nothing(client: Client, simulator: SimulatorProcess) -> None:
    simulator.send(from_=MAYA, to=LONG, body="help")
    assert replies(simulator) == ["Reply STOP to unsubscribe. Msg&Data Rates May Apply."]
    assert not is_blocked(client, LONG)


def test_a_stop_still_reaches_the_webhook_without_opt_out_type(
    simulator: SimulatorProcess, product: Receiver
) -> None:
    simulator.send(from_=MAYA, to=LONG, body="STOP")
    assert product.calls[0]["params"]["Body"] == "STOP"
    assert "OptOutType" not in product.calls[0]["params"]


def test_a_standalone_short_code_does_nothing(client: Client, simulator: SimulatorProcess) -> None:
    for word in ("STOP", "HELP"):
        simulator.send(from_=MAYA, to=SHORT, body=word)
    assert not is_blocked(client, SHORT)
    assert replies(simulator) == []


def test_handling_can_be_switched_off(client: Client, simulator: SimulatorProcess) -> None:
    simulator.sender(LONG, opt_out_handling="off")
    simulator.send(from_=MAYA, to=LONG, body="STOP")
    assert not is_blocked(client, LONG)
    assert replies(simulator) == []


def test_toll_free_is_lifted_by_start_but_not_by_yes(client: Client, simulator: SimulatorProcess) -> None:
    simulator.sender(FREE, opt_out_handling="off")  # the carriers' layer does not care
    simulator.send(from_=MAYA, to=FREE, body="STOP")
    simulator.send(from_=MAYA, to=FREE, body="YES")
    assert is_blocked(client, FREE)
    assert replies(simulator)[0].startswith("NETWORK MSG")
    simulator.send(from_=MAYA, to=FREE, body="UNSTOP")
    assert not is_blocked(client, FREE)


def test_toll_free_may_fail_late_as_30004(client: Client, simulator: SimulatorProcess) -> None:
    simulator.settings(toll_free_blocks_late=True)
    simulator.send(from_=MAYA, to=FREE, body="STOP")
    message = client.messages.create(to=MAYA, from_=FREE, body="Hello")
    simulator.settle()
    assert (message.fetch().status, message.fetch().error_code) == ("undelivered", 30004)


def test_a_stop_to_one_number_of_a_service_closes_the_service(
    client: Client, simulator: SimulatorProcess
) -> None:
    for number in (LONG, OTHER):
        simulator.sender(number, messaging_service_sid=SERVICE)
    simulator.send(from_=MAYA, to=LONG, body="STOP")
    assert is_blocked(client, SERVICE)
    assert is_blocked(client, OTHER)
    simulator.send(from_=MAYA, to=OTHER, body="START")
    assert not is_blocked(client, SERVICE)


@pytest.mark.parametrize(("text", "kind"), [("STOP", "STOP"), ("yes", "START"), ("Hi", None)])
def test_advanced_opt_out_names_the_kind(
    simulator: SimulatorProcess, product: Receiver, text: str, kind: str | None
) -> None:
    simulator.sender(LONG, messaging_service_sid=SERVICE, advanced_opt_out=True)
    simulator.send(from_=MAYA, to=LONG, body=text)
    assert product.calls[0]["params"].get("OptOutType") == kind
