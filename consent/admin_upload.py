"""An uploaded file of contacts: kept on disk, imported by a worker, its report beside it."""

import hashlib
import logging
import os
import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from celery import current_app
from django.conf import settings
from django.contrib.auth import get_user_model
from kombu.exceptions import OperationalError

from consent import intake
from consent.models import Program
from contacts.csv_rows import BadFile
from contacts.models import ContactImport

if TYPE_CHECKING:
    from django.core.files import File

log = logging.getLogger(__name__)

MOST_BYTES = 500_000_000


class NoWorker(RuntimeError):
    """The task could not be handed to a worker; nothing was imported."""


def path_of(brand_id: uuid.UUID, sha256: str) -> Path:
    """Where an uploaded file lies; web and workers share this folder."""
    return Path(settings.VAR_DIR) / "uploads" / str(brand_id) / f"{sha256}.csv"


def report_of(row: ContactImport) -> Path:
    """The report of an import of an uploaded file; it may not exist (yet)."""
    path = path_of(row.brand_id, row.sha256)
    return path.with_name(f"{path.stem}.report.csv")


def keep(upload: "File[bytes]", brand_id: uuid.UUID) -> str:
    """Write the upload to disk, piece by piece, under the name of its SHA-256; returns that."""
    folder = path_of(brand_id, "").parent
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        for chunk in upload.chunks():
            digest.update(chunk)
            file.write(chunk)
    sha256 = digest.hexdigest()
    os.replace(file.name, path_of(brand_id, sha256))  # noqa: PTH105 - atomic, and the name is a str already
    return sha256


def start(program: Program, *, user_id: int, sha256: str, filename: str) -> None:
    """Hand the import to a worker; raises NoWorker when the broker is away."""
    try:
        current_app.send_task(
            "consent.run_import", args=[str(program.id), user_id, sha256, filename[:255]], retry=False
        )
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("the broker is away; an import was not started: %s", error)
        raise NoWorker(
            "No worker can be reached now. Nothing was imported; try again in a minute."
        ) from error


def run(program_id: uuid.UUID, *, user_id: int, sha256: str, filename: str) -> None:
    """Import a kept file; what becomes of it, a failure too, is written into its ContactImport."""
    program = Program.objects.get(id=program_id)
    user = get_user_model().objects.filter(id=user_id).first()
    path = path_of(program.brand_id, sha256)
    try:
        intake.import_file(path, program=program, filename=filename, started_by=user)
    except BadFile as error:
        log.info("%s could not be imported: %s", filename, error)
