"""Imports that nobody works on: a dead one is called dead, a living one never, a forgotten one is told again."""

import datetime as dt
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from consent import admin_upload, intake, settling
from contacts import clock
from contacts.models import ContactImport
from tests.cast import Cast
from tests.connections import in_another_connection
from tests.csv_files import GOOD, write

Status = ContactImport.Status


def a_row(acme: Cast, status: str, *, seconds_ago: int, **fields: Any) -> ContactImport:
    started_at = clock.now() - dt.timedelta(seconds=seconds_ago)
    return ContactImport.objects.create(
        brand=acme.brand, program_slug=acme.program.slug, filename="people.csv", sha256="a" * 64, status=status,
        started_at=started_at, **fields,
    )  # fmt: skip


HOLDER = """
import sys, psycopg
with psycopg.connect(sys.argv[1]) as connection:
    connection.execute("SELECT pg_advisory_lock(%s)", [int(sys.argv[2])])
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.django_db
def test_an_import_whose_worker_was_killed_is_noted_as_failed(acme: Cast) -> None:
    row = a_row(acme, Status.RUNNING, seconds_ago=60)
    key = str(settling.lock_key(row.id))
    kept = connection.get_connection_params()
    where = " ".join(
        f"{name}={kept[name]}" for name in ("dbname", "user", "password", "host", "port") if kept.get(name)
    )
    worker = subprocess.Popen(
        [sys.executable, "-c", HOLDER, where, key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "held\n"
        assert settling.settle() == (0, 0)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    wait_until_free(key)
    assert settling.settle() == (1, 0)
    row.refresh_from_db()
    assert (row.status, row.problem) == (Status.FAILED, settling.DIED)


def wait_until_free(key: str) -> None:
    """PostgreSQL notices the end of a connection by itself; ask it until it has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@pytest.mark.django_db(transaction=True)
def test_a_running_import_is_left_alone_however_long_it_takes(acme: Cast, tmp_path: Path) -> None:
    looked = []

    def on_progress(_stage: str, _rows: int, _share: float) -> None:
        in_another_connection(look)

    def look() -> None:
        three_hours_ago = clock.now() - dt.timedelta(hours=3)
        assert ContactImport.objects.filter(status=Status.RUNNING).update(started_at=three_hours_ago) == 1
        looked.append(settling.settle())

    path = write(tmp_path, GOOD)
    run = intake.import_file(path, program=acme.program, filename=path.name, on_progress=on_progress)
    assert set(looked) == {(0, 0)}
    assert run.status == Status.DONE


@pytest.mark.django_db
def test_one_that_has_just_begun_is_given_a_moment(acme: Cast) -> None:
    a_row(acme, Status.RUNNING, seconds_ago=1)
    assert settling.settle() == (0, 0)


@pytest.mark.django_db
def test_a_waiting_import_that_no_worker_heard_of_is_told_again(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(admin_upload, "hand_over", told.append)
    row = a_row(acme, Status.WAITING, seconds_ago=120, is_preview=True)
    a_row(acme, Status.WAITING, seconds_ago=5)
    assert settling.settle() == (0, 1)
    assert settling.settle() == (0, 0)
    assert told == [row.id]


@pytest.mark.django_db
@pytest.mark.usefixtures("noon")
def test_a_task_that_comes_twice_imports_once(acme: Cast, settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    path = write(tmp_path, GOOD)
    row = intake.describe(path, program=acme.program, filename=path.name)
    row.status = Status.WAITING
    row.save()
    admin_upload.file_of(row).parent.mkdir(parents=True)
    path.rename(admin_upload.file_of(row))
    admin_upload.run(row.id)
    admin_upload.run(row.id)
    row.refresh_from_db()
    assert (row.status, row.accepted) == (Status.DONE, 1)
