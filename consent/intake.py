"""Import of contacts with proof of consent, and of opt-outs: all rows of one file are in, or none is."""

import contextlib
import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from consent import intake_mapping, intake_staging, intake_taking, layouts
from consent.intake_judge import Judge, Judged
from consent.intake_mapping import BadMapping, Mapping, Reader
from consent.intake_progress import OnProgress, Progress
from consent.intake_proof import Source
from consent.intake_report import Report, Samples, write_down
from consent.intake_writing import NoWriter, Writer
from consent.models import Disclosure, Program, Subscription
from consent.suppressions import LostKey
from contacts import clock
from contacts.counting import count_again
from contacts.csv_rows import BadFile, CsvRows, Shape, key_of, shape_of
from contacts.models import ContactImport

Kind = ContactImport.Kind
Status = ContactImport.Status
# What went wrong with the file or the installation, in words for the person who imports.
TROUBLE = (BadFile, BadMapping, LostKey, OSError)


class UnknownLayout(BadFile):
    """A file whose columns a person must choose."""


@dataclasses.dataclass(frozen=True, slots=True)
class Imported:
    """A finished import or preview, and where its report is (None after a preview)."""

    contact_import: ContactImport
    report: Path | None


def import_file(
    path: Path,
    *,
    program: Program,
    filename: str,
    started_by: Any = None,
    on_progress: OnProgress | None = None,
) -> ContactImport:
    """Import one file of people for one program, its layout recognised; see `run`."""
    contact_import = describe(path, program=program, filename=filename, started_by=started_by)
    return run(path, contact_import, program=program, on_progress=on_progress).contact_import


def describe(
    path: Path,
    *,
    program: Program,
    filename: str,
    kind: str = Kind.PEOPLE,
    mapping: Mapping | None = None,
    started_by: Any = None,
) -> ContactImport:
    """An import of this file, not saved yet, to be run or previewed; without `mapping` its layout is recognised.

    A file that is none is noted as a failed import. Raises BadFile, BadMapping, OSError.
    """
    row = ContactImport(
        brand=program.brand,
        program_slug=program.slug,
        kind=kind,
        filename=filename[-255:],
        sha256=_digest_of(path),
        started_by=started_by,
        started_at=clock.now(),
    )
    try:
        shape = shape_of(path)
        mapping = mapping or known_mapping(shape, kind)
        intake_mapping.check(mapping, shape, kind)
    except (BadFile, BadMapping) as error:
        note_failure(row, error)
        raise
    row.layout, row.mapping, row.header = mapping.layout, mapping.as_json(), header_of(shape)
    return row


def known_mapping(shape: Shape, kind: str) -> Mapping:
    """The columns of a known export; raises UnknownLayout when a person must choose."""
    mapping = intake_mapping.suggest(shape, kind)
    if mapping.layout != layouts.BY_HAND:
        return mapping
    standard = ["phone"] if kind == Kind.OPT_OUTS else layouts.layouts()[layouts.STANDARD].recognised_by
    lacking = [name for name in standard if name not in {key_of(column) for column in shape.columns}]
    raise UnknownLayout(
        f"the header is of no known export, and lacks {', '.join(lacking)} of the standard layout; "
        "say which column is which"
    )


def header_of(shape: Shape) -> str:
    """What two files with the same columns have in common."""
    return hashlib.sha256("\n".join(map(key_of, shape.columns)).encode()).hexdigest()


def run(
    path: Path,
    contact_import: ContactImport,
    *,
    program: Program,
    on_progress: OnProgress | None = None,
    report: Path | None = None,
) -> Imported:
    """Import `path` as `contact_import` describes it; the same file again changes nothing.

    1. Note the import as running, in a transaction of its own, under a lock that ends with this process.
    2. In one transaction: judge every row into a temporary table; bring known people up to date; add the new
       ones; last, lock the known numbers that have something new to tell the ledger, look again, and append.
       Write report and counts.
    3. After the commit the report gets its name. Whatever fails before takes everything back, and the import
       is noted as failed, in words. Who closed numbers is not done yet: `campaigns.imports` sees to these.

    `report`: where the report goes, else beside the file. Raises TROUBLE for a file that cannot be imported.
    """
    with Report(path, report) as file, Progress(contact_import, on_progress) as progress:
        contact_import.status, contact_import.is_preview = Status.RUNNING, False
        contact_import.started_at = clock.now()
        contact_import.save()
        try:
            with transaction.atomic():
                _judge_rows(path, contact_import, program, progress)
                _take_in(contact_import, program, Writer(), progress)
                write_down(intake_staging.settled_rows(), contact_import, report=file)
                _finish(contact_import, Status.SETTLING if contact_import.opted_out else Status.DONE)
                contact_import.save()
        except BaseException as error:
            note_failure(contact_import, error)
            raise
        count_again(Subscription)
        return Imported(contact_import, file.publish())


