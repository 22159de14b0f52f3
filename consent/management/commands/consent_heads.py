"""`consent_heads`: the signed tree heads, for somebody outside to hold."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent import heads, witnesses
from consent.models import TreeHead
from contacts.models import Brand


class Command(BaseCommand):
    """Prints one JSON object a line, as witnesses are given them."""

    help = (
        "Print the newest signed tree head of each brand, or all of them; or give them to the witnesses now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--brand", metavar="SLUG", help="only this brand")
        parser.add_argument("--all", action="store_true", help="every head ever signed, not only the newest")
        parser.add_argument("-o", "--output", metavar="FILE", help="append to this file; without it, print")
        parser.add_argument(
            "--publish", action="store_true", help="give the newest to every witness whose hours are over"
        )
        parser.add_argument("--json", action="store_true", help="the heads are JSON already; with -o and --publish "
                            "report as one JSON line")  # fmt: skip

    def handle(self, **options: Any) -> None:
        if options["publish"]:
            delivered = witnesses.publish()
            self._report(options, {"delivered": delivered}, f"{delivered} heads delivered to witnesses")
            return
        lines = [json.dumps(heads.told(head)) for head in find_heads(options["brand"], is_all=options["all"])]
        if not lines:
            raise CommandError("nothing is sealed yet: run consent_seal, or wait a minute")
        if not options["output"]:
            self.stdout.write("\n".join(lines))
            return
        try:
            with Path(options["output"]).open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise CommandError(f"--output: {options['output']} cannot be written: {error.strerror}") from None
        self._report(
            options, {"file": options["output"], "heads": len(lines)}, f"{len(lines)} heads appended"
        )

    def _report(self, options: dict[str, Any], told: dict[str, Any], sentence: str) -> None:
        self.stdout.write(json.dumps(told) if options["json"] else sentence)


def find_heads(slug: str | None, *, is_all: bool) -> list[TreeHead]:
    """The heads of a brand or of all, by brand and size. Raises CommandError for a brand that is none."""
    found = TreeHead.objects.select_related("brand", "key")
    if slug:
        if not Brand.objects.filter(slug=slug).exists():
            raise CommandError(f"--brand: there is no brand {slug!r}; give the slug of one")
        found = found.filter(brand__slug=slug)
    if is_all:
        return list(found.order_by("brand__slug", "size", "signed_at", "id"))
    return list(found.order_by("brand__slug", "-size", "-signed_at", "-id").distinct("brand__slug"))
