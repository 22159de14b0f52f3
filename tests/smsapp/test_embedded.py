"""The embedded PostgreSQL and Redis: starting together, attaching, recovering, keeping others out."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import redis

from smsapp import embedded
from smsapp.embedded_process import EmbeddedError
from smsapp.embedded_server import Endpoint

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A directory whose path is longer than a unix socket's may be, with a durable pair under it."""
    directory = tmp_path_factory.mktemp("embedded") / ("long" * 30)
    embedded.urls(directory)
    yield directory
    embedded.stop(directory)
    shutil.rmtree(directory)


def command(var: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "smsapp.embedded", *arguments],
        cwd=ROOT,
        env=os.environ | {"VAR_DIR": str(var)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(var: Path, *arguments: str) -> tuple[int, str]:
    process = command(var, *arguments)
    printed, complaint = process.communicate(timeout=120)
    return process.returncode, printed + complaint


def pids(var: Path) -> list[int | None]:
    return [server.pid for server in embedded.status(var)]


def test_five_processes_that_start_together_share_one_pair(tmp_path: Path) -> None:
    var = tmp_path / "not" / "there" / "yet"
    starting = [command(var, "start", "--json") for _ in range(5)]
    answers = [json.loads(process.communicate(timeout=120)[0]) for process in starting]
    embedded.stop(var)
    assert sorted(answer["result"] for answer in answers) == ["already running"] * 4 + ["started"]
    assert len({json.dumps(answer["servers"]) for answer in answers}) == 1


def test_a_second_start_says_that_it_runs_already(var: Path) -> None:
    embedded.urls(var)
    code, said = run(var, "start")
    assert code == 0
    assert said.startswith("already running\n")


def test_status_and_stop_tell_what_is_so(var: Path) -> None:
    embedded.urls(var)
    servers = json.loads(run(var, "status", "--json")[1])["servers"]
    assert [(server["name"], server["is_running"]) for server in servers] == [
        ("PostgreSQL", True),
        ("Redis", True),
    ]
    assert run(var, "stop")[1].startswith("stopped PostgreSQL and Redis\n")
    assert run(var, "stop")[1].startswith("stopped nothing")
    assert [server.is_running for server in embedded.status(var)] == [False, False]


def test_what_was_committed_outlives_a_hard_kill(var: Path) -> None:
    urls = embedded.urls(var)
    with psycopg.connect(urls.database_url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")
    killed = [pid for pid in pids(var) if pid]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert embedded.urls(var) == urls
    assert not set(killed) & set(pids(var))
    with psycopg.connect(urls.database_url) as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("still here",)
        connection.execute("DROP TABLE kept")


def test_a_commit_is_on_disk_before_it_is_reported(var: Path) -> None:
    with psycopg.connect(embedded.urls(var).database_url) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert connection.execute(f"SHOW {setting}").fetchone() == ("on",)


def test_a_process_id_that_belongs_to_a_stranger_now_does_not_stop_a_start(var: Path) -> None:
    embedded.urls(var)
    old = (var / "postgres" / "postmaster.pid").read_text().split("\n", 1)[1]
    embedded.stop(var)
    with subprocess.Popen(["/bin/sleep", "300"]) as stranger:
        (var / "postgres" / "postmaster.pid").write_text(f"{stranger.pid}\n{old}")
        (var / "redis" / "redis.pid").write_text(f"{stranger.pid}\n")
        urls = embedded.urls(var)
        assert psutil.pid_exists(stranger.pid)
        stranger.kill()
    with psycopg.connect(urls.database_url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_copy_of_the_directory_gets_servers_of_its_own(var: Path, tmp_path: Path) -> None:
    embedded.stop(var)
    shutil.copytree(var, tmp_path / "copy")
    original = embedded.urls(var)
    shutil.copy(var / "postgres" / "postmaster.pid", tmp_path / "copy" / "postgres")
    if os.geteuid() == 0:
        for path in (tmp_path / "copy").rglob("*"):
            os.chown(path, (var / "postgres").stat().st_uid, -1)
    running = pids(var)
    with embedded.throwaway(tmp_path / "copy") as copied:
        assert urlsplit(copied.database_url).port != urlsplit(original.database_url).port
        assert urlsplit(copied.redis_url).port != urlsplit(original.redis_url).port
    assert pids(var) == running


def test_a_port_that_somebody_took_meanwhile_is_given_up(var: Path) -> None:
    before = embedded.urls(var)
    embedded.stop(var)
    with socket.create_server(("127.0.0.1", urlsplit(before.database_url).port or 0)):
        after = embedded.urls(var)
    assert after.redis_url == before.redis_url
    assert urlsplit(after.database_url).port != urlsplit(before.database_url).port


def test_a_first_start_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "pair" / "postgres.new").mkdir(parents=True)
    (tmp_path / "pair" / "postgres.new" / "PG_VERSION").write_text("18\n")
    with embedded.throwaway(tmp_path / "pair") as urls, psycopg.connect(urls.database_url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    assert not (tmp_path / "pair").exists()


def test_ctrl_c_in_the_terminal_leaves_the_servers_alone(var: Path) -> None:
    embedded.stop(var)
    starts_then_waits = (
        "import sys, pathlib, signal; from smsapp import embedded;"
        # Tests that run in the background inherit an ignored SIGINT.
        "signal.signal(signal.SIGINT, signal.default_int_handler);"
        "embedded.urls(pathlib.Path(sys.argv[1])); print('ready', flush=True); signal.pause()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starts_then_waits, str(var)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == b"ready\n"
        running = pids(var)
        os.killpg(starter.pid, signal.SIGINT)
        starter.wait(timeout=30)
    assert None not in running
    assert pids(var) == running


def test_another_user_of_the_machine_is_not_let_in(var: Path) -> None:
    urls = embedded.urls(var)
    database, broker = urlsplit(urls.database_url), urlsplit(urls.redis_url)
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(host="127.0.0.1", port=database.port, user="smsapp", password="guess")
    with redis.Redis(port=broker.port or 0) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    for kept in (var / "postgres", var / "postgres" / "endpoint.json", var / "redis" / "endpoint.json"):
        assert kept.stat().st_mode & 0o077 == 0
    listing = [" ".join(psutil.Process(pid).cmdline()) for pid in pids(var) if pid]
    secrets = [address.password or "" for address in (database, broker)]
    assert all(secrets)
    assert not [line for line in listing for secret in secrets if secret in line]


def test_redis_refuses_to_drop_work_and_keeps_nothing_on_disk(var: Path) -> None:
    with redis.Redis.from_url(embedded.urls(var).redis_url) as client:
        kept = {name: client.config_get(name)[name] for name in ("maxmemory-policy", "save", "appendonly")}
    assert kept == {"maxmemory-policy": "noeviction", "save": "", "appendonly": "no"}


def test_a_directory_that_cannot_be_written_is_named_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, said = run(tmp_path / "file" / "var", "start")
    assert code == 1
    assert said.count("\n") == 1
    assert f"cannot write in {tmp_path}/file/var" in said
    assert "set VAR_DIR" in said


def test_lost_passwords_are_reported_with_the_cure(var: Path) -> None:
    embedded.stop(var)
    endpoint_file = var / "postgres" / "endpoint.json"
    kept = endpoint_file.read_text()
    try:
        endpoint_file.write_text("{")
        with pytest.raises(EmbeddedError, match="missing or damaged"):
            embedded.urls(var)
    finally:
        endpoint_file.write_text(kept)


def test_two_endpoints_never_share_a_password() -> None:
    one = Endpoint.fresh()
    assert replace(one, port=0) != replace(Endpoint.fresh(), port=0)
