"""What the demo's processes are told by their environment: ports, addresses, and a clock that reads noon."""

import datetime as dt
import fcntl
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from smsapp import embedded

BASE_DIR = Path(__file__).resolve().parent.parent.parent
# Says that the environment is the demo's.
MARK = "SMSAPP_DEMO"
WEB_PORT, SIMULATOR_PORT = 8000, 4010
# 13:00 or 14:00 in New York and 10:00 or 11:00 in Los Angeles: the mainland may be texted, whatever the hour is here.
HOUR_UTC = dt.time(18, 0, tzinfo=dt.UTC)
WEDNESDAY = 2
_held: list[IO[str]] = []


def is_set() -> bool:
    """Whether this process was started as the demo."""
    return MARK in os.environ


def make(arguments: Sequence[str]) -> None:
    """Put the demo's environment together, before the settings read it.

    `--once` gets tables of its own, made anew. Whatever DATABASE_URL or credentials are set here, the demo
    uses neither: it runs on its own servers and texts nobody but its stand-in.
    """
    var = embedded.var_directory()
    stage = _take_the_stage(var)
    if "--once" in arguments:
        var /= "once"
        embedded.stop(var)
        shutil.rmtree(var, ignore_errors=True)
    web, simulator = free_port(WEB_PORT), free_port(SIMULATOR_PORT)
    started = dt.datetime.now(tz=dt.UTC)  # noqa: TID251 - the real time, to measure the offset from
    offset = 0.0 if "--real-clock" in arguments else (last_wednesday(started) - started).total_seconds()
    for name in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    os.environ |= {
        MARK: "1",
        "VAR_DIR": str(var),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{web}",
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{simulator}",
        "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001",
        "TWILIO_AUTH_TOKEN": "simulator-token",
        "CLOCK_OFFSET_SECONDS": str(offset),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DEBUG": "0",
        "LOG_LEVEL": os.environ.get("LOG_LEVEL", "WARNING"),
    }
    stage.write(f"{os.environ['PUBLIC_BASE_URL']}/admin/")
    stage.flush()


def _take_the_stage(var: Path) -> IO[str]:
    """Let one demo at a time use a directory; a second one says where the first is, before it touches anything.

    The lock is the open file's, so it ends with this process, however that ends.
    """
    var.mkdir(parents=True, exist_ok=True)
    stage = (var / "demo.lock").open("a+")
    _held.append(stage)
    try:
        fcntl.flock(stage, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stage.seek(0)
        sys.exit(
            f"The demo is already running: {stage.read() or 'it is starting'}. Stop it there with Ctrl-C."
        )
    stage.truncate(0)
    return stage


def last_wednesday(now: dt.datetime) -> dt.datetime:
    """The latest Wednesday, at the demo's hour, that is not ahead of `now`; aware UTC."""
    day = now.date() - dt.timedelta(days=(now.weekday() - WEDNESDAY) % 7)
    moment = dt.datetime.combine(day, HOUR_UTC)
    return moment if moment <= now else moment - dt.timedelta(days=7)


def free_port(wanted: int) -> int:
    """The wanted port of 127.0.0.1 if nobody has it, else one that is free."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
