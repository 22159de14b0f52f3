"""The command that imports a CSV of contacts with proof of consent."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent import intake
from consent.intake_reasons import RowReason
from consent.models import Program
from contacts.csv_rows import BadFile

_BAR = 30


class Command(BaseCommand):
    """`import_contacts FILE --program SLUG [--brand SLUG] [--dry-run] [--json]`."""

    help = "Import contacts with proof of consent: all rows or none; the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a UTF-8 CSV; the report is written beside it")
        parser.add_argument("--program", required=True, help="slug of the program that people agreed to")
        parser.add_argument("--brand", help="slug of the brand, when several have a program of this name")
        parser.add_argument(
            "--dry-run", action="store_true", help="judge every row, keep nothing, write no report"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line")

    def handle(self, *_: Any, **options: Any) -> None:
        path: Path = options["file"]
        program = _program(options["program"], options["brand"])
        bar = _Bar() if sys.stderr.isatty() else None
        try:
            imported = intake.run(
                path, program=program, filename=path.name, on_progress=bar, is_dry_run=options["dry_run"]
            )
        except BadFile as bad:
            raise CommandError(f"{path}: {bad}") from bad
        except OSError as error:
            raise CommandError(f"cannot open {error.filename}: {error.strerror}") from error
        finally:
            if bar:
                bar.clear()
        self.stdout.write(json.dumps(_answer(imported)) if options["json"] else _words(imported))


def _program(slug: str, brand: str | None) -> Program:
    found = Program.objects.select_related("brand").filter(slug=slug)
    programs = list(found.filter(brand__slug=brand) if brand else found)
    if not programs:
        known = (
            ", ".join(Program.objects.order_by("slug").values_list("slug", flat=True).distinct()) or "none"
        )
        raise CommandError(f"no program {slug!r}{f' of {brand!r}' if brand else ''}; there are: {known}")
    if len(programs) > 1:
        brands = ", ".join(sorted(program.brand.slug for program in programs))
        raise CommandError(f"several brands have a program {slug!r}; add --brand, one of: {brands}")
    return programs[0]


def _answer(imported: intake.Imported) -> dict[str, Any]:
    run = imported.contact_import
    return {
        "import": str(run.id) if imported.report else None,
        "rows": run.rows,
        "imported": run.accepted + run.cannot_text,
        "accepted": run.accepted,
        "cannot_text": run.cannot_text,
        "refused": run.refused,
        "unchanged": run.unchanged,
        "reasons": dict(imported.reasons.most_common()),
        "report": str(imported.report) if imported.report else None,
    }


def _words(imported: intake.Imported) -> str:
    run = imported.contact_import
    lines = [
        (
            f"{run.rows:,} rows: {run.accepted:,} accepted, {run.cannot_text:,} cannot be texted, "
            f"{run.refused:,} refused; {run.unchanged:,} unchanged"
        )
    ]
    lines += [
        f"  {count:>7,}  {RowReason(reason).label} ({reason})"
        for reason, count in imported.reasons.most_common()
    ]
    lines.append(
        f"every row: {imported.report}" if imported.report else "nothing was kept: this was a dry run"
    )
    return "\n".join(lines)


class _Bar:
    """A progress bar for a person at a terminal."""

    def __init__(self) -> None:
        self._began_at = time.monotonic()

    def __call__(self, stage: str, rows: int, share: float) -> None:
        rate = rows / max(0.001, time.monotonic() - self._began_at)
        done = round(share * _BAR)
        bar = "█" * done + "░" * (_BAR - done)
        sys.stderr.write(f"\r\x1b[K{bar} {share:4.0%}  {rows:,} rows, {rate:,.0f} rows/s, {stage}")
        sys.stderr.flush()

    def clear(self) -> None:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
