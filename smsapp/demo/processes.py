"""Starting, watching and stopping the demo's processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import requests
from django.conf import settings

START_SECONDS = 60.0
STOP_SECONDS = 8.0
WEBHOOK_PATH = "/webhooks/twilio/inbound/"


class ProcessDied(Exception):
    """One of the processes ended by itself; the message ends with the last lines it wrote."""


def commands(log_directory: Path, *, workers: int = 1) -> dict[str, list[str]]:
    """Each process and its command line, in the order of starting."""
    web, simulator = urlsplit(settings.PUBLIC_BASE_URL), urlsplit(settings.TWILIO_API_BASE_URL)
    python, binaries = sys.executable, Path(sys.executable).parent
    celery = [python, "-m", "celery", "-A", "smsapp"]
    schedule = log_directory / "celerybeat-schedule"
    return {
        "simulator": [
            python, "-m", "simulator", "--host=127.0.0.1", f"--port={simulator.port}",
            f"--account-sid={settings.TWILIO_ACCOUNT_SID}", f"--auth-token={settings.TWILIO_AUTH_TOKENS[0]}",
            f"--inbound-url={settings.PUBLIC_BASE_URL}{WEBHOOK_PATH}",
        ],
        "web": [
            str(binaries / "granian"), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(web.port),
            "--workers", "1", "--blocking-threads", "12", "--no-ws", "smsapp.wsgi:application",
        ],
        **{
            f"worker-{n}": [
                *celery, "worker", "--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle",
                f"--hostname=worker-{n}@%h",
            ]
            for n in range(1, workers + 1)
        },
        "beat": [*celery, "beat", "--loglevel=WARNING", f"--schedule={schedule}"],
    }  # fmt: skip


class Processes:
    """The demo's processes; use it as a context, and whatever happens inside, they end with it.

    Each runs in a session of its own, so that a Ctrl-C reaches this process alone and the others end in order.
    """

    def __init__(
        self, log_directory: Path, *, workers: int = 1, environment: dict[str, str] | None = None
    ) -> None:
        log_directory.mkdir(parents=True, exist_ok=True)
        self.log_directory = log_directory
        self.commands = commands(log_directory, workers=workers)
        self.environment = os.environ | (environment or {})
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        # Both by hand: a demo started in the background inherits an ignored SIGINT.
        signal.signal(signal.SIGTERM, _interrupt)
        signal.signal(signal.SIGINT, _interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start all and wait until the pages answer; raises ProcessDied."""
        for name in self.commands:
            self.start_one(name)
        self.wait_for(lambda: answers(f"{settings.TWILIO_API_BASE_URL}/healthz"), "the stand-in for Twilio")
        self.wait_for(lambda: answers(f"{settings.PUBLIC_BASE_URL}/readyz/web"), "the web server")

    def start_one(self, name: str) -> None:
        """Start one of them, or start it again after its end; its log goes on."""
        with (self.log_directory / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own command lines
                self.commands[name],
                cwd=settings.BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """End one with SIGKILL, its children with it: the plug is pulled."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_all(self) -> None:
        """End all with SIGKILL: for whoever needs no orderly end, which takes seconds."""
        for name in list(self.running):
            self.kill(name)

    def wait_for(self, is_so: Callable[[], bool], what: str, *, seconds: float = START_SECONDS) -> None:
        """Wait until something is so; raises ProcessDied when a process ends meanwhile, TimeoutError at last."""
        ends_at = time.monotonic() + seconds
        while not is_so():
            self.check()
            if time.monotonic() > ends_at:
                raise TimeoutError(f"{what}: not within {seconds:.0f} seconds; see {self.log_directory}")
            time.sleep(0.1)

    def check(self) -> None:
        """Raise ProcessDied when one of them has ended."""
        for name, process in self.running.items():
            if process.poll() is not None:
                tail = (self.log_directory / f"{name}.log").read_text(errors="replace")[-1500:]
                raise ProcessDied(f"{name} ended with status {process.returncode}:\n{tail}")

    def stop(self) -> None:
        """End all, the last started first; what does not end by itself is killed with its children."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                process.terminate()
        ends_at = time.monotonic() + STOP_SECONDS
        for process in self.running.values():
            try:
                process.wait(max(0.1, ends_at - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running.clear()


def answers(url: str) -> bool:
    """Whether somebody answers 200 there."""
    try:
        return requests.get(url, timeout=2).status_code == requests.codes.ok
    except requests.RequestException:
        return False


def _interrupt(number: int, _: object) -> None:
    raise KeyboardInterrupt(f"signal {number}")
