"""A host that vanishes from the network is noticed at both ends of a database connection, and soon."""

import psycopg
import pytest
from django.db import connection

from smsapp import network
from webhooks import handle


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "value"),
    [("tcp_keepalives_idle", "2"), ("tcp_keepalives_interval", "1"), ("tcp_user_timeout", "4000")],
)
def test_postgresql_is_told_how_soon_to_give_up_on_us(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        assert cursor.fetchone() == (value,)


@pytest.mark.django_db
def test_we_give_up_on_postgresql_as_soon() -> None:
    connection.ensure_connection()
    raw = connection.connection
    assert isinstance(raw, psycopg.Connection)
    given = raw.info.get_parameters()
    assert (given["keepalives_idle"], given["tcp_user_timeout"]) == ("2", "4000")


def test_a_stop_waits_for_a_lock_longer_than_a_vanished_host_keeps_it() -> None:
    keeps_it = network.GIVES_UP_AFTER_MS / 1000 + network.ASKS_EVERY_SECONDS
    assert keeps_it <= float(handle.LONGEST_WAIT.removesuffix("s"))


def test_a_pooler_is_told_nothing_that_it_refuses() -> None:
    assert "options" in network.patience(is_pooled=False)
    assert "options" not in network.patience(is_pooled=True)
