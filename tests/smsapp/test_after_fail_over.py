"""What a process does with its connections when the primary dies, is demoted, stays away, or loses its standby."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self, cast

import psycopg
import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.db.utils import ConnectionHandler
from pytest_django.plugin import DjangoDbBlocker

from benchmarks.standby import Pair
from smsapp import database
from smsapp.embedded_process import account_for
from smsapp.postgresql.base import DatabaseWrapper
from smsapp.seen import parts
from tests import calls
from tests.cast import Cast

MOST = 8
ALIAS = "pair"


class Process:
    """Connections to PostgreSQL as a web process or a worker of the product has them; a context."""

    def __init__(self, url: str, **pool: float) -> None:
        told = database.configured(url, is_pooled=False, most=MOST)
        told["OPTIONS"]["pool"] |= pool
        connections.settings[ALIAS] = ConnectionHandler({"default": told}).settings["default"]

    def __enter__(self) -> Self:
        connections[ALIAS].ensure_connection()  # Django asks for the types that it knows, once
        connections[ALIAS].close()
        return self

    def __exit__(self, *_: object) -> None:
        connections[ALIAS].close_pool()  # type: ignore[attr-defined]
        del connections[ALIAS], connections.settings[ALIAS]

    def connections(self, count: int) -> list[DatabaseWrapper]:
        """So many at once, all in use."""
        taken = [connections.create_connection(ALIAS) for _ in range(count)]
        for each in taken:
            each.ensure_connection()
        return cast("list[DatabaseWrapper]", taken)

    def ask(self, query: str) -> Any:
        """The first answer to a query, as a request would get it: on a connection that is given back afterwards."""
        (taken,) = self.connections(1)
        try:
            with taken.cursor() as cursor:
                cursor.execute(query)
                row = cursor.fetchone() if cursor.description else None
                return row[0] if row else None
        finally:
            taken.close()

    def rest(self, count: int) -> None:
        """Have used so many connections at once, which now wait in the pool."""
        for each in self.connections(count):
            each.close()


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A primary with a standby that it waits for; not below pytest's own directory, which it closes to other users."""
    with (
        tempfile.TemporaryDirectory(prefix="pair-") as place,
        Pair(Path(place), account_for(Path(place)), is_durable=False) as pair,
    ):
        pair.ask(pair.primary, "CREATE TABLE stops (address text)")
        pair.copy()
        pair.have_commits_wait()
        yield pair


@pytest.fixture
def process(pair: Pair, django_db_blocker: DjangoDbBlocker) -> Iterator[Process]:
    with django_db_blocker.unblock(), Process(pair.url, timeout=4) as process:
        yield process


STOP = "INSERT INTO stops VALUES ('+12065550123')"
SERVER = "SELECT inet_server_port()"


