"""Celery tasks of the inbox: each takes nothing and makes one call."""

from celery import shared_task

from inbox import places


@shared_task(name="inbox.ask_places")
def ask_places() -> int:
    return places.ask_due()
