"""An uploaded file of contacts: kept on disk, previewed and imported by a worker, its report beside it."""

import hashlib
import logging
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import redis
from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import OperationalError

from consent import intake, intake_guess, intake_mapping, layouts
from consent.intake_mapping import Mapping
from consent.intake_report import Samples
from consent.models import Program
from contacts import clock
from contacts.csv_rows import BadFile, CsvRows, Record, Shape, shape_of
from contacts.models import ContactImport, ImportRow

if TYPE_CHECKING:
    from django.core.files import File

log = logging.getLogger(__name__)

MOST_BYTES = 500_000_000
_SHOWN_ROWS = 10
Status = ContactImport.Status
# Where a person may still choose columns, ask for a preview, or begin.
OPEN = (Status.DRAFT, Status.PREVIEW, Status.FAILED)


class NoWorker(RuntimeError):
    """The task could not be handed to a worker; it will be, as soon as one can be reached."""


def file_of(row: ContactImport) -> Path:
    """Where the uploaded file of an import lies; web and workers share this folder."""
    return _folder(row.brand_id) / f"{row.id}.csv"


def report_of(row: ContactImport) -> Path:
    """The report of an import of an uploaded file; it may not exist (yet)."""
    return _folder(row.brand_id) / f"{row.id}.report.csv"


def keep(upload: "File[bytes]", *, program: Program, kind: str, filename: str, user: Any) -> ContactImport:
    """Keep an uploaded file and draft its import: columns as last time for the same header, else as recognised.

    For any other file a guess is kept too, until a person has chosen. Raises BadFile for one that is no CSV; nothing of
    it is kept then.
    """
    row = ContactImport(
        brand_id=program.brand_id,
        program_slug=program.slug,
        kind=kind,
        filename=filename[-255:],
        status=Status.DRAFT,
        started_by=user,
        started_at=clock.now(),
    )
    row.sha256 = _write(upload, file_of(row))
    try:
        shape = shape_of(file_of(row))
    except BadFile:
        forget(row)
        raise
    before = _as_last_time(program, kind, shape)
    mapping = before or intake_mapping.suggest(shape, kind)
    row.layout, row.mapping, row.header = mapping.layout, mapping.as_json(), intake.header_of(shape)
    if mapping.layout == layouts.BY_HAND and not before:
        row.mapping["guessed"] = intake_guess.guess(shape, kind)
    row.save()
    return row


def beginning_of(row: ContactImport) -> tuple[Shape, list[Record]]:
    """How the file is written, and its first records; raises BadFile, OSError."""
    shape = shape_of(file_of(row))
    records = []
    for record in CsvRows(file_of(row), shape):
        records.append(record)
        if len(records) == _SHOWN_ROWS:
            break
    return shape, records


def guessed(row: ContactImport) -> dict[str, str]:
    """Our column → the one of the file that it may be by its name; empty once a person has chosen."""
    found: dict[str, str] = row.mapping.get("guessed", {})
    return found


def choose_columns(row: ContactImport, mapping: Mapping) -> None:
    """Keep which column is which; raises BadMapping, BadFile, OSError."""
    intake_mapping.check(mapping, shape_of(file_of(row)), row.kind)
    ContactImport.objects.filter(id=row.id, status__in=OPEN).update(
        layout=mapping.layout, mapping=mapping.as_json()
    )


def start(row: ContactImport, *, is_preview: bool) -> None:
    """Hand a preview, or the import, to a worker; raises NoWorker when the broker is away.

    Only what was previewed is imported, and nothing twice.
    """
    ready = OPEN if is_preview else (Status.PREVIEW,)
    started = ContactImport.objects.filter(id=row.id, status__in=ready).update(
        status=Status.WAITING,
        is_preview=is_preview,
        rows=0,
        problem="",
        started_at=clock.now(),
        finished_at=None,
    )
    if started:
        hand_over(row.id)


def hand_over(import_id: uuid.UUID) -> None:
    """Tell a worker of a waiting import; raises NoWorker."""
    try:
        current_app.send_task("campaigns.run_import", args=[str(import_id)], retry=False)
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("the broker is away; an import waits: %s", error)
        raise NoWorker("No worker can be reached now. It begins by itself as soon as one can.") from error


def run(import_id: uuid.UUID) -> None:
    """Preview or import a kept file; what becomes of it, a failure too, is written into its ContactImport."""
    row = ContactImport.objects.select_related("brand", "started_by").get(id=import_id)
    # A repeat of the task, or one that comes late, finds nothing that waits.
    row.status, row.started_at = Status.RUNNING, clock.now()
    waiting = ContactImport.objects.filter(id=row.id, status=Status.WAITING)
    if not waiting.update(status=row.status, started_at=row.started_at):
        return
    try:
        program = Program.objects.select_related("brand").get(brand_id=row.brand_id, slug=row.program_slug)
        if row.is_preview:
            _preview(row, program)
        else:
            ImportRow.objects.filter(contact_import=row).delete()
            intake.run(file_of(row), row, program=program, report=report_of(row))
            file_of(row).unlink(missing_ok=True)
    except intake.TROUBLE as error:
        log.info("import %s could not be taken in: %s", row.id, type(error).__name__)


def has_files(row: ContactImport) -> bool:
    """Whether anything of an import lies on disk."""
    return file_of(row).exists() or report_of(row).exists()


def forget(row: ContactImport) -> None:
    """Remove what lies on disk of an import: the file and the report; both hold numbers as they stood."""
    file_of(row).unlink(missing_ok=True)
    report_of(row).unlink(missing_ok=True)


def _preview(row: ContactImport, program: Program) -> None:
    samples = Samples()
    try:
        intake.preview(file_of(row), row, program=program, samples=samples)
    except BaseException as error:
        intake.note_failure(row, error)
        raise
    with transaction.atomic():
        ImportRow.objects.filter(contact_import=row).delete()
        for sample in samples.rows:
            sample.contact_import = row
        ImportRow.objects.bulk_create(samples.rows)
        row.save()


def _as_last_time(program: Program, kind: str, shape: Shape) -> Mapping | None:
    """The columns this brand chose for a file with the same header, if all of them still fit."""
    before = ContactImport.objects.filter(
        brand_id=program.brand_id, kind=kind, header=intake.header_of(shape), status=Status.DONE
    )
    row = before.order_by("-started_at").first()
    if row is None:
        return None
    mapping = Mapping.from_json(row.layout, row.mapping)
    return mapping if set(mapping.columns.values()) <= set(shape.columns) else None


def _write(upload: "File[bytes]", path: Path) -> str:
    """Write the upload to disk, piece by piece; returns its SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(0o600)
        for chunk in upload.chunks():
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _folder(brand_id: uuid.UUID) -> Path:
    return Path(settings.VAR_DIR) / "uploads" / str(brand_id)
