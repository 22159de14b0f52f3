"""`partitions`: the months of events and decisions, how large they are, and when each will be dropped."""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat

from contacts.models import RetentionRule
from messaging import partitions
from messaging.partitions import Partition
from smsapp.privacy import months
from smsapp.privacy.months import Fate


class Command(BaseCommand):
    """Changes nothing, unless asked to make the coming months; dropping them is the work of `retention`."""

    help = "List the partitions of events and decisions, and when the retention rules will drop each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--make", action="store_true", help="first make the missing ones up to three months ahead"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        made = partitions.make_ahead() if options["make"] else partitions.Made()
        rules = list(RetentionRule.objects.select_related("brand"))
        listed = [(one, months.fate(one, rules)) for one in partitions.partitions()]
        if not listed:
            raise CommandError("events and decisions are not partitioned: run `python manage.py migrate`")
        if options["json"]:
            rows = [dataclasses.asdict(one) | {"drop_at": end.at, "why": end.why} for one, end in listed]
            self.stdout.write(
                json.dumps({"partitions": rows, "made": made.names, "problems": made.problems}, default=str)
            )
        else:
            self.stdout.write("\n".join(_line(one, end) for one, end in listed))
        if made.problems:
            raise CommandError("; ".join(made.problems))


def _line(one: Partition, end: Fate) -> str:
    told = f"dropped after {end.at:%Y-%m-%d}" if end.at else end.why
    size = filesizeformat(one.size).replace("\xa0", " ")
    return f"{one.name}: about {one.rows:,} rows, {size}; {told}"
