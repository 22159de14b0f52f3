"""What the product tells of itself to machines: up, able to work, and figures without personal data."""

import re
import shutil
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from campaigns.models import CampaignStatus
from contacts import clock
from messaging import outbox, throttle
from messaging.models import Message, Sender
from smsapp.seen import gauges, meter, metrics, parts, signs
from tests import calls
from tests.architecture import tree
from tests.campaigns.conftest import campaign_of
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "lively")]


class Usage(NamedTuple):
    """As shutil tells it, in bytes."""

    total: int
    used: int
    free: int


@pytest.fixture
def lively() -> Iterator[None]:
    """A worker and beat have just shown themselves, and nothing was counted before."""
    redis = throttle.connection()
    redis.delete("meter", "meter:open", "meter:open:counted", *redis.keys("alive:*"))
    signs.worker_lives("worker@one")
    signs.beat_lives()
    metrics.forget()
    yield
    metrics.forget()


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Redis is away: nobody listens where it should be."""
    for name in ("REDIS_URL", "CELERY_BROKER_URL"):
        monkeypatch.setattr(settings, name, "redis://127.0.0.1:9/0")
    throttle.connection.cache_clear()
    yield
    throttle.connection.cache_clear()


def told(client: Client) -> tuple[int, dict[str, str]]:
    """The status of /readyz, and the parts that do not work."""
    answer = client.get("/readyz")
    return answer.status_code, {name: says for name, says in answer.json().items() if says != "ok"}


def scraped(client: Client) -> str:
    metrics.forget()
    return client.get("/metrics").content.decode()


def test_it_is_up_and_ready(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert told(client) == (200, {})
    assert client.get("/readyz/web").json() == {"database": "ok", "migrations": "ok"}


def test_without_redis_it_says_so_and_still_takes_webhooks(client: Client, no_redis: None) -> None:
    status, away = told(client)
    assert (status, set(away)) == (503, {"redis", "broker", "worker", "beat"})
    assert away["redis"].endswith("bring the Redis of REDIS_URL back; empty will do, nothing is lost")
    assert client.get("/readyz/web").status_code == 200


def test_without_a_worker_or_beat_it_is_not_ready_and_says_what_to_start(client: Client) -> None:
    throttle.connection().delete("alive:worker:worker@one", "alive:beat")
    status, away = told(client)
    assert status == 503
    assert away == {
        "worker": "no worker is alive: start celery -A smsapp worker --queues=replies,upkeep,bulk",
        "beat": "not seen in the last hour: start celery -A smsapp beat",
    }


def test_a_worker_that_fell_silent_is_not_alive(client: Client) -> None:
    throttle.connection().pexpire("alive:worker:worker@one", 3_560_000)
    assert signs.workers()["worker@one"] == pytest.approx(40, abs=1)
    assert told(client)[0] == 503


def test_a_worker_that_was_stopped_in_good_order_is_forgotten() -> None:
    signs.worker_leaves("worker@one")
    assert signs.workers() == {}


def test_a_migration_that_was_not_applied_is_told_of(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="inbox", name="0001_initial").delete()
    assert told(client) == (503, {"migrations": "1 not applied: run python manage.py migrate"})
    assert client.get("/readyz/web").status_code == 503


def test_a_database_that_takes_no_writes_is_not_ready(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
    status, away = told(client)
    assert status == 503
    assert away["database"].startswith("read-only: ")


def test_a_signing_key_that_cannot_be_read_is_told_of_without_the_key(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGER_SIGNING_KEYS", ["no-key-at-all"])
    status, away = told(client)
    assert (status, set(away)) == (503, {"ledger_key"})
    assert "no-key-at-all" not in away["ledger_key"]


def test_a_disk_that_is_nearly_full_is_told_of(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**40, 2**40 - 2**24, 2**24))
    assert told(client) == (503, {"disk": "16 MiB left: free space where VAR_DIR lies"})


def test_every_part_names_its_cure() -> None:
    assert all(part.cure for part in parts.everything())


def test_the_metrics_count_what_is_there(acme: Cast, client: Client) -> None:
    outbox.queue([draft(acme, acme.person())])
    calls.text(acme.sender, acme.person(), "STOP")
    calls.post(calls.INBOUND, {"Body": "x"}, signature="forged")
    Sender.objects.filter(id=acme.sender.id).update(halted_at=acme.brand.created_at)
    campaign_of(acme, status=CampaignStatus.FILLING, audience=7, filled_at=clock.now())
    meter.count_open()
    text = scraped(client)
    assert 'smsapp_messages_open{lane="3",status="queued"} 1.0' in text
    assert 'smsapp_oldest_due_seconds{lane="3"} 0.0' in text
    assert 'smsapp_opt_out_ms{quantile="0.99"}' in text
    assert "smsapp_webhooks_unprocessed 0.0" in text
    assert "smsapp_webhooks_quarantined 1.0" in text
    assert "smsapp_senders_halted 1.0" in text
    assert 'smsapp_campaign_people{brand="acme",campaign="brew-tips"} 7.0' in text
    assert "smsapp_workers_alive 1.0" in text
    assert not re.search(r"\+1\d{10}", text)


def test_each_change_and_each_verdict_is_counted_once(acme: Cast, client: Client) -> None:
    assert meter.count() == 0  # where counting begins
    outbox.queue([draft(acme, acme.person())])
    closed = acme.person()
    acme.stop(closed)
    outbox.queue([draft(acme, closed)])
    for _ in range(4):
        meter.count()
    text = scraped(client)
    assert 'smsapp_messages_total{status="queued"} 1.0' in text
    assert 'smsapp_verdicts_total{outcome="allow",reason="permitted",stage="queue"} 1.0' in text
    assert 'smsapp_verdicts_total{outcome="refuse",reason="number_closed",stage="queue"} 1.0' in text


def test_two_that_count_at_once_count_once(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    meter.count()
    outbox.queue([draft(acme, acme.person())])
    meter.count()
    between = meter._between

    def slowly(*arguments: Any) -> Any:
        monkeypatch.setattr(meter, "_between", between)
        assert meter.count() > 0  # the other one is faster
        return between(*arguments)

    monkeypatch.setattr(meter, "_between", slowly)
    assert meter.count() == 0
    queued = [c.amount for c in meter.counted() if (c.name, c.labels) == ("changes", ("queued",))]
    assert queued == [1]


def test_a_code_of_twilio_is_counted(acme: Cast, client: Client) -> None:
    outbox.queue([draft(acme, acme.person())])
    meter.count()
    message = Message.objects.get()
    message.events.create(
        brand=acme.brand, at=clock.now(), was="sending", became="failed", cause="refused_by_provider",
        detail={"code": 30007},
    )  # fmt: skip
    meter.count()
    meter.count()
    assert 'smsapp_provider_codes_total{code="30007"} 1.0' in scraped(client)


def test_without_redis_the_metrics_tell_what_the_tables_know(client: Client, no_redis: None) -> None:
    text = scraped(client)
    assert "smsapp_redis_up 0.0" in text
    assert "smsapp_webhooks_unprocessed 0.0" in text


def test_no_gauge_reads_a_whole_table_of_messages_events_or_people() -> None:
    """With sequential scans forbidden wherever there is another way, none is left over what grows."""
    growing = (
        "messaging_message|messaging_messageevent|messaging_decision|webhooks_webhookevent|consent_unsealed"
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for gauge in gauges.GAUGES:
            cursor.execute("EXPLAIN " + gauge.query, {"now": clock.now()})
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert not re.search(rf"Seq Scan on ({growing})", plan), f"{gauge.name}\n{plan}"


def test_every_metric_that_an_alarm_names_exists(acme: Cast, client: Client) -> None:
    outbox.queue([draft(acme, acme.person())])
    page = (tree.ROOT / "docs" / "alarms.md").read_text()
    named = set(re.findall(r"smsapp_[a-z_]+", page))
    told_of = set(re.findall(r"^# TYPE (smsapp_\w+)", scraped(client), re.MULTILINE))
    assert named
    assert named <= told_of
    assert {gauge.name for gauge in gauges.GAUGES} <= named | {"smsapp_campaign_people"}
