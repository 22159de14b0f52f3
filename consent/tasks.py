"""Celery tasks of consent: each takes ids and makes one call."""

import uuid

from celery import shared_task

from consent import admin_upload


@shared_task(name="consent.run_import")
def run_import(program_id: str, user_id: int, sha256: str, filename: str) -> None:
    """Import an uploaded file; its progress and outcome stand in its ContactImport."""
    admin_upload.run(uuid.UUID(program_id), user_id=user_id, sha256=sha256, filename=filename)
