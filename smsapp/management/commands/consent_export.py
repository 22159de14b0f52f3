"""`consent_export`: everything a brand keeps about a person, or its whole consent record of a period, as files."""

import datetime as dt
import json
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent import accesses
from consent.arguments import find_point
from contacts.models import Brand
from smsapp.audit import pack_making, packs
from smsapp.privacy import export_files


class Command(BaseCommand):
    """The files are personal data: they are readable by their owner alone."""

    help = "Write a person's data into a folder, or the export pack of a period into a ZIP file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--person", metavar="ADDRESS", help="+12065550123, or channel:address")
        what.add_argument("--from", dest="first", metavar="DATE", help="first day of the period, 2026-03-01")
        parser.add_argument(
            "--to", dest="last", metavar="DATE", help="last day, included; of the brand's calendar"
        )
        parser.add_argument(
            "--without-words",
            action="store_true",
            help="of a period: leave people's words and evidence out; the receipts still prove every event",
        )
        parser.add_argument("--brand", metavar="SLUG", help="needed when several brands know the number")
        parser.add_argument(
            "-o", "--output", metavar="PATH", required=True, help="a person's folder, or a period's ZIP file"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        try:
            told = _person(options) if options["person"] else _period(options)
        except OSError as error:
            raise CommandError(f"--output: {options['output']} cannot be written: {error.strerror}") from None
        self.stdout.write(json.dumps(told) if options["json"] else "\n".join(told["files"]))


def _person(options: dict[str, Any]) -> dict[str, Any]:
    point = find_point(options["person"], options["brand"])
    written = export_files.write(point.contact_id, Path(options["output"]))
    return {"contact": str(point.contact_id), "files": [str(path) for path in written]}


def _period(options: dict[str, Any]) -> dict[str, Any]:
    """Order a pack, make it here and now, and take its ZIP along."""
    brand = Brand.objects.filter(slug=options["brand"]).first()
    if brand is None:
        known = ", ".join(Brand.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"--brand: there is no brand {options['brand']!r}; there is {known}")
    first, last = _day("--from", options["first"]), _day("--to", options["last"])
    if first > last:
        raise CommandError("--to: this day lies before the first; exchange the two")
    pack = packs.keep(
        brand_id=brand.id, asked_by=None, first=first, last=last, with_words=not options["without_words"]
    )
    accesses.record(None, "export", brand_id=brand.id, detail=f"{first} to {last}")
    pack_making.make(brand.id, pack.id)
    made = packs.find([brand.id], pack.id)
    if made is None or made.state != packs.READY:
        raise CommandError(made.problem if made else "somebody was erased meanwhile; ask again")
    output = Path(options["output"])
    output.touch(mode=0o600)
    shutil.copyfile(packs.file_of(made), output)
    packs.delete(made)
    return {"counts": made.counts, "sha256": made.sha256, "files": [str(output)]}


def _day(option: str, text: str | None) -> dt.date:
    try:
        return dt.date.fromisoformat(text or "")
    except ValueError:
        raise CommandError(f"{option}: {text!r} is no day; write it like 2026-03-01") from None
