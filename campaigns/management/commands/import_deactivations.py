"""`import_deactivations FILE`: what a carrier's list of numbers taken back means for consent."""

import dataclasses
import datetime as dt
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns import deactivations

MOST_SHOWN = 20


class Command(BaseCommand):
    help = "Take in a carrier's list of deactivated numbers: what they agreed to before counts no more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", type=Path, help="one number a line; after a comma, the day: +12065550123,2026-11-01"
        )
        parser.add_argument("--date", type=dt.date.fromisoformat, help="the day of lines that name none")
        parser.add_argument("--json", action="store_true", help="answer with one JSON object")

    def handle(self, *_: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open(encoding="utf-8-sig") as lines:
                outcome = deactivations.take(
                    lines, day=options["date"], listed_in=path.name, on_progress=_shower()
                )
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"cannot read {path}: {error}") from error
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(outcome)))
        else:
            self.stdout.write(
                f"{outcome.lines} numbers read; {outcome.closed} closed, {outcome.ended} agreements ended"
            )
            if outcome.in_flight:
                self.stdout.write(f"  {outcome.in_flight} texts to them were under way and may still arrive")
            for problem in outcome.problems[:MOST_SHOWN]:
                self.stdout.write(f"  {problem}")
            if len(outcome.problems) > MOST_SHOWN:
                self.stdout.write(f"  and {len(outcome.problems) - MOST_SHOWN} lines more with problems")
        if outcome.problems:
            raise CommandError(f"{len(outcome.problems)} lines could not be read; all others were taken in")


def _shower() -> Callable[[deactivations.Outcome, int], None] | None:
    """A line that tells a person at a terminal how far it is; None where nobody looks on."""
    if not sys.stderr.isatty():
        return None

    def show(outcome: deactivations.Outcome, under_way: int) -> None:
        waits = f", waiting for {under_way} texts under way" if under_way else ""
        sys.stderr.write(f"\r\x1b[K{outcome.lines:,} numbers read, {outcome.closed:,} closed{waits}\r")
        sys.stderr.flush()

    return show
