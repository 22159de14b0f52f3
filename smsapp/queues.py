"""The Celery queues, which task goes to which, and what beat does when; one place, read by settings and tests."""

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
    "messaging.wake_held": {"queue": UPKEEP},
    "messaging.settle_leases": {"queue": UPKEEP},
    "messaging.reconcile_unknown": {"queue": UPKEEP},
    "campaigns.start_due": {"queue": UPKEEP},
    "campaigns.advance_journeys": {"queue": UPKEEP},
    "webhooks.replay_unprocessed": {"queue": UPKEEP},
    "privacy.sweep": {"queue": UPKEEP},
    "privacy.retain": {"queue": BULK},
    "audit.make_pack": {"queue": BULK},
    "audit.sweep_packs": {"queue": UPKEEP},
    "consent.run_import": {"queue": BULK},
    "consent.publish_heads": {"queue": BULK},
    "consent.seal": {"queue": UPKEEP},
    "consent.expire": {"queue": UPKEEP},
    "consent.lapse_requests": {"queue": UPKEEP},
    "consent.settle_imports": {"queue": UPKEEP},
}

# Seconds between runs. A second beat does no harm: every one of these tasks claims its rows.
EVERY = {
    "messaging.sweep_due": 1.0,
    "messaging.wake_held": 5.0,
    "messaging.settle_leases": 2.0,
    "messaging.reconcile_unknown": 5.0,
    "campaigns.start_due": 2.0,
    "campaigns.advance_journeys": 1.0,
    "webhooks.replay_unprocessed": 10.0,
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
