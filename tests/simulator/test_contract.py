"""Real answers of the stand-in checked against Twilio's own description of the Messages resource."""

import json
from pathlib import Path
from typing import Any

import pytest
import requests
from openapi_core import OpenAPI
from openapi_core.contrib.requests import RequestsOpenAPIRequest, RequestsOpenAPIResponse

from tests.simulator_process import SimulatorProcess

SPEC = json.loads((Path(__file__).parent / "twilio_messages_openapi.json").read_text())
CREATE_FIELDS = set(SPEC["components"]["schemas"]["api.v2010.account.message"]["properties"])


@pytest.fixture
def api(simulator: SimulatorProcess) -> OpenAPI:
    here = [{"url": simulator.url}]
    paths = {path: {**item, "servers": here} for path, item in SPEC["paths"].items()}
    return OpenAPI.from_dict({**SPEC, "servers": here, "paths": paths})


def call(
    api: OpenAPI, simulator: SimulatorProcess, method: str, rest: str, **options: Any
) -> requests.Response:
    """Make a request and fail unless both it and the answer are as described."""
    url = f"{simulator.url}/2010-04-01/Accounts/{simulator.account_sid}/{rest}"
    auth = (simulator.account_sid, simulator.auth_token)
    with requests.Session() as session:
        prepared = session.prepare_request(requests.Request(method, url, auth=auth, **options))
        answer = session.send(prepared, timeout=5)
    request, response = RequestsOpenAPIRequest(prepared), RequestsOpenAPIResponse(answer)
    api.validate_request(request)
    if answer.ok and answer.content:
        api.validate_response(request, response)
    return answer


FORM = {"To": "+15035550101", "From": "+15005550006", "Body": "Hello"}


def test_create_answers_201_with_the_described_fields(api: OpenAPI, simulator: SimulatorProcess) -> None:
    answer = call(api, simulator, "POST", "Messages.json", data=FORM)
    assert answer.status_code == 201
    assert set(answer.json()) == CREATE_FIELDS
    assert answer.json()["status"] == "queued"
    assert answer.json()["date_created"].endswith("+0000")


def test_a_service_shows_no_sender_at_first(api: OpenAPI, simulator: SimulatorProcess) -> None:
    service = "MG" + "a" * 32
    simulator.sender("+15005550006", messaging_service_sid=service)
    form = {"To": "+15035550101", "MessagingServiceSid": service, "Body": "Hello"}
    answer = call(api, simulator, "POST", "Messages.json", data=form).json()
    assert (answer["status"], answer["from"], answer["num_segments"]) == ("accepted", None, "0")
    simulator.settle()
    fetched = call(api, simulator, "GET", f"Messages/{answer['sid']}.json").json()
    assert (fetched["status"], fetched["from"], fetched["num_segments"]) == ("delivered", "+15005550006", "1")


def test_fetch_list_update_and_delete_are_as_described(api: OpenAPI, simulator: SimulatorProcess) -> None:
    sid = call(api, simulator, "POST", "Messages.json", data=FORM).json()["sid"]
    simulator.settle()
    listed = call(api, simulator, "GET", "Messages.json", params={"PageSize": 20})
    assert [message["sid"] for message in listed.json()["messages"]] == [sid]
    assert call(api, simulator, "POST", f"Messages/{sid}.json", data={"Body": ""}).json()["body"] == ""
    assert call(api, simulator, "DELETE", f"Messages/{sid}.json").status_code == 204
    assert call(api, simulator, "GET", f"Messages/{sid}.json").status_code == 404


def test_a_refusal_has_the_four_fields_of_an_error(api: OpenAPI, simulator: SimulatorProcess) -> None:
    answer = call(api, simulator, "POST", "Messages.json", data=FORM | {"To": "12"})
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "more_info", "status"}
    assert (answer.json()["code"], answer.json()["status"]) == (21211, 400)
    assert answer.json()["more_info"] == "https://www.twilio.com/docs/errors/21211"
