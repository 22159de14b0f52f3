"""Embedded PostgreSQL and Redis for development: one pair of real servers under `var/`.

    python -m smsapp.embedded start|stop|status [--json]

All processes share the pair; it outlives the one that started it, and whoever comes next attaches.
"""

import argparse
import fcntl
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from smsapp.embedded_postgres import Postgres
from smsapp.embedded_process import EmbeddedError, account_for
from smsapp.embedded_redis import Redis
from smsapp.embedded_server import Server

BASE_DIR = Path(__file__).resolve().parent.parent


class EmbeddedUrls(NamedTuple):
    """The addresses of a running pair, in the form of `DATABASE_URL` and `REDIS_URL`."""

    database_url: str
    redis_url: str


@dataclass(frozen=True)
class ServerStatus:
    """What one embedded server is doing; `pid` and `port` are None while it is stopped."""

    name: str
    version: str
    is_running: bool
    pid: int | None
    port: int | None
    directory: str


def var_directory() -> Path:
    """Return the absolute directory of the embedded servers: `VAR_DIR`, else `var/` in the checkout."""
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").resolve()


def urls(var: Path | None = None, *, is_durable: bool = True) -> EmbeddedUrls:
    """Return the addresses of the pair under `var`, starting what does not run.

    Safe to call from many processes at once. Raises EmbeddedError, in one line, when a server cannot be used.
    """
    return _ensure(var or var_directory(), is_durable=is_durable)[0]


def stop(var: Path | None = None) -> list[str]:
    """Stop the pair under `var`; return the names of the servers that were running."""
    directory = var or var_directory()
    if not directory.exists():
        return []
    with _lock(directory):
        return [server.name for server in _pair(directory) if server.stop()]


def status(var: Path | None = None) -> list[ServerStatus]:
    """Return what each server of the pair under `var` is doing, without changing anything."""
    directory = var or var_directory()
    return [_status_of(server) for server in _pair(directory)] if directory.exists() else []


@contextmanager
def throwaway(directory: Path | None = None) -> Iterator[EmbeddedUrls]:
    """Run a pair of its own under `directory` (default: a temporary one); stop and remove it afterwards.

    Made for tests: it trades durability for speed (`fsync=off`), so its data does not survive a power cut.
    """
    var = Path(tempfile.mkdtemp(prefix="smsapp-")) if directory is None else directory
    try:
        yield urls(var, is_durable=False)
    finally:
        stop(var)
        shutil.rmtree(var, ignore_errors=True)


def _pair(var: Path, *, is_durable: bool = True) -> tuple[Server, Server]:
    account = account_for(var)
    return (
        Postgres(var / "postgres", account, is_durable=is_durable),
        Redis(var / "redis", account),
    )


def _ensure(var: Path, *, is_durable: bool) -> tuple[EmbeddedUrls, bool]:
    _make(var)
    postgres, redis = _pair(var, is_durable=is_durable)
    has_started = False
    if not (postgres.is_running() and redis.is_running()):
        with _lock(var):
            has_started = any([postgres.start(), redis.start()])
    return EmbeddedUrls(database_url=postgres.url, redis_url=redis.url), has_started


def _make(var: Path) -> None:
    try:
        if var.is_dir():
            return
        var.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            # Root in somebody's checkout: what is made there stays theirs.
            owner = var.parent.stat()
            os.chown(var, owner.st_uid, owner.st_gid)
    except OSError as error:
        raise _unusable(var, error) from error


@contextmanager
def _lock(var: Path) -> Iterator[None]:
    """Let one process at a time start or stop the pair under `var`."""
    path = var / "embedded.lock"
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        account = account_for(var)
        if account.is_other:
            account.own(path, 0o600)
    except OSError as error:
        raise _unusable(var, error) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def _unusable(var: Path, error: OSError) -> EmbeddedError:
    return EmbeddedError(
        f"cannot write in {var} ({error.strerror}): set VAR_DIR to a directory of yours, "
        "or DATABASE_URL and REDIS_URL to servers of yours"
    )


def _status_of(server: Server) -> ServerStatus:
    is_running = server.is_running()
    return ServerStatus(
        name=server.name,
        version=server.version(),
        is_running=is_running,
        pid=server.pid if is_running else None,
        port=server.endpoint.port if is_running else None,
        directory=str(server.directory),
    )


def _describe(state: ServerStatus) -> str:
    if not state.is_running:
        return f"{state.name} {state.version} is stopped ({state.directory})"
    return (
        f"{state.name} {state.version} is running: process {state.pid}, port {state.port} ({state.directory})"
    )


def _report(action: str, *, as_json: bool) -> None:
    var = var_directory()
    if action == "start":
        said = "started" if _ensure(var, is_durable=True)[1] else "already running"
    elif action == "stop":
        said = f"stopped {' and '.join(stop(var)) or 'nothing: none was running'}"
    else:
        said = "" if var.exists() else f"nothing was ever started in {var}"
    states = status(var)
    if as_json:
        said = json.dumps({"result": said, "servers": [asdict(state) for state in states]})
    else:
        said = "\n".join(filter(None, [said, *map(_describe, states)]))
    sys.stdout.write(f"{said}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code: 0, or 1 with the reason in one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m smsapp.embedded", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status"])
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    options = parser.parse_args(arguments)
    try:
        _report(options.action, as_json=options.json)
    except (EmbeddedError, OSError) as error:
        sys.stderr.write(f"embedded: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
