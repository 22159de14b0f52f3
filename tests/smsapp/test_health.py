"""What the product tells of itself: up, able to work, and figures without personal data."""

import pytest
from django.conf import settings
from django.test import Client

from messaging import outbox, throttle
from messaging.models import Sender
from tests import calls
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_it_is_up_and_ready(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "redis": "ok"})


def test_without_redis_it_says_so_and_still_takes_webhooks(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "REDIS_URL", "redis://127.0.0.1:9/0")
    throttle.connection.cache_clear()
    answer = client.get("/readyz")
    throttle.connection.cache_clear()
    assert (answer.status_code, answer.json()["database"]) == (200, "ok")
    assert answer.json()["redis"].startswith("away")


def test_the_metrics_count_what_is_there(acme: Cast, client: Client) -> None:
    outbox.queue([draft(acme, acme.person())])
    calls.text(acme.sender, acme.person(), "STOP")
    calls.post(calls.INBOUND, {"Body": "x"}, signature="forged")
    Sender.objects.filter(id=acme.sender.id).update(halted_at=acme.brand.created_at)
    text = client.get("/metrics").content.decode()
    assert 'smsapp_messages_open{status="queued"} 1.0' in text
    assert 'smsapp_opt_out_ms{quantile="0.99"}' in text
    assert "smsapp_webhooks_unprocessed 0.0" in text
    assert "smsapp_webhooks_quarantined 1.0" in text
    assert "smsapp_senders_halted 1.0" in text
    assert "+1206" not in text
