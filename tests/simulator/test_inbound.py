"""Inbound webhooks: parameters, signature, retries, overrides in the fragment, fallback, TwiML."""

import socket

import pytest
from twilio.request_validator import RequestValidator

from simulator.webhooks import Rules
from tests.simulator.receiver import Receiver
from tests.simulator_process import SimulatorProcess

MAYA, ACME = "+15035550101", "+15005550006"
ALWAYS = {
    *("ToCountry", "ToState", "SmsMessageSid", "NumMedia", "ToCity", "FromZip", "SmsSid", "FromState"),
    *("SmsStatus", "FromCity", "Body", "FromCountry", "To", "ToZip", "NumSegments", "MessageSid"),
    *("AccountSid", "From", "ApiVersion"),
}


def closed_port_url() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/inbound/"


def test_it_sends_twilios_parameters_blanks_included(simulator: SimulatorProcess, product: Receiver) -> None:
    answer = simulator.send(from_=MAYA, to=ACME, body=" Stop please ")
    params = product.calls[0]["params"]
    assert set(params) == ALWAYS
    assert (params["From"], params["To"], params["Body"]) == (MAYA, ACME, " Stop please ")
    assert params["MessageSid"] == params["SmsSid"] == params["SmsMessageSid"] == answer["sid"]
    assert (params["SmsStatus"], params["NumMedia"], params["FromCity"]) == ("received", "0", "")
    assert answer["status"] == 204
    assert len(answer["attempts"]) == 1


def test_it_names_each_picture(simulator: SimulatorProcess, product: Receiver) -> None:
    simulator.send(from_=MAYA, to=ACME, body="", media=["https://x.example/a.jpg", "https://x.example/b"])
    params = product.calls[0]["params"]
    assert params["MessageSid"].startswith("MM")
    assert (params["NumMedia"], params["Body"]) == ("2", "")
    assert (params["MediaUrl0"], params["MediaContentType0"]) == ("https://x.example/a.jpg", "image/jpeg")
    assert params["MediaContentType1"] == "application/octet-stream"


@pytest.mark.parametrize("body", ["Hi!", "", " é ü 👋 & = + % ", "שלום", "line\nbreak"])
def test_the_signature_holds_for_any_body(simulator: SimulatorProcess, product: Receiver, body: str) -> None:
    simulator.send(from_=MAYA, to=ACME, body=body)
    call = product.calls[0]
    validator = RequestValidator(simulator.auth_token)
    assert call["params"]["Body"] == body
    assert validator.validate(
        product.url + call["path"], call["params"], call["headers"]["X-Twilio-Signature"]
    )


def test_the_number_of_a_subaccount_is_signed_with_its_token(
    simulator: SimulatorProcess, product: Receiver
) -> None:
    simulator.sender(ACME, account_sid="AC" + "b" * 32, auth_token="other")
    simulator.send(from_=MAYA, to=ACME, body="Hi!")
    call = product.calls[0]
    url, signature = product.url + call["path"], call["headers"]["X-Twilio-Signature"]
    assert call["params"]["AccountSid"] == "AC" + "b" * 32
    assert RequestValidator("other").validate(url, call["params"], signature)


VECTORS = [
    (
        "https://example.com/myapp.php?foo=1&bar=2",
        {
            "CallSid": "CA1234567890ABCDE",
            "Caller": "+14158675309",
            "Digits": "1234",
            "From": "+14158675309",
            "To": "+18005551212",
        },
        "9pyy2ZSJda9ihJ1NNXPXtY4oV2Y=",
    ),
    (
        "https://hooks.example.com/twilio/inbound/",
        {
            "MessageSid": "SM00000000000000000000000000000001",
            "AccountSid": "AC00000000000000000000000000000001",
            "From": "+15005550010",
            "To": "+15005550006",
            "Body": "Stop please ",
            "NumMedia": "0",
            "OptOutType": "",
        },
        "QqrfWytb1T5zXjZYKi5M/gwi2VY=",
    ),
]


@pytest.mark.parametrize(("url", "params", "signature"), VECTORS)
def test_it_signs_as_known(url: str, params: dict[str, str], signature: str) -> None:
    assert RequestValidator("12345").compute_signature(url, params) == signature


def test_an_error_answer_is_not_retried_by_default(simulator: SimulatorProcess, product: Receiver) -> None:
    product.answers.append((500, ""))
    answer = simulator.send(from_=MAYA, to=ACME, body="Hi!")
    assert (answer["status"], len(product.calls)) == (500, 1)


