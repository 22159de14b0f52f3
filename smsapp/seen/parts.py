"""The parts that the product needs, whether each works now, and what to do when it does not."""

import dataclasses
import functools
import shutil
from collections.abc import Callable

import redis
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from kombu import Connection
from kombu.exceptions import OperationalError

from consent import signing
from messaging import throttle
from smsapp.seen import signs, standbys

# Less free space than this share, and fewer bytes than that, is a full disk before long.
FREE_SHARE = 0.05
FREE_BYTES = 2**30

_TAKES_WEBHOOKS = ("database", "migrations")
_ASKS_DATABASE = (*_TAKES_WEBHOOKS, "standbys")


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """One part: "" as its problem when it works, else what is wrong, and what a person does about it."""

    name: str
    problem: str
    cure: str

    @property
    def says(self) -> str:
        return f"{self.problem}: {self.cure}" if self.problem else "ok"


def everything() -> list[Part]:
    """All parts. The product does its whole work only while none has a problem."""
    return [_look(name) for name in _PARTS]


def for_webhooks() -> list[Part]:
    """The parts without which a STOP cannot be taken; the others may be away meanwhile."""
    return [_look(name) for name in _TAKES_WEBHOOKS]


def beside_database() -> list[Part]:
    """The others, which can be looked at without a query, also by those whose requests may not write."""
    return [_look(name) for name in _PARTS if name not in _ASKS_DATABASE]


def _look(name: str) -> Part:
    problem, cure = _PARTS[name]
    return Part(name=name, problem=problem(), cure=cure)


def _database() -> str:
    """A write, since a database that can be read may be a replica, or out of disk; and no commits that hang.

    The write waits for this disk alone: were it to wait for a standby that is away, nobody would be told.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW transaction_read_only")
            if cursor.fetchone() == ("on",):
                return "read-only"
            cursor.execute(
                """
                WITH here AS MATERIALIZED (SELECT set_config('synchronous_commit', 'local', true))
                SELECT pg_logical_emit_message(true, 'readyz', '') FROM here
                """
            )
            return standbys.hanging(cursor)
    except DatabaseError as error:
        return f"away ({type(error).__name__})"


def _standbys() -> str:
    try:
        with connection.cursor() as cursor:
            return standbys.missing(cursor)
    except DatabaseError as error:
        return f"not known ({type(error).__name__})"


def _migrations() -> str:
    try:
        missing = len(_in_code() - set(MigrationRecorder(connection).applied_migrations()))
    except DatabaseError as error:
        return f"not known ({type(error).__name__})"
    return f"{missing} not applied" if missing else ""


@functools.cache
def _in_code() -> frozenset[tuple[str, str]]:
    """(app, name) of every migration this process came with: read from disk once."""
    return frozenset(MigrationLoader(None).disk_migrations or ())


def _redis() -> str:
    try:
        throttle.connection().ping()
    except redis.RedisError as error:
        return f"away ({type(error).__name__})"
    return ""


def _broker() -> str:
    if settings.CELERY_BROKER_URL == settings.REDIS_URL:
        return _redis()
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError) as error:
        return f"away ({type(error).__name__})"
    return ""


def _worker() -> str:
    try:
        alive = [age for age in signs.workers().values() if age < signs.DEAD_AFTER]
    except redis.RedisError:
        return "not known without Redis"
    return "" if alive else "no worker is alive"


def _beat() -> str:
    try:
        age = signs.beat()
    except redis.RedisError:
        return "not known without Redis"
    if age is None:
        return "not seen in the last hour"
    return "" if age < signs.DEAD_AFTER else f"last seen {age:.0f} s ago"


def _ledger_key() -> str:
    try:
        signing.configured()
    except (signing.UnusableKey, ImproperlyConfigured) as error:
        return type(error).__name__
    return ""


def _disk() -> str:
    try:
        usage = shutil.disk_usage(settings.VAR_DIR)
    except OSError as error:
        return f"cannot be read ({type(error).__name__})"
    if usage.free < FREE_BYTES and usage.free < FREE_SHARE * usage.total:
        return f"{usage.free / 2**20:.0f} MiB left"
    return ""


_PARTS: dict[str, tuple[Callable[[], str], str]] = {
    "database": (_database, "bring the PostgreSQL of DATABASE_URL back as a primary with free disk space"),
    "migrations": (_migrations, "run python manage.py migrate"),
    "standbys": (
        _standbys,
        "bring back a standby that commits wait for, and let no other be promoted (docs/scale.md)",
    ),
    "redis": (_redis, "bring the Redis of REDIS_URL back; empty will do, nothing is lost"),
    "broker": (_broker, "bring the broker of CELERY_BROKER_URL back; empty will do, nothing is lost"),
    "worker": (_worker, "start celery -A smsapp worker --queues=replies,upkeep,bulk"),
    "beat": (_beat, "start celery -A smsapp beat"),
    "ledger_key": (_ledger_key, "set LEDGER_SIGNING_KEY to the key that signed last (docs/ledger.md, Keys)"),
    "disk": (_disk, "free space where VAR_DIR lies"),
}
