"""`migrate`: Django's own, and then the partitions of the coming months."""

from typing import Any

from django.core.management.commands import migrate

from messaging import partitions


class Command(migrate.Command):
    """Whoever has been away for months begins with a partition for today, not with the next daily run."""

    def handle(self, *arguments: Any, **options: Any) -> None:
        super().handle(*arguments, **options)
        if options["plan"] or options["check_unapplied"]:
            return
        partitions.make_ahead()
