"""Celery tasks of campaigns and journeys: each takes an id or nothing and makes one call."""

import uuid

from celery import shared_task

from campaigns import departed, imports, journeys, upkeep
from campaigns import fill as filling


@shared_task(name="campaigns.fill")
def fill(campaign_id: str) -> int:
    return filling.fill(uuid.UUID(campaign_id))


@shared_task(name="campaigns.start_due")
def start_due() -> dict[str, int]:
    return upkeep.start_due()


@shared_task(name="campaigns.advance_journeys")
def advance_journeys() -> dict[str, int]:
    return {"enrolled": journeys.enroll_joined(), "advanced": journeys.advance_due()}


@shared_task(name="campaigns.run_import")
def run_import(import_id: str) -> None:
    """Preview or import an uploaded file; its progress and outcome stand in its ContactImport."""
    imports.run_uploaded(uuid.UUID(import_id))


@shared_task(name="campaigns.see_to_departed")
def see_to_departed() -> dict[str, int]:
    return {"numbers": departed.sweep(), "imports": imports.sweep()}
