"""`launch_campaign`: the counts before a launch, then the launch; safe to repeat."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.launch import CannotMove, Moved, launch
from campaigns.models import Campaign
from campaigns.preflight import Preflight, preflight
from consent.reasons import Reason


class Command(BaseCommand):
    """Exits 0 when the campaign is launched, now or before; 1 with one line of why when it cannot be."""

    help = "Show what would become of a campaign's texts, then launch it. Launching again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="the campaign's slug")
        parser.add_argument("--brand", metavar="SLUG", help="needed when several brands have such a campaign")
        parser.add_argument("--dry-run", action="store_true", help="only show the counts")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        campaign = find_campaign(options["slug"], options["brand"])
        before = None if campaign.launched_at else preflight(campaign, on_progress=self._progress(options))
        if before is not None and before.obstacles:
            raise CommandError(" ".join(before.obstacles))
        moved = None if options["dry_run"] else self._launch(campaign)
        if options["json"]:
            self.stdout.write(json.dumps(_as_dict(campaign, before, moved)))
            return
        self.stdout.write("\n".join([*(_table(before) if before else []), _last_line(campaign, moved)]))

    def _launch(self, campaign: Campaign) -> Moved:
        try:
            return launch(campaign.id)
        except CannotMove as problem:
            raise CommandError(str(problem)) from None

    def _progress(self, options: dict[str, Any]) -> Any:
        """A counter on a terminal; silence elsewhere."""
        if options["json"] or not self.stderr.isatty():
            return None
        return lambda people: self.stderr.write(f"\r{people:,} people", ending="")


def find_campaign(slug: str, brand: str | None) -> Campaign:
    """The campaign meant. Raises CommandError when there is none, or when several brands have one."""
    campaigns = Campaign.objects.filter(slug=slug).select_related("program__brand", "segment", "brand")
    if brand:
        campaigns = campaigns.filter(brand__slug=brand)
    found = list(campaigns.order_by("brand__slug"))
    if not found:
        raise CommandError(f"SLUG: there is no campaign {slug!r}; check the slug and --brand")
    if len(found) > 1:
        names = ", ".join(campaign.brand.slug for campaign in found)
        raise CommandError(f"--brand: {names} each have a campaign {slug!r}; name one of them")
    return found[0]


def _table(before: Preflight) -> list[str]:
    lines = [f"{before.people:>9,}  people", *(
        f"{count:>9,}  {Reason(reason).label}" for reason, count in before.by_reason.most_common()
    )]  # fmt: skip
    lines += [f"{count:>9,}  skipped: {problem}" for problem, count in before.skipped_because.most_common()]
    lines.append(f"{before.segments:>9,}  segments from {before.sender}")
    if before.unicode_people:
        letters = " ".join(before.unicode_characters)
        lines.append(f"{before.unicode_people:>9,}  texts cost more because of: {letters}")
    if before.held_until:
        lines.append(f"The first held text may leave at {before.held_until:%Y-%m-%d %H:%M} UTC.")
    if before.finishes_at:
        lines.append(f"What may leave now would be through at {before.finishes_at:%Y-%m-%d %H:%M:%S} UTC.")
    return lines


def _last_line(campaign: Campaign, moved: Moved | None) -> str:
    if moved is not None:
        return moved.says
    return "Already launched." if campaign.launched_at else "Dry run: nothing was launched."


def _as_dict(campaign: Campaign, before: Preflight | None, moved: Moved | None) -> dict[str, Any]:
    return {
        "campaign": campaign.slug,
        "brand": campaign.brand.slug,
        "launched": moved is not None and moved.is_changed,
        "already_launched": before is None,
        "status": moved.campaign.status if moved else campaign.status,
        "preflight": before.as_dict() if before else None,
    }