def preview(
    path: Path,
    contact_import: ContactImport,
    *,
    program: Program,
    on_progress: OnProgress | None = None,
    samples: Samples | None = None,
) -> Imported:
    """What `run` would do now: the same passes with a writer that writes nothing, and no lock on any number.

    Counts and reasons are in `contact_import`, which the caller may save; some rows of each kind in `samples`.
    Raises TROUBLE.
    """
    with Progress(contact_import, on_progress) as progress, transaction.atomic():
        _judge_rows(path, contact_import, program, progress)
        _take_in(contact_import, program, NoWriter(), progress)
        write_down(intake_staging.settled_rows(), contact_import, samples=samples)
        intake_staging.drop()
    _finish(contact_import, Status.PREVIEW)
    return Imported(contact_import, None)


def _judge_rows(path: Path, contact_import: ContactImport, program: Program, progress: Progress) -> None:
    shape = shape_of(path)
    mapping = Mapping.from_json(contact_import.layout, contact_import.mapping)
    intake_mapping.check(mapping, shape, contact_import.kind)
    reader = Reader(mapping, shape)
    judge = _judge(program, contact_import, mapping, reader)
    intake_staging.stage(_judged(CsvRows(path, shape), reader, judge, progress), program.brand_id)
    intake_taking.refuse_erased(program)


def _take_in(contact_import: ContactImport, program: Program, writer: Writer, progress: Progress) -> None:
    actor = f"import:{contact_import.id}"
    progress.enter("bringing people up to date", 0.5)
    intake_taking.known_people(program, writer, actor)
    progress.enter("adding people", 0.6)
    intake_taking.new_numbers(program, writer, actor)
    # Numbers that wrote in while this import was about to add them are known by now.
    intake_taking.known_people(program, writer, actor)
    progress.enter("recording consent", 0.9)
    intake_taking.tell_ledger(program, writer, actor)


def _judge(program: Program, contact_import: ContactImport, mapping: Mapping, reader: Reader) -> Judge:
    """What rows are judged by, read beforehand: while they stream in, their connection can ask nothing."""
    versions: dict[str, list[Disclosure]] = {}
    for disclosure in Disclosure.objects.filter(program=program).order_by("slug", "version"):
        versions.setdefault(disclosure.slug, []).append(disclosure)
    programs = Program.objects.filter(brand_id=program.brand_id).values_list("slug", "id")
    return Judge(
        program,
        kind=contact_import.kind,
        disclosures=versions,
        programs={slug: str(program_id) for slug, program_id in programs},
        now=clock.now(),
        source=Source(
            filename=contact_import.filename,
            sha256=contact_import.sha256,
            layout=mapping.layout,
            for_all=mapping.constants,
            times=reader.times,
            columns=mapping.columns,
        ),
    )


def _judged(rows: CsvRows, reader: Reader, judge: Judge, progress: Progress) -> Iterator[Judged]:
    for count, record in enumerate(rows, start=1):
        progress.reading(count, rows.share)
        yield judge.judge(reader.read(record))


def _digest_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _finish(contact_import: ContactImport, status: str) -> None:
    contact_import.status = status
    contact_import.problem = ""
    contact_import.finished_at = clock.now()


def note_failure(contact_import: ContactImport, error: BaseException) -> None:
    """Write down that nothing was imported, and why, in words."""
    words = str(error) if isinstance(error, TROUBLE) else f"{type(error).__name__}: {error}"
    contact_import.status = Status.FAILED
    contact_import.problem = words
    contact_import.finished_at = clock.now()
    # The first error is the one to report, also when the database itself is what is gone.
    with contextlib.suppress(Exception):
        contact_import.save()
