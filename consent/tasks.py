"""Celery tasks of consent: each takes ids and makes one call."""

from celery import shared_task

from consent import expiry, join_requests, sealing, settling, witnesses


@shared_task(name="consent.settle_imports")
def settle_imports() -> None:
    """Note imports whose worker died as failed, and tell workers again of those that wait."""
    settling.settle()


@shared_task(name="consent.expire")
def expire() -> dict[str, int]:
    return expiry.expire()


@shared_task(name="consent.lapse_requests")
def lapse_requests() -> int:
    return join_requests.lapse()


@shared_task(name="consent.publish_heads")
def publish_heads() -> int:
    return witnesses.publish()


@shared_task(name="consent.seal")
def seal() -> int:
    return sealing.seal_due()
