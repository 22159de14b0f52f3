"""Waking a sender's drain once the messages are committed; a lost wake-up is made good by the sweep."""

import logging
import uuid
from contextlib import suppress

import redis
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from messaging import throttle

log = logging.getLogger(__name__)


def after_commit(sender_id: uuid.UUID, *, is_reply: bool) -> None:
    """Wake the drain of a sender when the present transaction has committed."""
    transaction.on_commit(lambda: now(sender_id, is_reply=is_reply))


def now(sender_id: uuid.UUID, *, is_reply: bool) -> None:
    """Wake the drain of a sender; who drains another one meanwhile sees that it waits."""
    if not is_reply:
        with suppress(redis.RedisError):
            throttle.ask_for_turn(sender_id)
    send("messaging.drain_replies" if is_reply else "messaging.drain", sender_id)


def send(task: str, row_id: uuid.UUID) -> None:
    """Have a worker run a task on a row. With the broker down nothing is lost: a sweep looks at the row again."""
    try:
        current_app.send_task(task, args=[str(row_id)], retry=False, expires=60)
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("the broker is away; %s waits for the sweep: %s", task, error)
