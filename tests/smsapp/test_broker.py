"""Tasks are carried by Redis or by RabbitMQ; what must never wait for either, does not."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from smsapp import queues
from tests.architecture import tree

RABBIT = "amqp://smsapp:secret@127.0.0.1:5672//"
ASK = """
import json, django; django.setup()
from celery import current_app as app
from django.conf import settings
connection = app.connection_for_write()
print(json.dumps({
    "transport": connection.transport_cls, "timeout": connection.connect_timeout,
    "options": connection.transport_options, "rates": settings.REDIS_URL == settings.CELERY_BROKER_URL,
}))
"""


def process_with(broker_url: str) -> dict[str, Any]:
    """What a process of its own makes of the address of a broker; nothing is connected to."""
    environment = os.environ | {"CELERY_BROKER_URL": broker_url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env=environment,
        cwd=tree.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_with_rabbitmq_tasks_are_confirmed_and_rates_stay_in_redis() -> None:
    found = process_with(RABBIT)
    assert found["transport"] == "amqp"
    assert found["options"]["confirm_publish"] is True
    assert found["rates"] is False
    assert found["timeout"] == 2  # a STOP must not wait for a broker that is away


def test_redis_hands_out_replies_before_bulk() -> None:
    assert queues.transport_options("redis://localhost/0")["queue_order_strategy"] == "priority"
    assert queues.QUEUES[0].name == queues.REPLIES


@pytest.mark.parametrize("address", ["sqs://", "localhost:5672", "kafka://localhost"])
def test_another_broker_is_refused_by_name(address: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"CELERY_BROKER_URL begins with .*: write a redis://"):
        queues.transport_options(address)


def test_on_a_server_with_rabbitmq_replies_have_workers_of_their_own() -> None:
    services = yaml.safe_load((tree.ROOT / "docker-compose.yml").read_text())["services"]
    assert services["rabbitmq"]["profiles"] == services["worker-replies"]["profiles"] == ["rabbitmq"]
    assert "--queues=replies" in services["worker-replies"]["command"]
    assert "CELERY_BROKER_URL" in services["worker"]["environment"]
