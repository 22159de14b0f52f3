"""`pull_missed`: pull the texts that never reached us, now and to the end; beat does the same every minute."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webhooks import missed
from webhooks.models import Watermark


class Command(BaseCommand):
    help = "Pull from Twilio's message list what was texted to our numbers and never reached us."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        pulled = missed.catch_up()
        unread = [
            {"sender": str(row.sender), "number": row.number, "problem": row.problem}
            for row in Watermark.objects.exclude(problem="").select_related("sender").order_by("id")
        ]
        if options["json"]:
            self.stdout.write(json.dumps({"pulled": pulled, "unread": unread}))
        else:
            self.stdout.write(f"{pulled} texts pulled")
        if unread:
            told = "; ".join(f"{row['number'] or row['sender']}: {row['problem']}" for row in unread)
            raise CommandError(f"not every list could be read: {told}")
