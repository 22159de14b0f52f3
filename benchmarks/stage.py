"""A stage for one benchmark: PostgreSQL and Redis of its own, as durable as in production, and a migrated database."""

import datetime as dt
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smsapp import embedded
from smsapp.embedded_postgres import program_directories

# A Wednesday, 13:00 in New York: inside every marketing window of the mainland.
NOON = dt.datetime(2026, 11, 18, 18, 0, tzinfo=dt.UTC)


@contextmanager
def stage(**environment: str) -> Iterator[Path]:
    """Django, set up on servers that are made for this run and removed after it; yields their directory.

    DATABASE_URL and REDIS_URL, when set, are used instead: then give an empty database. `environment` is set
    before the settings are read, for this process and for those it starts. The product's clock begins at noon of
    a working day, whenever the benchmark runs. TABLES_LIKE may name a migrated database with nothing in it, to copy.
    """
    directory = Path(tempfile.mkdtemp(prefix="benchmark-"))
    offset = (NOON - dt.datetime.now(tz=dt.UTC)).total_seconds()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "smsapp.settings",
        "LOG_LEVEL": "WARNING",
        "CLOCK_OFFSET_SECONDS": str(offset),
    } | environment
    own = not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
    if own:
        os.environ["VAR_DIR"] = str(directory)
        os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = embedded.urls(directory)
    try:
        _set_up()
        yield directory
    finally:
        _close()
        if own:
            embedded.stop(directory)
        shutil.rmtree(directory, ignore_errors=True)


def _set_up() -> None:
    import django  # the settings read the environment once, so it must be complete before

    django.setup()
    from django.core.management import call_command

    like = os.environ.get("TABLES_LIKE", "")
    if not (like and _copied(like, os.environ["DATABASE_URL"])):
        call_command("migrate", verbosity=0)


def _copied(source_url: str, target_url: str) -> bool:
    """Copy a migrated database, which takes a tenth of the time; returns False where the programs do not fit."""
    programs = next(program_directories())
    dump = subprocess.run([programs / "pg_dump", "--no-owner", source_url], capture_output=True, check=False)
    into = [str(programs / "psql"), "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", target_url]
    return not (
        dump.returncode
        or subprocess.run(into, input=dump.stdout, capture_output=True, check=False).returncode
    )


def _close() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]
