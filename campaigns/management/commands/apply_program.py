"""The command that applies a program file and shows what it changes."""

import dataclasses
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns import program_file


class Command(BaseCommand):
    """`apply_program FILE [--dry-run] [--json]`."""

    help = "Apply a program file: brand, senders, program, disclosures, templates, campaigns, journeys."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="a TOML file; docs/program-file.md tells its keys")
        parser.add_argument("--dry-run", action="store_true", help="show the changes and write nothing")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of text")

    def handle(self, *_: Any, **options: Any) -> None:
        is_dry_run: bool = options["dry_run"]
        try:
            changes = program_file.apply_file(options["file"], is_dry_run=is_dry_run)
        except program_file.BadProgramFile as bad:
            if options["json"]:
                self.stdout.write(
                    json.dumps({"problems": [dataclasses.asdict(problem) for problem in bad.problems]})
                )
            raise CommandError(str(bad)) from bad
        if options["json"]:
            answer = {"dry_run": is_dry_run, "changes": [dataclasses.asdict(change) for change in changes]}
            self.stdout.write(json.dumps(answer, ensure_ascii=False))
            return
        for change in changes:
            self.stdout.write(str(change))
        if not changes:
            self.stdout.write("= nothing to do")
        if is_dry_run and changes:
            self.stdout.write("nothing was written: this was a dry run")
