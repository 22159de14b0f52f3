"""DATABASE_URL, with one server in it or several."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from smsapp import database


def configured(url: str) -> dict[str, object]:
    told = database.configured(url, is_pooled=False, most=24)
    return {name: told[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")} | told["OPTIONS"]


def test_one_server_is_taken_as_it_is() -> None:
    told = configured("postgresql://smsapp:p%40ss@db.example/smsapp")
    assert (told["USER"], told["PASSWORD"], told["HOST"], told["NAME"]) == (
        "smsapp",
        "p@ss",
        "db.example",
        "smsapp",
    )
    assert "target_session_attrs" not in told


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://smsapp:secret@one.example:5433,two.example/smsapp",
        "postgresql://smsapp:secret@one.example:5433,two.example:5432/smsapp?target_session_attrs=read-write",
        "postgresql://smsapp:secret@/smsapp?host=one.example,two.example&port=5433,5432",
    ],
)
def test_of_several_servers_the_one_that_takes_writes_is_found(url: str) -> None:
    told = configured(url)
    host, port = (told[name.upper()] or told[name] for name in ("host", "port"))
    assert (host, port) == ("one.example,two.example", "5433,5432")
    assert told["target_session_attrs"] == "read-write"
    assert 2 * int(str(told["connect_timeout"])) < database.WAITS_SECONDS
    assert (told["USER"], told["PASSWORD"], told["NAME"]) == ("smsapp", "secret", "smsapp")


@pytest.mark.parametrize(
    ("servers", "host", "port"),
    [
        ("%2Ftmp%2FA,%2Ftmp%2FB", "/tmp/A,/tmp/B", ""),
        ("%2Ftmp%2FA:5433,%2Ftmp%2FB", "/tmp/A,/tmp/B", "5433,5432"),
        ("one.example,two.example", "one.example,two.example", ""),
        ("one.example,[::1]:5434", "one.example,::1", "5432,5434"),
    ],
)
def test_of_several_servers_each_may_be_a_socket_and_may_leave_its_port_out(
    servers: str, host: str, port: str
) -> None:
    told = configured(f"postgresql://smsapp:secret@{servers}/smsapp")
    assert (told["HOST"], told["PORT"]) == (host, port)


def test_whoever_wants_any_of_them_says_so() -> None:
    told = configured("postgresql://smsapp:secret@one.example,two.example/smsapp?target_session_attrs=any")
    assert told["target_session_attrs"] == "any"


def test_options_overrule_ours_but_for_the_pool() -> None:
    address = "postgresql://smsapp:secret@db.example/smsapp"
    assert configured(address)["prepare_threshold"] == 5
    told = configured(f"{address}?connect_timeout=2&sslmode=verify-full&prepare_threshold=9&pool=1")
    assert (told["connect_timeout"], told["sslmode"]) == (2, "verify-full")
    assert told["prepare_threshold"] == 9
    assert told["keepalives_idle"]
    assert told["pool"] == configured(address)["pool"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://smsapp:secret@one:5432,two:secret/smsapp",
        "postgresql://smsapp:secret@one:secret/smsapp",
        "postgresql://smsapp:secret@one,,two/smsapp",
        "postgresql://smsapp:secret@one,:5433/smsapp",
        "postgresql://smsapp:secret@,one/smsapp",
        "sqlite:///secret",
        "secret",
    ],
)
def test_what_cannot_be_read_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DATABASE_URL cannot be read: write .+\.$") as refused:
        configured(url)
    assert "secret" not in str(refused.value)
