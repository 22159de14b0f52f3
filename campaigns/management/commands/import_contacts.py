"""The command that imports a CSV of contacts with proof of consent."""

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns import imports
from consent import intake, intake_mapping, layouts
from consent.intake_reasons import RowReason
from consent.models import Program
from contacts.csv_rows import shape_of
from contacts.models import ContactImport

_BAR = 30


class Command(BaseCommand):
    """`import_contacts FILE --program SLUG [--layout NAME] [--map our=their …] [--preview] [--opt-outs]`."""

    help = "Import contacts with proof of consent: all rows or none; the same file again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a CSV; the report is written beside it")
        parser.add_argument("--program", required=True, help="slug of the program that people agreed to")
        parser.add_argument("--brand", help="slug of the brand, when several have a program of this name")
        parser.add_argument(
            "--layout", choices=sorted(layouts.layouts()), help="whose export it is; else it is recognised"
        )
        parser.add_argument(
            "--map", action="append", default=[], metavar="OUR=THEIR", help="our column = column of the file"
        )
        parser.add_argument(
            "--set", action="append", default=[], metavar="OUR=VALUE", help="one value of ours for all rows"
        )
        parser.add_argument(
            "--opt-outs", action="store_true", help="a list of people who left: every number is closed"
        )
        parser.add_argument(
            "--preview", "--dry-run", action="store_true", dest="preview",
            help="judge every row, write nothing",
        )  # fmt: skip
        parser.add_argument("--json", action="store_true", help="one JSON object as the last line")

    def handle(self, *_: Any, **options: Any) -> None:
        path: Path = options["file"]
        program = _program(options["program"], options["brand"])
        bar = _Bar() if sys.stderr.isatty() else None
        began_at = time.monotonic()
        try:
            imported, in_flight = _import(path, program, options, bar)
        except OSError as error:
            raise CommandError(f"cannot open {error.filename}: {error.strerror}") from error
        except intake.TROUBLE as trouble:
            hint = "; see --layout, --map and --set" if isinstance(trouble, intake.UnknownLayout) else ""
            raise CommandError(f"{path}: {trouble}{hint}") from trouble
        finally:
            if bar:
                bar.clear()
        rate = imported.contact_import.rows / max(0.001, time.monotonic() - began_at)
        answer = _answer(imported) | {"in_flight": in_flight, "rows_per_s": round(rate)}
        self.stdout.write(json.dumps(answer) if options["json"] else _words(imported, rate, in_flight))


def _import(
    path: Path, program: Program, options: dict[str, Any], bar: "_Bar | None"
) -> tuple[intake.Imported, int]:
    """The import, or its preview, and how many texts to people who left could not be waited for."""
    kind = ContactImport.Kind.OPT_OUTS if options["opt_outs"] else ContactImport.Kind.PEOPLE
    mapping = None
    if options["layout"] or options["map"] or options["set"]:
        layout = layouts.layouts()[options["layout"]] if options["layout"] else None
        suggested = intake_mapping.suggest(shape_of(path), kind, layout=layout)
        constants = suggested.constants | intake_mapping.parse_assignments(options["set"])
        columns = suggested.columns | intake_mapping.parse_assignments(options["map"])
        columns = {ours: theirs for ours, theirs in columns.items() if ours not in constants}
        mapping = intake_mapping.Mapping(suggested.layout, columns, constants)
    described = intake.describe(path, program=program, filename=path.name, kind=kind, mapping=mapping)
    if options["preview"]:
        return intake.preview(path, described, program=program, on_progress=bar), 0
    taken = imports.run(path, described, program=program, on_progress=bar)
    return taken.imported, taken.in_flight


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
    reasons: Counter[str] = Counter()
    for _, reason, count in run.reasons:
        reasons[reason] += count
    return {
        "import": str(run.id) if imported.report else None,
        "layout": run.layout,
        "rows": run.rows,
        "imported": run.accepted + run.cannot_text,
        "accepted": run.accepted,
        "cannot_text": run.cannot_text,
        "opted_out": run.opted_out,
        "refused": run.refused,
        "unchanged": run.unchanged,
        "reasons": dict(reasons.most_common()),
        "report": str(imported.report) if imported.report else None,
    }


def _words(imported: intake.Imported, rate: float, in_flight: int) -> str:
    run = imported.contact_import
    lines = [
        (
            f"{run.rows:,} rows: {run.accepted:,} accepted, {run.cannot_text:,} cannot be texted, "
            f"{run.opted_out:,} left, {run.refused:,} refused; {run.unchanged:,} unchanged"
        ),
        f"layout {run.layout}, {rate:,.0f} rows/s",
    ]
    lines += [f"  {count:>7,}  {RowReason(reason).label} ({reason})" for _, reason, count in run.reasons]
    if in_flight:
        lines.append(f"{in_flight} texts to people who left were under way and may still arrive")
    lines.append(
        f"every row: {imported.report}" if imported.report else "nothing was written: this was a preview"
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
