"""Celery tasks of campaigns and journeys: each takes an id or nothing and makes one call."""

import uuid

from celery import shared_task

from campaigns import fill as filling
from campaigns import journeys, upkeep


@shared_task(name="campaigns.fill")
def fill(campaign_id: str) -> int:
    return filling.fill(uuid.UUID(campaign_id))


@shared_task(name="campaigns.start_due")
def start_due() -> dict[str, int]:
    return upkeep.start_due()


@shared_task(name="campaigns.advance_journeys")
def advance_journeys() -> dict[str, int]:
    return {"enrolled": journeys.enroll_joined(), "advanced": journeys.advance_due()}