def sessions(pair: Pair, port: int) -> int:
    """How many connections of the process a server has."""
    (server,) = (one for one in (pair.primary, pair.standby) if one.endpoint.port == port)
    query = (
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    return len(pair.ask(server, query))


def test_after_a_dead_primary_the_next_request_is_on_the_new_one(pair: Pair, process: Process) -> None:
    """However many broken connections wait in the pool: tried one by one they would take more than a minute."""
    process.rest(MOST)
    pair.kill(pair.primary)
    pair.promote()
    process.ask(STOP)
    assert process.ask(SERVER) == pair.primary.endpoint.port


def test_a_demoted_primary_is_let_go_of_although_its_connections_work(pair: Pair, process: Process) -> None:
    process.rest(MOST)
    old = process.ask(SERVER)
    pair.fence_primary()
    pair.promote()
    process.ask(STOP)
    assert process.ask(SERVER) == pair.primary.endpoint.port != old
    pair.wait(lambda: sessions(pair, old) == 0, "the last connection to the demoted primary to be closed")


def test_a_write_that_the_demoted_primary_refuses_is_an_error(pair: Pair, process: Process) -> None:
    """Whoever holds a connection at that moment hears of it, and does not hold it after that."""
    (held,) = process.connections(1)
    pair.fence_primary()
    pair.promote()
    with held.cursor() as cursor, pytest.raises(DatabaseError) as refused:
        cursor.execute(STOP)
    assert isinstance(refused.value.__cause__, psycopg.errors.ReadOnlySqlTransaction)
    held.close()
    assert process.ask(SERVER) == pair.primary.endpoint.port


def test_where_only_a_standby_is_left_what_reads_can_read(
    pair: Pair, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), Process(pair.standby.url) as reader:
        assert reader.ask("SELECT count(*) FROM stops") == 0
        used = {reader.ask("SELECT pg_backend_pid()") for _ in range(4 * MOST)}
    assert len(used) <= MOST, "a new connection for each would harm more than it helps"


def test_a_primary_that_was_away_is_found_as_soon_as_it_is_back(pair: Pair, process: Process) -> None:
    process.rest(MOST)
    pair.kill(pair.primary)
    pair.kill(pair.standby)
    with pytest.raises(OperationalError):
        process.ask(SERVER)
    pair.primary.start()
    assert process.ask(SERVER) == pair.primary.endpoint.port


def test_an_old_primary_that_comes_back_acknowledges_nothing(pair: Pair) -> None:
    """No fence was put up: it thinks that it is the primary still. But nobody tells it that a commit arrived."""
    old = pair.primary
    pair.kill(old)
    pair.promote()
    old.start()
    with psycopg.connect(old.url, autocommit=True) as to_old, ThreadPoolExecutor(1) as thread:
        commit = thread.submit(to_old.execute, STOP)
        pair.wait_until_commits_hang(old)
        assert not commit.done()
        pair.kill(old)
        assert isinstance(commit.exception(), psycopg.OperationalError)
    assert pair.ask(pair.primary, "TABLE stops") == []


@pytest.fixture
def asked(process: Process, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """/readyz asks the pair."""
    (taken,) = process.connections(1)
    monkeypatch.setattr(parts, "connection", taken)
    monkeypatch.setattr(settings, "DATABASE_STANDBYS", 1)
    yield
    taken.close()


def says(name: str) -> str:
    """What /readyz says of a part that asks the database."""
    return parts._look(name).says


@pytest.mark.usefixtures("asked")
def test_a_standby_that_is_gone_is_told_of_and_so_are_commits_that_wait_for_it(pair: Pair) -> None:
    assert (says("standbys"), says("database")) == ("ok", "ok")
    pair.cut_off()
    assert says("standbys").startswith("0 of 1: bring back a standby that commits wait for")
    with psycopg.connect(pair.primary.url, autocommit=True) as other, ThreadPoolExecutor(1) as thread:
        commit = thread.submit(other.execute, STOP)
        pair.wait(lambda: says("database").startswith("commits wait for a standby (1"), "to be told")
        assert not commit.done()
        pair.set(pair.primary, "synchronous_standby_names", "")
        commit.result()
    assert says("database") == "ok"


@pytest.mark.usefixtures("asked")
def test_a_standby_that_no_commit_waits_for_does_not_count(pair: Pair) -> None:
    pair.have_no_commit_wait()
    assert says("standbys").startswith("0 of 1: ")
    pair.have_commits_wait()
    assert says("standbys") == "ok"
    parts.connection.cursor().execute("SET synchronous_commit = local")
    assert says("standbys").startswith("synchronous_commit is local: ")


@pytest.mark.usefixtures("asked")
def test_whoever_may_not_look_says_so(pair: Pair) -> None:
    pair.ask(pair.primary, "CREATE ROLE modest")
    parts.connection.cursor().execute("SET ROLE modest")
    assert says("standbys").startswith("not known without the role pg_monitor: ")
    pair.ask(pair.primary, "GRANT pg_monitor TO modest")
    assert says("standbys") == "ok"


@pytest.mark.usefixtures("asked")
def test_without_a_declared_standby_none_is_missed(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATABASE_STANDBYS", 0)
    pair.cut_off()
    assert says("standbys") == "ok"


@pytest.mark.django_db
def test_a_stop_on_a_server_that_takes_no_writes_is_answered_5xx(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So Twilio tells it again, and then it finds the new primary."""
    monkeypatch.setattr(calls.CLIENT, "raise_request_exception", False)
    point = acme.person()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        assert calls.text(acme.sender, point, "STOP").status_code == 500
        transaction.set_rollback(True)
    assert calls.text(acme.sender, point, "STOP").status_code == 200
