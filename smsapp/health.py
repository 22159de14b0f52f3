"""Whether this process is up, whether the product can work, and what to measure it by."""

import datetime as dt

import prometheus_client
import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from contacts import clock
from messaging import throttle


def healthz(_: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(_: HttpRequest) -> HttpResponse:
    """200 when the database answers, so that webhooks can be accepted; Redis is told of but not needed for that."""
    parts = {"database": _database(), "redis": _redis()}
    return JsonResponse(parts, status=200 if parts["database"] == "ok" else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
    except DatabaseError as error:
        return f"away: {type(error).__name__}"
    return "ok"


def _redis() -> str:
    try:
        throttle.connection().ping()
    except redis.RedisError as error:
        return f"away: {type(error).__name__}"
    return "ok"


class _Messages(Collector):
    """Counted from the tables when asked, so every process tells the same."""

    def collect(self) -> list[GaugeMetricFamily]:
        waiting = GaugeMetricFamily("smsapp_messages_open", "Messages not settled yet", labels=["status"])
        oldest = GaugeMetricFamily(
            "smsapp_oldest_due_seconds", "Age of the oldest due message", labels=["lane"]
        )
        stops = GaugeMetricFamily(
            "smsapp_opt_out_ms", "STOP arrival to fence closed, last day", labels=["quantile"]
        )
        unprocessed = GaugeMetricFamily("smsapp_webhooks_unprocessed", "Stored webhooks not acted on yet")
        quarantined = GaugeMetricFamily("smsapp_webhooks_quarantined", "Requests turned away, last day")
        halted = GaugeMetricFamily("smsapp_senders_halted", "Senders that nothing leaves from")
        unsealed = GaugeMetricFamily(
            "smsapp_unsealed_seconds", "Age of the oldest consent event without a seal"
        )
        now = clock.now()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT status, count(*) FROM messaging_message"
                " WHERE status IN ('queued', 'held', 'sending', 'unknown') GROUP BY status"
            )
            for status, count in cursor.fetchall():
                waiting.add_metric([status], count)
            cursor.execute(
                "SELECT lane, extract(epoch FROM %s - min(due_at)) FROM messaging_message"
                " WHERE status IN ('queued', 'held') AND due_at <= %s GROUP BY lane",
                [now, now],
            )
            for lane, age in cursor.fetchall():
                oldest.add_metric([str(lane)], float(age))
            cursor.execute(
                "SELECT percentile_cont(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY closed_after_ms)"
                " FROM webhooks_webhookevent WHERE closed_after_ms IS NOT NULL AND received_at > %s",
                [now - dt.timedelta(days=1)],
            )
            for quantile, ms in zip(("0.5", "0.99", "1"), cursor.fetchone()[0] or (), strict=False):
                stops.add_metric([quantile], ms)
            cursor.execute("SELECT count(*) FROM webhooks_webhookevent WHERE processed_at IS NULL")
            unprocessed.add_metric([], cursor.fetchone()[0])
            cursor.execute(
                "SELECT count(*) + coalesce(sum(repeats), 0) FROM webhooks_quarantinedrequest WHERE received_at > %s",
                [now - dt.timedelta(days=1)],
            )
            quarantined.add_metric([], float(cursor.fetchone()[0]))
            cursor.execute("SELECT count(*) FROM messaging_sender WHERE halted_at IS NOT NULL")
            halted.add_metric([], cursor.fetchone()[0])
            cursor.execute("SELECT extract(epoch FROM %s - min(recorded_at)) FROM consent_unsealed", [now])
            unsealed.add_metric([], float(cursor.fetchone()[0] or 0))
        return [waiting, oldest, stops, unprocessed, quarantined, halted, unsealed]


REGISTRY = prometheus_client.CollectorRegistry()
REGISTRY.register(_Messages())


def metrics(_: HttpRequest) -> HttpResponse:
    """Prometheus's text format; no personal data in it."""
    return HttpResponse(
        prometheus_client.generate_latest(REGISTRY), content_type=prometheus_client.CONTENT_TYPE_LATEST
    )
