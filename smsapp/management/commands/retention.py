"""`retention`: take away what the brands' retention rules no longer keep."""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contacts.models import Brand
from smsapp.privacy import retention
from smsapp.privacy.retention import Retired


class Command(BaseCommand):
    """Runs once a day by itself; here by hand, or with --dry-run to look first."""

    help = "Apply the retention rules; with --dry-run only say what would go."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--brand", metavar="SLUG", help="the rules of one brand; without it, of all")
        parser.add_argument("--dry-run", action="store_true", help="count what is due, and change nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        brand = Brand.objects.filter(slug=options["brand"]).first() if options["brand"] else None
        if options["brand"] and brand is None:
            raise CommandError(f"--brand: there is no brand {options['brand']!r}; give the slug of one")
        done = retention.run(brand=brand, is_dry_run=options["dry_run"])
        if options["json"]:
            rows = [dataclasses.asdict(row) for row in done]
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "rules": rows}, default=str))
            return
        for row in done:
            self.stdout.write(_line(row, is_dry_run=options["dry_run"]))
        if not done:
            self.stdout.write("no rule is set, or another run is under way: nothing was taken away")


def _line(row: Retired, *, is_dry_run: bool) -> str:
    head = f"{row.brand}: {row.label}, kept {row.days} days"
    if row.problem:
        return f"{head}: not run; {row.problem}"
    since = f", the oldest of {row.oldest:%Y-%m-%d}" if row.oldest else ""
    return f"{head}: {row.count:,} {'would go' if is_dry_run else 'gone'}{since}"
