"""`/metrics`: gauges from the tables, counters from the meter, signs of life; every process tells the same."""

import functools
import shutil
import time
from collections.abc import Iterator

import prometheus_client
import redis
from django.conf import settings
from django.db import connection
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from contacts import clock
from smsapp.seen import gauges, meter, signs

# Two collectors, or a person who reloads the page, do not make the database count twice.
_KEPT_SECONDS = 3

_COUNTERS = {
    "changes": ("smsapp_messages", "Messages that came into a status", ("status",)),
    "codes": ("smsapp_provider_codes", "Error codes that Twilio gave", ("code",)),
    "verdicts": ("smsapp_verdicts", "Reasons of the gate's verdicts", ("stage", "outcome", "reason")),
}


def text() -> bytes:
    """Prometheus's text format, some seconds old at most; no personal data is in it."""
    return _text(int(time.monotonic() / _KEPT_SECONDS))


def forget() -> None:
    """Ask the tables anew at once: tests do not wait for seconds to pass."""
    _text.cache_clear()


@functools.lru_cache(maxsize=1)
def _text(_: int) -> bytes:
    return prometheus_client.generate_latest(REGISTRY)


class _Seen(Collector):
    """Counted when asked."""

    def collect(self) -> Iterator[Metric]:
        yield from _gauges()
        try:
            yield from _from_redis()
            yield _one("smsapp_redis_up", "Whether Redis answers", 1)
        except redis.RedisError:
            yield _one("smsapp_redis_up", "Whether Redis answers", 0)
        usage = shutil.disk_usage(settings.VAR_DIR)
        yield _one("smsapp_disk_free_ratio", "Free share of the disk of VAR_DIR", usage.free / usage.total)


def _gauges() -> Iterator[Metric]:
    now = clock.now()
    with connection.cursor() as cursor:
        for gauge in gauges.GAUGES:
            family = GaugeMetricFamily(gauge.name, gauge.says, labels=gauge.labels)
            for labels, figure in gauges.rows(cursor, gauge, now):
                family.add_metric(labels, figure)
            yield family


def _from_redis() -> Iterator[Metric]:
    waiting = GaugeMetricFamily(
        "smsapp_messages_open", "Messages that wait to be sent", labels=["status", "lane"]
    )
    for status, lane, number in meter.open_now():
        waiting.add_metric([status, str(lane)], number)
    yield waiting
    families = {
        key: CounterMetricFamily(name, says, labels=labels) for key, (name, says, labels) in _COUNTERS.items()
    }
    for counted in meter.counted():
        families[counted.name].add_metric(counted.labels, counted.amount)
    yield from families.values()
    ages = signs.workers().values()
    yield _one("smsapp_workers_alive", "Workers with a sign of life", sum(a < signs.DEAD_AFTER for a in ages))
    beat = signs.beat()
    if beat is not None:
        yield _one("smsapp_beat_seconds", "Since the last tick of beat", beat)


def _one(name: str, says: str, figure: float) -> Metric:
    return GaugeMetricFamily(name, says, value=figure)


REGISTRY = prometheus_client.CollectorRegistry(auto_describe=False)
REGISTRY.register(_Seen())
