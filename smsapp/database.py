"""From DATABASE_URL to what Django is told, for one server or for several of which one is the primary."""

from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from smsapp import network

ENGINE, DJANGOS_ENGINE = "smsapp.postgresql", "django.db.backends.postgresql"
USUAL_PORT = 5432
# How long somebody waits for a connection, in seconds.
WAITS_SECONDS = 10
# A pool that finds nobody tries again after 1, 2, 4, … seconds. It gives up after so many and begins anew for the next
# who asks; with its own five minutes it would still be waiting a minute after a primary is back.
TRIES_FOR_SECONDS = 4
# Of several servers one is the primary; and where the first has vanished, the next is come to in time.
OF_SEVERAL: dict[str, Any] = {"target_session_attrs": "read-write", "connect_timeout": 2}
_UNREADABLE = (
    "DATABASE_URL cannot be read: write postgresql://user:password@host:port/name, or several host:port, "
    "separated by commas."
)


def configured(url: str, *, is_pooled: bool, most: int) -> dict[str, Any]:
    """Django's settings of the database; `most` connections of one process, `is_pooled` behind a pooler.

    Options in the URL overrule ours, but for the pool. Raises ImproperlyConfigured, without the password, when it
    cannot be read.
    """
    told = _parsed(url)
    if told["ENGINE"] != DJANGOS_ENGINE:
        raise ImproperlyConfigured(_UNREADABLE)
    return told | {
        "ENGINE": ENGINE,
        # The engine looks at each connection itself.
        "CONN_HEALTH_CHECKS": False,
        # A pooler that gives each transaction another connection loses cursors between two, and prepared statements
        # (docs/scale.md).
        "DISABLE_SERVER_SIDE_CURSORS": is_pooled,
        "OPTIONS": network.patience(is_pooled=is_pooled)
        # After so many times of the same statement; only `contacts.reading.prepared` has any to keep.
        | {"prepare_threshold": None if is_pooled else 5}
        | told.get("OPTIONS", {})
        | {
            "pool": {
                "min_size": 1,
                "max_size": most,
                "timeout": WAITS_SECONDS,
                "reconnect_timeout": TRIES_FOR_SECONDS,
            },
        },
    }


def _parsed(url: str) -> dict[str, Any]:
    """What dj_database_url reads, and libpq's way to name several servers, of which it reads one."""
    try:
        parts = urlsplit(url)
        login, at, named = parts.netloc.rpartition("@")
        servers = named.split(",")
        told: dict[str, Any] = dict(
            dj_database_url.parse(parts._replace(netloc=f"{login}{at}{servers[0]}").geturl())
        )
        if len(servers) > 1:
            told |= _places(servers)
    except ValueError:
        # What it says could quote the password.
        raise ImproperlyConfigured(_UNREADABLE) from None
    if "," in f"{told['HOST']}{told.get('OPTIONS', {}).get('host', '')}":
        told["OPTIONS"] = OF_SEVERAL | told.get("OPTIONS", {})
    return told


def _places(servers: list[str]) -> dict[str, str]:
    """Where several servers are; raises ValueError when one of them has no name."""
    places = [urlsplit(f"//{server}") for server in servers]
    hosts = [unquote(place.hostname or "") for place in places]
    if not all(hosts):
        raise ValueError("libpq would look for that one on this machine")
    # Where no port is named at all, libpq asks the environment.
    has_ports = any(place.port for place in places)
    ports = [str(place.port or USUAL_PORT) for place in places] if has_ports else []
    return {"HOST": ",".join(hosts), "PORT": ",".join(ports)}
