"""`preference_link`: a person's link to their preference page, or a new one that ends all earlier ones."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent import accesses, preferences
from consent.arguments import add_point, find_point


class Command(BaseCommand):
    """The link is a key: give it to nobody but the person. Each use stands in the access log."""

    help = "Print the link to a person's preference page; with --renew a new one, and every earlier link is dead."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_point(parser)
        parser.add_argument("--renew", action="store_true", help="end every earlier link of this number")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        point = find_point(options["address"], options["brand"])
        if point.is_erased:
            raise CommandError("address: this person was erased, and has no page any more")
        if options["renew"]:
            link = preferences.renew(point)
        else:
            accesses.record(None, "preference link", brand_id=point.brand_id, contact_id=point.contact_id)
            link = preferences.link(point)
        answer = {"link": link, "is_renewed": options["renew"]}
        self.stdout.write(json.dumps(answer) if options["json"] else link)
