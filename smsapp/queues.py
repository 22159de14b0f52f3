"""The Celery queues, which task goes to which, and what beat does when; one place, read by settings and tests."""

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from kombu import Exchange, Queue

# Replies are drained apart from campaigns so that a person's answer never queues behind bulk work.
REPLIES = "replies"
BULK = "bulk"
UPKEEP = "upkeep"

# In the order in which a worker looks at them: upkeep is short, and heals what bulk work waits for.
# Each with an exchange and key of its own: Celery would give them the default queue's, and every task three times.
QUEUES = tuple(Queue(name, Exchange(name), routing_key=name) for name in (REPLIES, UPKEEP, BULK))

ROUTES = {
    "messaging.drain_replies": {"queue": REPLIES},
    "messaging.drain": {"queue": BULK},
    "campaigns.fill": {"queue": BULK},
    "messaging.sweep_due": {"queue": UPKEEP},
    "messaging.fail_over": {"queue": UPKEEP},
    "messaging.wake_held": {"queue": UPKEEP},
    "messaging.settle_leases": {"queue": UPKEEP},
    "messaging.reconcile_unknown": {"queue": UPKEEP},
    "messaging.make_partitions": {"queue": UPKEEP},
    "campaigns.start_due": {"queue": UPKEEP},
    "campaigns.advance_journeys": {"queue": UPKEEP},
    "campaigns.see_to_departed": {"queue": UPKEEP},
    "inbox.ask_places": {"queue": UPKEEP},
    "webhooks.replay_unprocessed": {"queue": UPKEEP},
    "webhooks.pull_missed": {"queue": UPKEEP},
    "seen.count": {"queue": UPKEEP},
    "privacy.sweep": {"queue": UPKEEP},
    "privacy.retain": {"queue": BULK},
    "audit.make_pack": {"queue": BULK},
    "audit.sweep_packs": {"queue": UPKEEP},
    "campaigns.run_import": {"queue": BULK},
    "consent.publish_heads": {"queue": BULK},
    "consent.seal": {"queue": UPKEEP},
    "consent.expire": {"queue": UPKEEP},
    "consent.lapse_requests": {"queue": UPKEEP},
    "consent.settle_imports": {"queue": UPKEEP},
}

# Seconds between runs. A second beat does no harm: every one of these tasks claims its rows.
EVERY = {
    "messaging.sweep_due": 1.0,
    "messaging.fail_over": 5.0,
    "messaging.wake_held": 5.0,
    "messaging.settle_leases": 2.0,
    "messaging.reconcile_unknown": 5.0,
    "messaging.make_partitions": 86_400.0,
    "campaigns.start_due": 2.0,
    "campaigns.advance_journeys": 1.0,
    "campaigns.see_to_departed": 10.0,
    "inbox.ask_places": 60.0,
    "webhooks.replay_unprocessed": 10.0,
    # Looks for numbers that are due, each once a minute, and goes on with what an outage left.
    "webhooks.pull_missed": 10.0,
    "seen.count": 5.0,
    "privacy.sweep": 300.0,
    "privacy.retain": 86_400.0,
    "audit.sweep_packs": 60.0,
    "consent.publish_heads": 60.0,
    "consent.seal": 15.0,
    "consent.expire": 30.0,
    "consent.lapse_requests": 60.0,
    "consent.settle_imports": 10.0,
}

# What was not taken within a few rounds is dropped: the next round does the same, and after an outage of the
# workers no pile of old rounds waits for them.
BEAT = {
    task: {"task": task, "schedule": seconds, "options": {"expires": max(5.0, 3 * seconds)}}
    for task, seconds in EVERY.items()
}


def transport_options(broker_url: str) -> dict[str, Any]:
    """What the broker of that URL is told. Raises ImproperlyConfigured for one that is neither Redis nor RabbitMQ.

    Redis hands out tasks in the order of QUEUES. RabbitMQ goes round its queues, so with it the replies have
    workers of their own; it says of each task that it has it, or the task counts as not sent and a sweep is awaited.
    """
    scheme = urlsplit(broker_url).scheme
    if scheme in {"redis", "rediss", "redis+socket"}:
        return {"socket_timeout": 5, "socket_connect_timeout": 2, "queue_order_strategy": "priority"}
    if scheme in {"amqp", "amqps", "pyamqp"}:
        return {"confirm_publish": True, "read_timeout": 5, "write_timeout": 5}
    raise ImproperlyConfigured(
        f"CELERY_BROKER_URL begins with {scheme or 'no scheme'}: write a redis:// or an amqp:// address."
    )
