"""The Celery queues, which task goes to which, and what beat does when; one place, read by settings and tests."""

from kombu import Exchange, Queue

# Replies are drained apart from campaigns so that a person's answer never queues behind bulk work.
REPLIES = "replies"
BULK = "bulk"
UPKEEP = "upkeep"

# Each with an exchange and key of its own: Celery would give them the default queue's, and every task three times.
QUEUES = tuple(Queue(name, Exchange(name), routing_key=name) for name in (REPLIES, BULK, UPKEEP))

ROUTES = {
    "messaging.drain_replies": {"queue": REPLIES},
    "messaging.drain": {"queue": BULK},
    "campaigns.fill": {"queue": BULK},
    "messaging.sweep_due": {"queue": UPKEEP},
    "messaging.wake_held": {"queue": UPKEEP},
    "messaging.settle_leases": {"queue": UPKEEP},
    "messaging.reconcile_unknown": {"queue": UPKEEP},
    "campaigns.start_due": {"queue": UPKEEP},
    "campaigns.advance_journeys": {"queue": UPKEEP},
    "webhooks.replay_unprocessed": {"queue": UPKEEP},
    "consent.run_import": {"queue": BULK},
}

# Seconds between runs. A second beat does no harm: every one of these tasks claims its rows.
BEAT = {
    "messaging.sweep_due": {"task": "messaging.sweep_due", "schedule": 1.0},
    "messaging.wake_held": {"task": "messaging.wake_held", "schedule": 5.0},
    "messaging.settle_leases": {"task": "messaging.settle_leases", "schedule": 2.0},
    "messaging.reconcile_unknown": {"task": "messaging.reconcile_unknown", "schedule": 5.0},
    "campaigns.start_due": {"task": "campaigns.start_due", "schedule": 2.0},
    "campaigns.advance_journeys": {"task": "campaigns.advance_journeys", "schedule": 1.0},
    "webhooks.replay_unprocessed": {"task": "webhooks.replay_unprocessed", "schedule": 10.0},
}
