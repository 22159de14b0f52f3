"""`consent_receipt`: the receipts of a number's consent history, for somebody who shall not have to trust us."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent import receipts, signing
from consent.arguments import add_point, find_moment, find_point, find_programs

HOW = "python tools/verify_receipt.py {file} --key {key}"


class Command(BaseCommand):
    """Reads only; every mistake in the arguments is one line that names the argument and the cure."""

    help = "Write the signed receipts of a number's consent events, with their proofs, as one JSON document."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_point(parser)
        parser.add_argument(
            "--program", metavar="SLUG", help="its events and those of the whole number; else all"
        )
        parser.add_argument("--at", metavar="TIME", help="as known at 2026-03-02T14:03Z; without it, now")
        parser.add_argument(
            "--head-size",
            metavar="N",
            type=int,
            help="prove against the tree head of N entries; else the newest",
        )
        parser.add_argument(
            "--with-evidence", action="store_true", help="disclose the evidence, which is personal data"
        )
        parser.add_argument("-o", "--output", metavar="FILE", help="write it there; without it, print it")
        parser.add_argument(
            "--json", action="store_true", help="with -o: report what was written as one JSON line"
        )

    def handle(self, **options: Any) -> None:
        point = find_point(options["address"], options["brand"])
        program = find_programs(point.brand, options["program"])[0] if options["program"] else None
        try:
            document = receipts.receipts_of(
                point,
                at=find_moment(options["at"]),
                program=program,
                with_evidence=options["with_evidence"],
                head_size=options["head_size"],
            )
        except receipts.NoSuchHead as problem:
            raise CommandError(f"--head-size: {problem}") from None
        except receipts.Unsound as problem:
            raise CommandError(f"no receipt is signed: {problem}; run consent_verify") from None
        except signing.UnusableKey as problem:
            raise CommandError(str(problem)) from None
        if not document["receipts"]:
            raise CommandError(
                "address: nothing was recorded of it by then; try a later --at, or no --program"
            )
        text = json.dumps(document, ensure_ascii=False, indent=1)
        if not options["output"]:
            self.stdout.write(text)
            return
        self._write(Path(options["output"]), text)
        told = _told(document, options["output"])
        self.stdout.write(json.dumps(told) if options["json"] else _sentence(told))

    def _write(self, file: Path, text: str) -> None:
        try:
            file.write_text(f"{text}\n", encoding="utf-8")
        except OSError as error:
            raise CommandError(f"--output: {file} cannot be written: {error.strerror}") from None


def _told(document: dict[str, Any], file: str) -> dict[str, Any]:
    made = document["receipts"]
    return {
        "file": file,
        "receipts": len(made),
        "pending": sum(each["ledger"]["proof"] is None for each in made),
        "key": document["signature"]["public_key"],
    }


def _sentence(told: dict[str, Any]) -> str:
    pending = f", {told['pending']} of them not sealed yet" if told["pending"] else ""
    return f"{told['file']}: {told['receipts']} receipts{pending}. Check them with\n  {HOW.format(**told)}"
