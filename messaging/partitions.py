"""Events and decisions by month: partitions made ahead, one that takes whatever has none, and whole months dropped."""

import dataclasses
import datetime as dt
import logging
import re
import uuid
from collections.abc import Collection
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, OperationalError, connection, transaction

from contacts import clock

log = logging.getLogger(__name__)

EVENTS = "messaging_messageevent"
DECISIONS = "messaging_decision"
TABLES = (EVENTS, DECISIONS)
MONTHS_AHEAD = 3

# Shorter than PostgreSQL's deadlock_timeout of a second: where two wait for each other it is this that gives up, not
# a drain.
_PATIENCE = "SET LOCAL lock_timeout = '500ms'"
_BUSY = "the tables were busy; the next run tries again"
_BOUND = re.compile(r"\((?:'([^']+)'|MINVALUE)\) TO \('([^']+)'\)")
_MONTH = relativedelta(months=1)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """One partition of a table; `since` and `until` (aware UTC, exclusive) bound `at`.

    `since` None: from the beginning. `until` None: the default partition, for rows that have no other. `rows` is
    PostgreSQL's estimate, `size` in bytes with its indexes.
    """

    table: str
    name: str
    since: dt.datetime | None
    until: dt.datetime | None
    rows: int
    size: int

    def covers(self, month: dt.datetime) -> bool:
        """Whether a whole month, given by its first moment, belongs to it."""
        return self.until is not None and month < self.until and (self.since is None or self.since <= month)


@dataclasses.dataclass(frozen=True, slots=True)
class Made:
    """The partitions that were made, and those that were not, each with why."""

    names: list[str] = dataclasses.field(default_factory=list)
    problems: list[str] = dataclasses.field(default_factory=list)


def month_of(moment: dt.datetime) -> dt.datetime:
    """The first moment of its month, in UTC."""
    return moment.astimezone(dt.UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def partitions() -> list[Partition]:
    """All of them, the oldest first; none of a table that is not partitioned."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT parent.relname, child.relname, pg_get_expr(child.relpartbound, child.oid),
                   greatest(child.reltuples, 0)::bigint, pg_total_relation_size(child.oid)
            FROM pg_inherits
            JOIN pg_class parent ON parent.oid = inhparent
            JOIN pg_class child ON child.oid = inhrelid
            WHERE inhparent IN (SELECT to_regclass(name) FROM unnest(%s::text[]) AS name)
            """,
            [list(TABLES)],
        )
        found = [_read(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda one: (one.table, one.until or dt.datetime.max.replace(tzinfo=dt.UTC)))


def make_ahead() -> Made:
    """Make this month's partitions and those of the next three months, where they are missing; no row is moved.

    Each is made in a transaction of its own, which waits half a second at most for those who write; where that is not
    enough, the rest is left to the next run. What could not be made is logged, and the default partition takes its
    rows. A month of which the default partition has rows already stays there, and its rows go one by one.
    """
    first = month_of(clock.now())
    there = partitions()
    made = Made()
    for table in dict.fromkeys(one.table for one in there):
        for month in (first + ahead * _MONTH for ahead in range(MONTHS_AHEAD + 1)):
            if any(one.covers(month) for one in there if one.table == table):
                continue
            name = f"{table}_{month:%Y_%m}"
            problem = _make(table, name, month)
            if not problem:
                made.names.append(name)
                continue
            made.problems.append(f"{name}: {problem}")
            log.warning("partition not made: %s: %s", name, problem)
            if problem == _BUSY:
                return made
    return made


def _make(table: str, name: str, month: dt.datetime) -> str:
    """Make one partition; returns why it could not be made, or ""."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_PATIENCE)
            # First what the new foreign key locks: who holds nothing yet cannot be waited for while it waits.
            cursor.execute("LOCK TABLE messaging_message IN SHARE ROW EXCLUSIVE MODE")
            cursor.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING DEFAULTS)")
            # Attaching, unlike creating in place, keeps nobody from reading and writing the other months.
            cursor.execute(
                f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM (%s) TO (%s)",
                [month, month + _MONTH],
            )
    except OperationalError:
        return _BUSY
    except IntegrityError:
        return "the default partition has rows of this month; they stay there"
    return ""


def brands_in(partition: Partition) -> dict[uuid.UUID, int]:
    """How many rows each brand has in it; reads the partition as a whole."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT brand_id, count(*) FROM {partition.name} GROUP BY brand_id")  # noqa: S608 - our name
        return dict(cursor.fetchall())


def drop(partition: Partition, *, allowed: Collection[uuid.UUID]) -> dict[uuid.UUID, int] | None:
    """Drop a partition if all its rows are of these brands; returns the rows of each, or None where it stays.

    1. Look for a row of another brand: mostly there soon is one, and nobody has waited.
    2. Lock it against writers, so that what is counted is what is dropped, and count its rows by brand.
    3. Drop it. Where others use the tables for longer than half a second it stays, too, until the next run.
    """
    if partition.until is None:
        raise ValueError(f"{partition.name}: is the default partition, which is never dropped")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"SELECT EXISTS (SELECT FROM {partition.name} WHERE brand_id <> ALL(%s))",  # noqa: S608 - our name
                [list(allowed)],
            )
            if cursor.fetchone()[0]:
                return None
            cursor.execute(_PATIENCE)
            cursor.execute(f"LOCK TABLE {partition.name} IN SHARE MODE")
            rows = brands_in(partition)
            if not set(rows) <= set(allowed):
                return None
            cursor.execute(f"DROP TABLE {partition.name}")
    except OperationalError:
        log.warning("partition not dropped: %s: the tables were busy", partition.name)
        return None
    log.info("partition dropped: %s", partition.name)
    return rows


def _read(table: str, name: str, bounds: str, rows: int, size: int) -> Partition:
    found = _BOUND.search(bounds)
    since, until = (_moment(text) for text in found.groups()) if found else (None, None)
    return Partition(table=table, name=name, since=since, until=until, rows=rows, size=size)


def _moment(text: Any) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC) if text else None
