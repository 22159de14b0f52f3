"""Celery tasks of the wiring: each takes ids and makes one call."""

import uuid

from celery import shared_task

from smsapp.audit import pack_making, packs
from smsapp.privacy import erase, retention
from smsapp.seen import meter


@shared_task(name="seen.count")
def count_what_happened() -> int:
    """Bring the counters of /metrics up to date."""
    meter.count_open()
    return meter.count()


@shared_task(name="privacy.sweep")
def sweep_erasures() -> dict[str, int]:
    return erase.sweep()


@shared_task(name="privacy.retain")
def retain() -> None:
    """Apply every brand's retention rules; what went stands in the log."""
    retention.run()


@shared_task(name="audit.make_pack")
def make_pack(brand_id: str, pack_id: str) -> None:
    """Make an ordered export pack; its progress and outcome stand in its folder."""
    pack_making.make(uuid.UUID(brand_id), uuid.UUID(pack_id))


@shared_task(name="audit.sweep_packs")
def sweep_packs() -> dict[str, int]:
    return packs.sweep()
