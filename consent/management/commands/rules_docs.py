"""`rules_docs`: write docs/rules.md and docs/rule-packs.md from the rules' docstrings and the rule packs' rows."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from consent import rule_pack, rule_pages

DOCS = Path(settings.BASE_DIR) / "docs"


class Command(BaseCommand):
    """Writes only what differs; a test runs it with --check."""

    help = "Write docs/rules.md and docs/rule-packs.md anew; --check only says whether they are current."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit 1 when a page is out of date"
        )

    def handle(self, **options: Any) -> None:
        pages = rule_pages.pages(rule_pack.current())
        old = [name for name, text in pages.items() if _kept(name) != text]
        if options["check"]:
            if old:
                raise CommandError(
                    f"out of date: docs/{', docs/'.join(old)}; run python manage.py rules_docs"
                )
            return
        for name in old:
            (DOCS / name).write_text(pages[name], encoding="utf-8")
            self.stdout.write(f"wrote docs/{name}")


def _kept(name: str) -> str:
    path = DOCS / name
    return path.read_text(encoding="utf-8") if path.exists() else ""
