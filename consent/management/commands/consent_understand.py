"""`consent_understand`: what a reply means for consent, and why; it changes nothing."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from consent.understanding import Understanding, understand


class Command(BaseCommand):
    """With a text: one answer. Without: a text per line of standard input, a JSON object per line out."""

    help = "What a reply means for consent: closed, held or ordinary, and why. Changes nothing."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("text", nargs="?", help="the reply; without it, one per line on stdin")
        parser.add_argument("--json", action="store_true", help="print a JSON line")

    def handle(self, **options: Any) -> None:
        text: str | None = options["text"]
        if text is None:
            for line in sys.stdin:
                self.stdout.write(_json(line.rstrip("\r\n")))
        elif options["json"]:
            self.stdout.write(_json(text))
        else:
            self.stdout.write(_sentence(understand(text)))


def _json(text: str) -> str:
    meaning = understand(text)
    told = {name: getattr(meaning, name) for name in ("outcome", "kind", "why", "language")}
    return json.dumps({"text": text, **told}, ensure_ascii=False)


def _sentence(meaning: Understanding) -> str:
    told = f"{meaning.outcome}: {meaning.why}"
    return f"{told} ({meaning.language})" if meaning.language else told
