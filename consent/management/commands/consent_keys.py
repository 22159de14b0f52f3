"""`consent_keys`: the keys that sign tree heads: list them, prepare a rotation, or begin anew when one is lost."""

import json
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from consent import chain, signing
from consent.models import SigningKey


class Command(BaseCommand):
    """Never prints a private key."""

    help = "List the keys that sign the ledger; docs/ledger.md tells how to rotate them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument(
            "--rotate",
            metavar="FILE",
            help="write a new key, and after it the present ones, into FILE, for LEDGER_SIGNING_KEY_FILE",
        )
        what.add_argument(
            "--previous-is-lost",
            action="store_true",
            help="let the configured key sign though nobody vouches for it",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        try:
            configured = [key.id for key in signing.configured()]
            if options["rotate"]:
                self._rotate(Path(options["rotate"]))
            elif options["previous_is_lost"]:
                signing.introduce(is_previous_lost=True)
        except (ImproperlyConfigured, signing.UnusableKey) as problem:
            raise CommandError(str(problem)) from None
        known = [_told(key, configured) for key in SigningKey.objects.order_by("introduced_at")]
        if options["json"]:
            self.stdout.write(json.dumps({"keys": known}))
        else:
            self.stdout.write("\n".join(_line(key) for key in known) or "No key has signed anything yet.")

    def _rotate(self, file: Path) -> None:
        """Write the keys of after the rotation, readable by the owner alone."""
        keys = ",".join([signing.new_seed(), *settings.LEDGER_SIGNING_KEYS])
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(
                f"--rotate: {file}: {error.strerror}; name a file that is not there yet"
            ) from None
        with os.fdopen(descriptor, "w") as opened:
            opened.write(f"{keys}\n")
        self.stderr.write(
            f"{file} holds a new key and the present one. Set LEDGER_SIGNING_KEY_FILE to it (and unset "
            "LEDGER_SIGNING_KEY), start all processes again, and wait until the new key stands here, endorsed; then "
            "take the old one out of the file."
        )


def _told(key: SigningKey, configured: list[str]) -> dict[str, Any]:
    return {
        "key": key.id,
        "public_key": key.public_key,
        "introduced_at": chain.moment(key.introduced_at),
        "retired_at": chain.moment(key.retired_at) if key.retired_at else None,
        "endorsed_by": key.endorsed_by_id,
        "endorsement": key.endorsement,
        "is_configured": key.id in configured,
    }


def _line(key: dict[str, Any]) -> str:
    by = f"endorsed by {key['endorsed_by']}" if key["endorsed_by"] else "endorsed by none"
    until = f"retired {key['retired_at']}" if key["retired_at"] else "in use"
    here = "private half is configured" if key["is_configured"] else "private half is not here"
    return f"{key['key']}  {key['public_key']}  since {key['introduced_at']}, {until}; {by}; {here}"
