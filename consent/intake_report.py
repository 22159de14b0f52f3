"""The report of an import: every row in a file beside the imported one, the exceptions also in the admin."""

import csv
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from consent.intake_staging import Settled
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

    def __init__(self, path: Path) -> None:
        self.path = report_path(path)
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


def write_down(rows: Iterable[Settled], report: Report, contact_import: ContactImport) -> Counter[str]:
    """Write every row to the report and every exception to the table, and count into `contact_import`.

    Returns how often each reason was given.
    """
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    unchanged = 0

    def exceptions() -> Iterator[ImportRow]:
        nonlocal unchanged
        for row in rows:
            report.write(row)
            outcomes[row.outcome] += 1
            reasons.update(row.reasons)
            unchanged += row.unchanged
            if row.outcome != RowOutcome.ACCEPTED:
                yield ImportRow(
                    contact_import=contact_import, line=row.line, outcome=row.outcome,
                    reasons=list(row.reasons), detail=row.detail, phone=row.phone,
                )  # fmt: skip

    _save(exceptions())
    contact_import.accepted = outcomes[RowOutcome.ACCEPTED]
    contact_import.cannot_text = outcomes[RowOutcome.CANNOT_TEXT]
    contact_import.refused = outcomes[RowOutcome.REFUSED]
    contact_import.rows = outcomes.total()
    contact_import.unchanged = unchanged
    return reasons


def _save(rows: Iterator[ImportRow]) -> None:
    page: list[ImportRow] = []
    for row in rows:
        page.append(row)
        if len(page) == _PAGE:
            ImportRow.objects.bulk_create(page)
            page.clear()
    ImportRow.objects.bulk_create(page)
