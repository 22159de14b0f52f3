"""`consent_seal`: seal what waits, now; beat does the same every 15 seconds."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from consent import heads, sealing, signing
from consent.models import TreeHead, Unsealed
from contacts.models import Brand


class Command(BaseCommand):
    help = "Give every new consent event its place in its brand's log, and sign the log's new head."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--brand", metavar="SLUG", help="only this brand")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        brands = Brand.objects.order_by("slug")
        if options["brand"]:
            brands = brands.filter(slug=options["brand"])
            if not brands:
                raise CommandError(f"--brand: there is no brand {options['brand']!r}; give the slug of one")
        try:
            sealed = [told for brand in brands if (told := _seal(brand))]
        except (sealing.BrokenTree, signing.UnusableKey, ImproperlyConfigured) as problem:
            raise CommandError(str(problem)) from None
        if options["json"]:
            self.stdout.write(json.dumps({"brands": sealed}))
        for told in [] if options["json"] else sealed:
            self.stdout.write(
                f"{told['brand']}: {told['sealed']} events sealed, {told['waiting']} wait; "
                f"head of {told['head']['size']} events, root {told['head']['root'][:16]}…"
            )


def _seal(brand: Brand) -> dict[str, Any] | None:
    """Seal all that waits; None for a brand that has no log yet."""
    before = _size(brand)
    while sealing.seal(brand.id):
        pass
    newest = (
        TreeHead.objects.filter(brand=brand)
        .select_related("key")
        .order_by("-size", "-signed_at", "-id")
        .first()
    )
    if newest is None:
        return None
    return {
        "brand": brand.slug,
        "sealed": newest.size - before,
        # Another sealer may be at work on them.
        "waiting": Unsealed.objects.filter(brand=brand).count(),
        "head": heads.told(newest),
    }


def _size(brand: Brand) -> int:
    newest = TreeHead.objects.filter(brand=brand).order_by("-size").first()
    return newest.size if newest else 0
