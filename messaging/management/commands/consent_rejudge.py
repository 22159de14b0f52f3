"""`consent_rejudge`: what today's or a proposed rule pack would have decided for past messages."""

import datetime as dt
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent import rule_pack
from consent.rule_pack_reading import RulePackError
from contacts import clock
from contacts.models import Brand
from messaging import rejudging


class Command(BaseCommand):
    """Reads only; the answer tells how many would differ, and some messages of each kind."""

    help = "What would today's rule pack, or a proposed one, have decided for the messages of the last month?"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--pack", metavar="FOLDER", help="a folder of .toml files; without it, the pack in force"
        )
        parser.add_argument("--days", type=int, default=30, help="how many days back; 30 unless told")
        parser.add_argument("--brand", metavar="SLUG", help="one brand; without it, all")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        pack = _pack(options["pack"])
        if options["days"] < 1:
            raise CommandError("--days must be 1 or more")
        now = clock.now()
        since = now - dt.timedelta(days=options["days"])
        found = rejudging.rejudge(pack, since=since, until=now, brand_id=_brand_id(options["brand"]))
        shown = {
            "rule_pack": pack.version,
            "since": since.isoformat(),
            "until": now.isoformat(),
            "judged": found.judged,
            "judged_by": dict(found.packs.most_common()),
            "differ": found.differ,
            "changes": dict(found.changes.most_common()),
            "samples": {change: [str(each) for each in ids] for change, ids in found.samples.items()},
        }
        self.stdout.write(
            json.dumps(shown, ensure_ascii=False) if options["json"] else "\n".join(_lines(shown))
        )


def _pack(folder: str | None) -> rule_pack.RulePack:
    try:
        return rule_pack.proposed(Path(folder)) if folder else rule_pack.current()
    except RulePackError as error:
        raise CommandError(f"--pack: {error}") from None


def _brand_id(slug: str | None) -> Any:
    if slug is None:
        return None
    brand = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise CommandError(f"--brand: there is no brand {slug!r}")
    return brand.id


def _lines(shown: dict[str, Any]) -> list[str]:
    lines = [
        f"{shown['judged']:,} messages judged again by {shown['rule_pack']}, from {shown['since']} to {shown['until']}",
        f"{shown['differ']:,} would have been decided otherwise",
    ]
    for change, count in shown["changes"].items():
        lines += [f"  {count:>8,}  {change}", f"            e.g. message {shown['samples'][change][0]}"]
    return lines
