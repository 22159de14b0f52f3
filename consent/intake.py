"""Import of contacts with proof of consent: all rows of one file are in, or none is."""

import contextlib
import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from consent import intake_grants, intake_people, intake_staging
from consent.intake_judge import Judge, Judged
from consent.intake_progress import OnProgress, Progress
from consent.intake_report import Report, write_down
from consent.intake_staging import Settlement, Staged
from consent.models import Disclosure, Program
from contacts import clock
from contacts.csv_rows import BadFile, CsvRows
from contacts.models import ContactImport

# Rows at a time: enough that queries cost little, few enough that memory does not notice.
PAGE = 2000


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """A finished import, how often each reason was given, and where its report is (None after a dry run)."""

    contact_import: ContactImport
    reasons: Counter[str]
    report: Path | None


def import_file(
    path: Path,
    *,
    program: Program,
    filename: str,
    started_by: Any = None,
    on_progress: OnProgress | None = None,
) -> ContactImport:
    """Import one file for one program; see `run`."""
    imported = run(path, program=program, filename=filename, started_by=started_by, on_progress=on_progress)
    return imported.contact_import


def run(
    path: Path,
    *,
    program: Program,
    filename: str,
    started_by: Any = None,
    on_progress: OnProgress | None = None,
    is_dry_run: bool = False,
) -> Imported:
    """Import `path`; the same file again changes nothing.

    1. Note the import as running, in a transaction of its own.
    2. In one transaction: judge every row into a temporary table (no lock); make the people and numbers that
       are new; bring the known ones up to date; last and briefly, lock the numbers that have something new
       to tell the ledger, look again, and append. Write report and counts.
    3. After the commit the report gets its name. Whatever fails before takes everything back, and the
       import is noted as failed, in words.

    Raises BadFile for a file that is no CSV of contacts, OSError when it or its report cannot be opened.
    """
    with Report(path) as report:
        contact_import = _start(path, program, filename, started_by)
        try:
            with Progress(contact_import, on_progress) as progress, transaction.atomic():
                reasons = _take_in(path, program, contact_import, report, progress)
                transaction.set_rollback(is_dry_run)
        except BaseException as error:
            _fail(contact_import, error)
            raise
        if is_dry_run:
            ContactImport.objects.filter(id=contact_import.id).delete()
            return Imported(contact_import, reasons, None)
        return Imported(contact_import, reasons, report.publish())


def _start(path: Path, program: Program, filename: str, started_by: Any) -> ContactImport:
    with path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    return ContactImport.objects.create(
        brand=program.brand,
        program_slug=program.slug,
        filename=filename[-255:],
        sha256=digest,
        started_by=started_by,
        started_at=clock.now(),
    )


def _fail(contact_import: ContactImport, error: BaseException) -> None:
    words = str(error) if isinstance(error, BadFile | OSError) else f"{type(error).__name__}: {error}"
    contact_import.status = ContactImport.Status.FAILED
    contact_import.problem = words
    contact_import.finished_at = clock.now()
    # The first error is the one to report, also when the database itself is what is gone.
    with contextlib.suppress(Exception):
        contact_import.save(update_fields=["status", "problem", "finished_at"])


def _take_in(
    path: Path, program: Program, contact_import: ContactImport, report: Report, progress: Progress
) -> Counter[str]:
    judge = _judge(program, contact_import)
    intake_staging.stage(_judged(CsvRows(path), judge, progress), program.brand_id)
    progress.enter("adding people", 0.4)
    for groups in intake_staging.unknown_numbers(PAGE):
        intake_people.add_new(groups, program.brand)
    intake_staging.settle_alone()
    progress.enter("bringing people up to date", 0.55)
    for groups in intake_staging.known_numbers(PAGE):
        intake_staging.settle(_settle_people(groups, program))
    progress.enter("recording consent", 0.7)
    for groups in intake_staging.awaiting_events(PAGE):
        intake_staging.settle(intake_grants.record(groups, program, f"import:{contact_import.id}"))
    reasons = write_down(intake_staging.settled_rows(), report, contact_import)
    contact_import.status = ContactImport.Status.DONE
    contact_import.finished_at = clock.now()
    contact_import.save()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE intake_row")
    return reasons


def _judge(program: Program, contact_import: ContactImport) -> Judge:
    """What rows are judged by, read beforehand: while they stream in, their connection can ask nothing."""
    versions: dict[str, list[Disclosure]] = {}
    for disclosure in Disclosure.objects.filter(program=program).order_by("slug", "version"):
        versions.setdefault(disclosure.slug, []).append(disclosure)
    return Judge(
        program=program,
        disclosures=versions,
        now=clock.now(),
        filename=contact_import.filename,
        sha256=contact_import.sha256,
    )


def _judged(rows: CsvRows, judge: Judge, progress: Progress) -> Iterator[Judged]:
    for count, row in enumerate(rows, start=1):
        progress.reading(count, rows.share)
        yield judge.judge(row)


def _settle_people(groups: list[list[Staged]], program: Program) -> list[Settlement]:
    """Bring the people of these rows up to date and settle what has nothing to tell the ledger."""
    who, changed = intake_people.bring_up_to_date(groups, program.brand)
    known = intake_grants.standings([group[0].point_id for group in groups if group[0].point_id], program)
    settlements = []
    for row in (row for group in groups for row in group):
        person = who[row.line]
        is_changed = person.id in changed
        if person.shares_point_id is not None:
            settlements.append(intake_people.settle_sharer(row, is_changed=is_changed))
        elif row.point_id is not None:
            standing = known[row.point_id]
            settlements.append(
                intake_grants.settle_without_lock(row, standing, program, is_changed=is_changed)
            )
    return settlements
