"""The report of an import: every row in a file beside the imported one, the exceptions also in the admin."""

import csv
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from consent.intake_staging import Settled
from contacts.copying import copy_in
from contacts.models import ContactImport, ImportRow, RowOutcome

_HEADER = ("line", "phone", "outcome", "reasons", "detail")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?[\d\s().-]*")
_PAGE = 2000


def report_path(path: Path) -> Path:
    """Where the report of a file lies: customers.csv → customers.report.csv."""
    return path.with_name(f"{path.stem}.report.csv")


def as_text(cell: str) -> str:
    """A cell that no spreadsheet will run: what could be a formula gets an apostrophe before it."""
    if cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


class Report:
    """A report under a temporary name; `publish` gives it its own, and leaving without that removes it."""

    def __init__(self, path: Path, report: Path | None = None) -> None:
        self.path = report or report_path(path)
        self._partial = self.path.with_name(f".{self.path.name}.{os.getpid()}")

    def __enter__(self) -> Self:
        # Opened before anything is imported: a folder that cannot be written must not surprise at the end.
        self._file = self._partial.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(_HEADER)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._partial.unlink(missing_ok=True)

    def write(self, row: Settled) -> None:
        cells = (row.phone, row.outcome, ";".join(row.reasons), row.detail)
        self._writer.writerow([row.line, *map(as_text, cells)])

    def publish(self) -> Path:
        self._file.close()
        self._partial.replace(self.path)
        return self.path


class Samples:
    """The first few rows of every kind: what a person looks at before anything is written."""

    _each = 5

    def __init__(self) -> None:
        self.rows: list[ImportRow] = []
        self._counts: Counter[tuple[str, ...]] = Counter()

    def add(self, row: Settled) -> None:
        kind = (row.outcome, *row.reasons)
        self._counts[kind] += 1
        if self._counts[kind] <= self._each:
            self.rows.append(_as_row(row))


def write_down(
    rows: Iterable[Settled],
    contact_import: ContactImport,
    *,
    report: Report | None = None,
    samples: Samples | None = None,
) -> None:
    """Count the rows, and how often each reason was given, into `contact_import`.

    With a report, every row goes there and every exception into the table; else some of each kind to `samples`.
    """
    outcomes: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    unchanged = 0
    page: list[ImportRow] = []
    for row in rows:
        outcomes[row.outcome] += 1
        reasons.update((row.outcome, reason) for reason in row.reasons)
        unchanged += row.unchanged
        if samples is not None:
            samples.add(row)
        if report is not None:
            report.write(row)
            if row.outcome != RowOutcome.ACCEPTED:
                page.append(_as_row(row, contact_import))
        if len(page) == _PAGE:
            copy_in(page)
            page.clear()
    copy_in(page)
    contact_import.accepted = outcomes[RowOutcome.ACCEPTED]
    contact_import.cannot_text = outcomes[RowOutcome.CANNOT_TEXT]
    contact_import.opted_out = outcomes[RowOutcome.OPTED_OUT]
    contact_import.refused = outcomes[RowOutcome.REFUSED]
    contact_import.rows = outcomes.total()
    contact_import.unchanged = unchanged
    contact_import.reasons = [[outcome, reason, count] for (outcome, reason), count in reasons.most_common()]


def _as_row(row: Settled, contact_import: ContactImport | None = None) -> ImportRow:
    return ImportRow(
        contact_import=contact_import, line=row.line, outcome=row.outcome,
        reasons=list(row.reasons), detail=row.detail, phone=row.phone,
    )  # fmt: skip
