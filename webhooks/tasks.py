"""Celery tasks of the webhooks."""

from celery import shared_task

from webhooks import handle, missed


@shared_task(name="webhooks.replay_unprocessed")
def replay_unprocessed() -> int:
    return handle.replay_unprocessed()


@shared_task(name="webhooks.pull_missed")
def pull_missed() -> int:
    return missed.pull()
