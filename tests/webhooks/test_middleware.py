"""Twilio's requests go straight to their view; everybody else's pass what is there for people."""

import pytest
from django.test import Client

from tests.calls import INBOUND, inbound_params, signed, text
from tests.cast import Cast
from webhooks import store

pytestmark = pytest.mark.django_db(transaction=True)


def test_twilios_requests_pass_nothing_that_is_there_for_people(acme: Cast) -> None:
    answer = text(acme.sender, acme.person(), "What are your hours?")
    assert answer.status_code == 200
    assert "X-Frame-Options" not in answer.headers
    assert Client().get("/admin/login/").headers["X-Frame-Options"] == "DENY"


def test_only_posts_are_taken() -> None:
    assert Client().get(INBOUND).status_code == 405


def test_what_fails_in_the_view_is_an_error_500(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(store, "read", broken)
    params = inbound_params(acme.sender, acme.person().address, "STOP")
    signature = {"X-Twilio-Signature": signed(INBOUND, params)}
    answer = Client(raise_request_exception=False).post(INBOUND, params, headers=signature)
    assert answer.status_code == 500
