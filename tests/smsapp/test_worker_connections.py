"""A worker's tasks share what connections to PostgreSQL it has, and get others when these are lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection

from smsapp import queues
from smsapp.celery import app
from smsapp.embedded import BASE_DIR
from tests import stack

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 60
ANSWERS = "probe"


@contextmanager
def one_worker(directory: Path, environment: dict[str, str]) -> Iterator[None]:
    """A real worker with one process, for the probe's task."""
    command = [
        sys.executable, "-m", "celery", "-A", "tests.probe_worker", "worker", "--concurrency=1",
        f"--queues={queues.UPKEEP}", "--without-gossip", "--without-mingle", "--loglevel=WARNING",
    ]  # fmt: skip
    with (
        (directory / "worker.log").open("wb") as log,
        subprocess.Popen(
            command, cwd=BASE_DIR, env=os.environ | environment, stdout=log, stderr=log
        ) as worker,
    ):
        try:
            yield
        finally:
            worker.terminate()


def connection_of_next_task() -> int:
    # By its name: here, in the tests' own process, nobody shall know the task.
    app.send_task("tests.tell_connection", args=[ANSWERS], queue=queues.UPKEEP)
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=None) as waiting:
        answer = waiting.blpop([ANSWERS], timeout=PATIENCE_SECONDS)
    assert answer is not None, "the worker did not answer"
    return int(answer[1])


def test_tasks_share_connections_until_they_are_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = stack.environment_of(monkeypatch, "http://127.0.0.1:9", "http://127.0.0.1:9")
    with one_worker(tmp_path, environment):
        used = {connection_of_next_task() for _ in range(8)}
        assert len(used) <= 2, "one that the first task waited for, and the one that the pool opens by itself"
        with connection.cursor() as cursor:
            for pid in used:
                cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert connection_of_next_task() not in used
