"""`consent_rebuild`: rebuild the subscriptions from the ledger, or check that they agree with it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent.rebuild import Difference, rebuild
from contacts.models import Brand


class Command(BaseCommand):
    """Exits 1 when a check finds a difference."""

    help = "Rebuild where every permission stands from the ledger, or check that it agrees."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only compare; exit 1 when something differs"
        )
        parser.add_argument("--brand", metavar="SLUG", help="only this brand")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        brand = _brand(options["brand"]) if options["brand"] else None
        points = subscriptions = different = 0
        for step in rebuild(brand_id=brand.id if brand else None, is_check=options["check"]):
            points += step.points
            subscriptions += step.subscriptions
            different += len(step.differences)
            for difference in step.differences:
                self.stderr.write(_line(difference))
        summary = {
            "points": points,
            "subscriptions": subscriptions,
            "different": different,
            "rewritten": 0 if options["check"] else different,
        }
        self.stdout.write(json.dumps(summary) if options["json"] else _sentence(summary))
        if options["check"] and different:
            raise CommandError(
                f"{different} subscriptions differ from the ledger; run consent_rebuild to rewrite them"
            )


def _brand(slug: str) -> Brand:
    brand = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise CommandError(f"--brand: there is no brand {slug!r}; give the slug of one")
    return brand


def _line(difference: Difference) -> str:
    where = f"program {difference.program_id}" if difference.program_id else "the number itself"
    if difference.stored is None or difference.rebuilt is None:
        what = "has no row" if difference.stored is None else "has a row without events"
    else:
        what = f"differs in {', '.join(difference.columns)}"
    return f"point {difference.point_id}, {where}: {what}"


def _sentence(summary: dict[str, int]) -> str:
    return (
        f"{summary['points']} numbers, {summary['subscriptions']} subscriptions: "
        f"{summary['different']} different from the ledger, {summary['rewritten']} rewritten"
    )
