"""`consent_verify`: check the whole ledger, or one number of it, and say exactly which row is wrong, and how."""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from tqdm import tqdm

from consent import signing, verifying
from consent.arguments import find_point
from consent.verifying_findings import told
from consent.verifying_keys import HeldHead, UnreadableHead, held_head
from consent.verifying_parts import Unfinished
from contacts.models import Brand

SECONDS_BETWEEN_LINES = 10
PRINTED = 50  # findings; --json has all


class Command(BaseCommand):
    """Exits with 0 when nothing is wrong, with 1 when something is, with 2 when it could not be checked."""

    help = "Verify the consent ledger: every hash, link, seal, signature, and what is built on them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--point", metavar="ADDRESS", help="only this number: +12065550123")
        what.add_argument(
            "--heads",
            metavar="FILE",
            nargs="+",
            default=[],
            help="tree heads held outside, one JSON object a line",
        )
        parser.add_argument("--brand", metavar="SLUG", help="only this brand")
        parser.add_argument(
            "--key",
            metavar="PUBLIC_KEY",
            nargs="+",
            default=[],
            help="trusted public keys (64 hex digits); without it, those of LEDGER_SIGNING_KEY",
        )
        parser.add_argument(
            "--no-subscriptions", action="store_true", help="leave out where permissions stand now"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, **options: Any) -> None:
        try:
            report = self._verify(options)
        except (UnreadableHead, Unfinished, ImproperlyConfigured, OSError) as problem:
            raise CommandError(str(problem), returncode=2) from None
        except DatabaseError as problem:
            raise CommandError(f"the database could not be read: {problem}", returncode=2) from None
        except CommandError as problem:
            raise CommandError(str(problem), returncode=2) from None
        summary = _summary(report)
        self.stdout.write(
            json.dumps(summary, ensure_ascii=False) if options["json"] else "\n".join(_lines(summary))
        )
        if report.findings:
            sys.exit(1)

    def _verify(self, options: dict[str, Any]) -> verifying.Report:
        believed = _keys(options["key"])
        if options["point"]:
            return verifying.verify_point(find_point(options["point"], options["brand"]), believed=believed)
        brand = _brand(options["brand"]) if options["brand"] else None
        held = [head for file in options["heads"] for head in _heads(Path(file))]
        if brand:
            held = [head for head in held if head.brand_id == brand.id]
        with _Progress(is_shown=not options["json"]) as progress:
            return verifying.verify(
                brand=brand,
                held=held,
                believed=believed,
                progress=progress.step,
                with_subscriptions=not options["no_subscriptions"],
            )


class _Progress:
    """How far each stage is, on standard error: a bar on a terminal, elsewhere a line every ten seconds."""

    def __init__(self, *, is_shown: bool) -> None:
        self.is_shown = is_shown
        self._bars: dict[str, tqdm[Any]] = {}
        self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for bar in self._bars.values():
            bar.close()

    def step(self, stage: str, done: int, total: int | None) -> None:
        if not self.is_shown:
            return
        bar = self._bars.get(stage)
        if bar is None or (bar.total is not None and bar.n >= bar.total):  # the next brand's
            bar = self._bars[stage] = tqdm(
                total=total, desc=stage, unit=" rows", file=sys.stderr, disable=not sys.stderr.isatty()
            )
        bar.update(done)
        self._tell(bar, stage, done, total)

    def _tell(self, bar: "tqdm[Any]", stage: str, done: int, total: int | None) -> None:
        """The line for a log."""
        if not bar.disable:
            return
        bar.n += done  # a bar that is not shown does not count
        if time.monotonic() > self._told_at + SECONDS_BETWEEN_LINES:
            self._told_at = time.monotonic()
            print(f"{stage}: {bar.n:,}" + (f" of {total:,}" if total else ""), file=sys.stderr, flush=True)


def _keys(given: list[str]) -> set[str]:
    if not given:
        return {key.public_key for key in signing.configured()}
    for key in given:
        if len(key) != signing.PUBLIC_HEX_DIGITS or {*key.lower()} - {*"0123456789abcdef"}:
            raise CommandError(f"--key: {key!r} is no public key; write its 64 hex digits")
    return {key.lower() for key in given}


def _brand(slug: str) -> Brand:
    brand = Brand.objects.filter(slug=slug).first()
    if brand is None:
        raise CommandError(f"--brand: there is no brand {slug!r}; give the slug of one")
    return brand


def _heads(file: Path) -> Iterable[HeldHead]:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.strip():
            where = f"{file} line {number}"
            try:
                yield held_head(json.loads(line), where)
            except json.JSONDecodeError:
                raise UnreadableHead(f"{where}: not JSON; each line must be a tree head") from None


def _summary(report: verifying.Report) -> dict[str, Any]:
    return {
        "is_whole": not report.findings,
        "brands": report.brands,
        "events": report.events,
        "evidence": report.evidence,
        "sealed": report.sealed,
        "waiting_for_seals": report.waiting,
        "heads": report.heads,
        "held_heads": report.held_heads,
        "disclosures": report.disclosures,
        "subscriptions": report.subscriptions,
        "seconds": round(report.seconds, 3),
        "rows_per_s": round(report.rows_per_s),
        "findings": told(report.findings),
    }


def _lines(summary: dict[str, Any]) -> Iterable[str]:
    """The same in sentences."""
    yield (
        f"{summary['events']:,} events of {summary['brands']} brands with {summary['evidence']:,} pieces of evidence; "
        f"{summary['sealed']:,} sealed, {summary['waiting_for_seals']:,} wait for their seals; "
        f"{summary['heads']:,} tree heads, and {summary['held_heads']:,} held outside; "
        f"{summary['disclosures']:,} disclosures; {summary['subscriptions']:,} subscriptions."
    )
    yield f"Read in {summary['seconds']:,} s, {summary['rows_per_s']:,} events a second."
    findings = summary["findings"]
    if not findings:
        yield "Nothing is wrong: no event was changed, taken out or put in."
        return
    yield f"\n{len(findings)} findings:"
    for finding in findings[:PRINTED]:
        yield f"\n  {_where(finding)}\n    {finding['said']}.\n    {finding['means']}"
    if len(findings) > PRINTED:
        yield f"\n  … and {len(findings) - PRINTED} more; --json lists them all."


def _where(finding: dict[str, Any]) -> str:
    number = f", number {finding['number']}" if finding["number"] else ""
    seq = f", event {finding['seq']} of its chain" if finding["seq"] else ""
    return f"{finding['table']} {finding['row']}{number}{seq}"
