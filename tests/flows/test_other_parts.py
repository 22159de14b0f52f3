"""The product on other parts: tasks carried by RabbitMQ, PostgreSQL reached through PgBouncer, where they are had."""

import contextlib
import time
from collections import Counter
from pathlib import Path

import pytest

from campaigns.launch import launch
from messaging.models import Message, Status
from messaging.states import FINAL
from tests import cast, other_parts, stack
from tests.concurrency.test_stop_race import campaign_of
from tests.people import many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]

PEOPLE, RATE, LEAVE = 300, 60, 10
HERE = other_parts.found()


@pytest.mark.parametrize("names", [pytest.param(HERE, id=" and ".join(HERE) or "neither is installed here")])
def test_a_campaign_drains_once_and_a_stop_holds(
    names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.ExitStack() as stage:
        more: dict[str, str] = {}
        broker: other_parts.Server | None = None
        if "RabbitMQ" in names:
            more["CELERY_BROKER_URL"], broker = stage.enter_context(other_parts.rabbitmq(tmp_path / "broker"))
        if "PgBouncer" in names:
            pooled = stage.enter_context(other_parts.pgbouncer(tmp_path / "pooler", stack.database_url()))
            more |= {"DATABASE_URL": pooled, "DATABASE_IS_POOLED": "1"}
        processes = stage.enter_context(stack.running(tmp_path / "logs", monkeypatch, workers=2, **more))
        acme = cast.acme()
        acme.sender.segments_per_second = RATE
        acme.sender.save()
        many(acme, PEOPLE)
        customers = stack.customers()
        launch(campaign_of(acme).id)
        processes.wait_for(lambda: customers.arrived() > PEOPLE / 4, "a quarter of the texts")
        if broker:
            broker.kill()  # nobody is told what to do now; people are listened to all the same
        answered: dict[str, float] = {}
        waiting = Message.objects.filter(status=Status.QUEUED).values_list("point__address", flat=True)
        for address in waiting[:LEAVE]:
            assert customers.text(address, "STOP")["status"] == 200
            answered[address] = time.monotonic()
        if broker:
            broker.start()
        left = Message.objects.exclude(status__in=FINAL)
        processes.wait_for(lambda: not left.exists(), "the drain's end", seconds=120)
        requests = customers.requests()
    reached = Counter(request["to"] for request in requests)
    assert [one for one in requests if one["monotonic"] > answered.get(one["to"], float("inf"))] == []
    assert len(answered) == LEAVE
    assert max(reached.values()) == 1
    assert len(reached.keys() | answered.keys()) == PEOPLE
