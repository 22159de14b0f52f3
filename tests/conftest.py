"""What every test stands on: real servers, a fixed hour, a small cast, and no way out to the network."""

import datetime as dt
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.management.color import no_style
from django.db import connection
from django.test import TransactionTestCase

from tests import cast, other_parts
from tests.chaos.hosts import Namespaces

# A Wednesday, 13:00 in New York and 10:00 in Los Angeles: inside every marketing window of the mainland.
NOON = dt.datetime(2026, 11, 18, 18, 0, tzinfo=dt.UTC)


def pytest_report_header() -> list[str]:
    """What of the optional parts is tested in this run, and what is not."""
    parts = {name: name in other_parts.found() for name in ("RabbitMQ", "PgBouncer")}
    parts["hosts with a network of their own"] = Namespaces.can_be_had()
    told = {True: "tested", False: "NOT TESTED, this machine has none"}
    return [f"{name}: {told[is_here]}" for name, is_here in parts.items()]


@pytest.fixture(autouse=True)
def _no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine is an error, loudly."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise AssertionError(f"a test tried to reach {address}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


def _truncate_past_the_guards(_: TransactionTestCase) -> None:
    """Empty the tables between tests; the append-only triggers are off for this one statement."""
    tables = [
        name
        for name in connection.introspection.django_table_names(only_existing=True, include_views=False)
        # Content types are cached in the process under the ids that the migrations gave them.
        if name not in {"django_migrations", "django_content_type"}
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        for statement in connection.ops.sql_flush(no_style(), tables, allow_cascade=True):
            cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


TransactionTestCase._fixture_teardown = _truncate_past_the_guards  # type: ignore[method-assign]


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    """Time stands still on a Wednesday at 13:00 New York."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker is asked."""
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **_: None)


@pytest.fixture
def acme(db: None) -> cast.Cast:
    """Acme Coffee: a brand with a sender, a ready program and a team; nobody in it yet."""
    return cast.acme()


@pytest.fixture
def rival(db: None) -> cast.Cast:
    """Rival Tea: another brand on the same installation."""
    return cast.rival()
