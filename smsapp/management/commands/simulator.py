"""`manage.py simulator`: starts the stand-in for Twilio as a child with the settings' values."""

import json
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

_DEFAULT_PORT = 4010


class Command(BaseCommand):
    requires_system_checks = ()  # it needs nothing of the product but its settings
    help = "Run the stand-in for Twilio and its wall of phones until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, help="default: the port of TWILIO_API_BASE_URL; 0 picks one")
        parser.add_argument("--delivery", choices=("fast", "real"), default="real")
        parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
        parser.add_argument("--json", action="store_true", help="say the addresses as JSON before starting")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Start the child with the first auth token, and wait; its failure becomes ours."""
        port = options["port"]
        if port is None:
            port = urlsplit(settings.TWILIO_API_BASE_URL).port or _DEFAULT_PORT
        inbound_url = f"{settings.PUBLIC_BASE_URL.rstrip('/')}/webhooks/twilio/inbound/"
        flags = {
            "host": options["host"],
            "port": port,
            "account-sid": settings.TWILIO_ACCOUNT_SID,
            "auth-token": settings.TWILIO_AUTH_TOKENS[0],
            "inbound-url": inbound_url,
            "delivery": options["delivery"],
            "latency": options["latency"],
        }
        if options["json"]:
            print(json.dumps({"host": options["host"], "port": port, "inbound_url": inbound_url}), flush=True)
        child = [sys.executable, "-m", "simulator", "--exit-with-stdin"]
        child += [f"--{name}={value}" for name, value in flags.items()]
        # The pipe is never written to: when this process is killed it closes, and the child ends too.
        process = subprocess.Popen(child, cwd=settings.BASE_DIR, stdin=subprocess.PIPE)  # noqa: S603 - our own
        self._wait(process)

    @staticmethod
    def _wait(process: subprocess.Popen[bytes]) -> None:
        try:
            status = process.wait()
        except KeyboardInterrupt:
            # A terminal sends Ctrl-C to the child as well, `kill -INT` does not: twice does no harm.
            process.terminate()
            process.wait()
            return
        finally:
            if process.poll() is None:
                process.terminate()
        if status:
            raise CommandError("the simulator stopped with an error, named above", returncode=status)
