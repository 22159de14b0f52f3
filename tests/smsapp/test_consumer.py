"""A worker whose broker was cut off at the worst moment stays, and comes back."""

from collections.abc import Iterator

import pytest
import redis
from celery.worker.consumer import Consumer as Celerys
from django.conf import settings
from kombu import Connection, Exchange, Queue

from smsapp.celery import app
from smsapp.consumer import Consumer

CUT = redis.ConnectionError("Connection reset by peer")
# Celery tells of a setting about tasks that are acknowledged late; ours are not.
pytestmark = pytest.mark.filterwarnings("ignore::celery.exceptions.CPendingDeprecationWarning")


@pytest.fixture
def lost() -> Iterator[Connection]:
    """A real connection to Redis with a message that was never acknowledged, and cannot be put back: Redis is gone."""
    with Connection(settings.REDIS_URL) as connection:
        queue = Queue("unacknowledged", Exchange("unacknowledged"), routing_key="unacknowledged")
        channel = connection.default_channel
        bound = queue(channel)
        bound.declare()
        connection.Producer(channel).publish({}, exchange=queue.exchange, routing_key=queue.routing_key)
        assert bound.get() is not None
        yield connection
        with Connection(settings.REDIS_URL) as another:
            bound = queue(another.default_channel)
            bound.delete()


def consumer_of(kind: type[Celerys], connection: Connection) -> Celerys:
    consumer = kind.__new__(kind)
    consumer.app, consumer.connection = app, connection
    return consumer


@pytest.fixture
def redis_is_gone(lost: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off just as the worker waits for its next message: closing the channel reads that first, and fails."""
    channel = lost.default_channel
    channel._in_poll = channel.client.connection_pool.get_connection()
    # The first time that Celery closes the connection, kombu tries the channel twice.
    attempts = iter([True, False])

    def cut(**_: object) -> None:
        if not next(attempts):
            channel._in_poll = None
        raise CUT

    monkeypatch.setattr(channel, "_brpop_read", cut)


@pytest.mark.usefixtures("redis_is_gone")
def test_a_connection_that_cannot_be_closed_does_not_end_the_worker(lost: Connection) -> None:
    consumer = consumer_of(Consumer, lost)
    consumer.on_connection_error_after_connected(CUT)
    assert consumer.connection is None


@pytest.mark.usefixtures("redis_is_gone")
def test_celerys_own_consumer_would_end_it(lost: Connection) -> None:
    """When this fails, kombu has mended it, and ours can go."""
    with pytest.raises(AttributeError, match="hostname"):
        consumer_of(Celerys, lost).on_connection_error_after_connected(CUT)


def test_workers_use_it() -> None:
    assert app.conf.worker_consumer == "smsapp.consumer:Consumer"