def test_a_failed_connection_is_tried_twice(simulator: SimulatorProcess) -> None:
    simulator.settings(inbound_url=closed_port_url())
    answer = simulator.send(from_=MAYA, to=ACME, body="Hi!")
    assert answer["status"] == 0
    assert [attempt["outcome"] for attempt in answer["attempts"]] == ["ct", "ct"]


def test_the_fragment_orders_retries_with_one_token_and_is_not_sent(
    simulator: SimulatorProcess, product: Receiver
) -> None:
    simulator.settings(inbound_url=f"{product.url}/inbound/#rc=3&rp=5xx")
    product.answers.extend([(500, ""), (503, "")])
    answer = simulator.send(from_=MAYA, to=ACME, body="Hi!")
    assert [attempt["status"] for attempt in answer["attempts"]] == [500, 503, 204]
    assert {call["path"] for call in product.calls} == {"/inbound/"}
    assert len({call["headers"]["I-Twilio-Idempotency-Token"] for call in product.calls}) == 1


def test_the_fragment_shortens_the_patience(simulator: SimulatorProcess, product: Receiver) -> None:
    simulator.settings(inbound_url=f"{product.url}/inbound/#rt=100&rc=1&rp=rt")
    product.hold.clear()
    answer = simulator.send(from_=MAYA, to=ACME, body="Hi!")
    assert [attempt["outcome"] for attempt in answer["attempts"]] == ["rt", "rt"]


@pytest.mark.parametrize(
    ("fragment", "rules"),
    [
        ("", Rules(5000, 15000, 15000, 1, frozenset({"ct"}))),
        ("rc=9&rt=99999&ct=1&tt=x", Rules(100, 15000, 15000, 5, frozenset({"ct"}))),
        ("rp=ct,RT,5xx", Rules(retry_on=frozenset({"ct", "rt", "5xx"}))),
    ],
)
def test_overrides_are_kept_in_twilios_ranges(fragment: str, rules: Rules) -> None:
    assert Rules.from_fragment(fragment) == rules


def test_the_fallback_gets_the_message_and_the_error(simulator: SimulatorProcess, product: Receiver) -> None:
    simulator.settings(fallback_url=f"{product.url}/fallback/")
    product.answers.append((500, ""))
    answer = simulator.send(from_=MAYA, to=ACME, body="Hi!")
    main, fallback = product.calls
    assert (answer["status"], fallback["path"]) == (204, "/fallback/")
    assert fallback["params"]["MessageSid"] == main["params"]["MessageSid"] == answer["sid"]
    assert fallback["params"]["ErrorCode"] == "11200"
    assert fallback["params"]["ErrorUrl"] == f"{product.url}/inbound/"
    kinds = [(call["kind"], call["status"]) for call in simulator.webhooks(sid=answer["sid"])]
    assert kinds == [("inbound", 500), ("fallback", 204)]


def test_a_repeated_delivery_keeps_sid_and_token(simulator: SimulatorProcess, product: Receiver) -> None:
    simulator.send(from_=MAYA, to=ACME, body="Hi!", deliveries=3)
    assert len(product.calls) == 3
    assert len({call["params"]["MessageSid"] for call in product.calls}) == 1
    assert len({call["headers"]["I-Twilio-Idempotency-Token"] for call in product.calls}) == 1


def test_a_twiml_message_reaches_the_handset(simulator: SimulatorProcess, product: Receiver) -> None:
    product.answers.append(
        (200, "<Response><Message>One</Message><Message><Body>Two</Body></Message></Response>")
    )
    simulator.send(from_=MAYA, to=ACME, body="Hi!")
    product.answers.append((200, "<Response/>"))
    simulator.send(from_=MAYA, to=ACME, body="Hi again!")
    texts = simulator.phone(MAYA)["threads"][0]["messages"]
    assert [text["body"] for text in texts] == ["Hi!", "One", "Two", "Hi again!"]


def test_a_wrong_order_is_told_what_is_needed(simulator: SimulatorProcess) -> None:
    with pytest.raises(AssertionError, match="are needed"):
        simulator.post("send", {"body": "Hi!"})
    with pytest.raises(AssertionError, match="unknown fault"):
        simulator.fault("nonsense")
    with pytest.raises(AssertionError, match="unknown setting"):
        simulator.settings(nonsense=1)
    with pytest.raises(AssertionError, match="unknown kind"):
        simulator.sender(ACME, kind="nonsense")
