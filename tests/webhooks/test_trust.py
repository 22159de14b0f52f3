"""Which requests are Twilio's: the published vectors, forgeries, rotation, and what is kept of a refusal."""

import pytest
from django.conf import settings
from django.test import RequestFactory
from twilio.request_validator import RequestValidator

from consent.models import ConsentEvent
from messaging import secrets
from messaging.models import Account, Message
from tests import calls
from tests.cast import Cast
from webhooks import quarantine, signature
from webhooks.models import QuarantinedRequest, WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_the_published_vectors_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PUBLIC_BASE_URL", "https://hooks.example.com")
    monkeypatch.setattr(settings, "TWILIO_AUTH_TOKENS", ["12345"])
    params = {
        "MessageSid": "SM00000000000000000000000000000001", "AccountSid": "AC00000000000000000000000000000001",
        "From": "+15005550010", "To": "+15005550006", "Body": "Stop please ", "NumMedia": "0", "OptOutType": "",
    }  # fmt: skip
    request = RequestFactory().post(
        "/twilio/inbound/", params, headers={"X-Twilio-Signature": "QqrfWytb1T5zXjZYKi5M/gwi2VY="}
    )
    assert signature.problem(request) == ""


@pytest.mark.parametrize("given", ["", "bm90IFR3aWxpbw==", "ü", "x" * 5000])
def test_a_forged_request_is_refused_kept_and_not_acted_on(acme: Cast, given: str) -> None:
    point = acme.person(agrees_to=())
    params = calls.inbound_params(acme.sender, point.address, "STOP")
    answer = calls.post(calls.INBOUND, params, signature=given)
    assert answer.status_code == 403
    assert (WebhookEvent.objects.count(), Message.objects.count(), ConsentEvent.objects.count()) == (0, 0, 0)
    kept = QuarantinedRequest.objects.get()
    assert kept.looks_like_stop
    assert "STOP" in kept.body


def test_a_changed_parameter_breaks_the_signature(acme: Cast) -> None:
    params = calls.inbound_params(acme.sender, "+12065550100", "Hello")
    right = calls.signed(calls.INBOUND, params)
    assert calls.post(calls.INBOUND, params | {"Body": "STOP"}, signature=right).status_code == 403
    assert calls.post(calls.INBOUND, params, signature=right).status_code == 200


def test_the_token_being_rotated_out_still_counts(acme: Cast) -> None:
    params = calls.inbound_params(acme.sender, "+12065550100", "Hello")
    older = calls.signed(calls.INBOUND, params, token=settings.TWILIO_AUTH_TOKENS[1])
    assert calls.post(calls.INBOUND, params, signature=older).status_code == 200


def test_a_brands_own_account_signs_with_its_own_token(acme: Cast) -> None:
    account = Account.objects.create(
        brand=acme.brand, name="own", sid="AC" + "9" * 32, sealed_tokens=secrets.seal(["own-token"])
    )
    acme.sender.account = account
    acme.sender.save()
    params = calls.inbound_params(acme.sender, "+12065550100", "Hello") | {"AccountSid": account.sid}
    assert (
        calls.post(calls.INBOUND, params).status_code == 403
    )  # the environment's token is not this account's
    own = calls.signed(calls.INBOUND, params, token="own-token")
    assert calls.post(calls.INBOUND, params, signature=own).status_code == 200
    assert "own-token" not in account.sealed_tokens


def test_one_accounts_signature_cannot_speak_for_anothers_number(acme: Cast, rival: Cast) -> None:
    Account.objects.create(
        brand=rival.brand, name="rival", sid="AC" + "8" * 32, sealed_tokens=secrets.seal(["rival-token"])
    )
    point = acme.person()
    params = calls.inbound_params(acme.sender, point.address, "STOP") | {"AccountSid": "AC" + "8" * 32}
    calls.post(calls.INBOUND, params, signature=calls.signed(calls.INBOUND, params, token="rival-token"))
    assert ConsentEvent.objects.filter(point=point, act="revoked").count() == 0


def test_a_blank_parameter_and_white_space_count(acme: Cast) -> None:
    params = calls.inbound_params(acme.sender, "+12065550100", "  Stop please ", OptOutType="", FromCity="")
    assert calls.post(calls.INBOUND, params).status_code == 200


def test_a_signature_with_the_default_port_holds(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PUBLIC_BASE_URL", "https://hooks.example.com")
    params = calls.inbound_params(acme.sender, "+12065550100", "Hello")
    with_port = RequestValidator(settings.TWILIO_AUTH_TOKENS[0]).compute_signature(
        "https://hooks.example.com:443/webhooks/twilio/inbound/", params
    )
    assert calls.post(calls.INBOUND, params, signature=with_port).status_code == 200


def test_a_flood_is_counted_and_not_kept(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "KEPT_PER_MINUTE", 3)
    for _ in range(10):
        calls.post(calls.INBOUND, {"Body": "x"}, signature="forged")
    assert QuarantinedRequest.objects.count() == 3
    assert QuarantinedRequest.objects.latest("id").repeats == 7


def test_a_browser_that_looks_gets_no_answer(acme: Cast, client: object) -> None:
    assert client.get(calls.INBOUND).status_code == 405  # type: ignore[attr-defined]
