"""What partitions by month cost and give: the same events into the partitioned table and into one plain table.

    python -m benchmarks.partitions [--rows 100000] [--json]

- ours: COPY of the rows into the partitioned table, 500 in each transaction, as a drain does. The limit: the same
  rows into a plain table with the same columns, indexes and foreign keys. Both in turns, five times; the rates are
  the best, the ratio is that of the middle round. The processor time of PostgreSQL's process is the one to go by on
  a machine that does other things too; it must run on this one.
- finding: one message's events, through all partitions and in the plain table.
- dropping a month, beside deleting the rows of the plain table, which leaves them to be vacuumed besides.
"""

import argparse
import itertools
import operator
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psutil

from benchmarks import measure
from benchmarks.stage import stage

ROUNDS = 5
BATCH = 500
MESSAGES = 1000
LOOKS = 200
PARENT, PLAIN = "messaging_messageevent", "plain_messageevent"


def main() -> None:
    """Fill both tables in turns, look into them, empty them, and print the report."""
    parser = measure.arguments("Partitions by month beside one plain table.")
    parser.add_argument("--rows", type=int, default=100_000)
    options = parser.parse_args()
    with stage(DEBUG="0"):
        figures, ours, plain = _run(options)
    measure.report(
        "partitions",
        counts={"rows": options.rows, "rounds": ROUNDS},
        figures=figures,
        limit=measure.Compared("COPY into one plain table", plain),
        per_s=ours,
        json_only=options.json,
    )


def _run(options: argparse.Namespace) -> tuple[dict[str, measure.Figure], float, float]:
    from benchmarks import population, send
    from messaging import partitions
    from messaging.models import Message

    crowd = population.populate(MESSAGES)
    send.queue(crowd)
    ids = list(Message.objects.values_list("id", flat=True))
    _make_plain()
    rows = _rows(ids, crowd.brand.id, options.rows)
    took: dict[str, list[float]] = {PARENT: [], PLAIN: []}
    spent: dict[str, list[float]] = {PARENT: [], PLAIN: []}
    server = _server()
    for each in range(ROUNDS):
        for table in (PARENT, PLAIN) if each % 2 else (PLAIN, PARENT):
            _execute(f"TRUNCATE {table}", "CHECKPOINT")
            before = sum(server.cpu_times()[:2])
            took[table].append(_timed(partial(_copy, table, rows)))
            spent[table].append(sum(server.cpu_times()[:2]) - before)
    _execute("ANALYZE")
    found = {table: statistics.median(_find(table, each) for each in ids[:LOOKS]) for table in took}
    [month] = [one for one in partitions.partitions() if one.table == PARENT and one.rows]
    drop = _timed(lambda: partitions.drop(month, allowed=[crowd.brand.id]))
    delete = _timed(lambda: _execute(f"DELETE FROM {PLAIN}"))
    assert month not in partitions.partitions(), "nothing was dropped, so nothing was measured"
    ours, plain = (options.rows / min(took[table]) for table in (PARENT, PLAIN))
    return (
        {
            "copied_per_s": ours,
            "times_the_plain_table": statistics.median(map(operator.truediv, took[PARENT], took[PLAIN])),
            "times_its_processor_time": sum(spent[PARENT]) / sum(spent[PLAIN]),
            "find_ms": found[PARENT] * 1000,
            "find_in_plain_ms": found[PLAIN] * 1000,
            "drop_month_ms": drop * 1000,
            "delete_rows_ms": delete * 1000,
        },
        ours,
        plain,
    )


def _server() -> psutil.Process:
    """The process of PostgreSQL that serves this connection."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return psutil.Process(cursor.fetchone()[0])


def _rows(ids: list[Any], brand_id: Any, count: int) -> list[bytes]:
    """The rows as COPY wants them, ready-made, so that PostgreSQL's time is what is measured."""
    from contacts import clock

    at = clock.now().isoformat()
    lines = (
        f"{message_id}\t{brand_id}\t{at}\tqueued\tsending\tclaimed\t{{}}\n"
        for message_id in itertools.islice(itertools.cycle(ids), count)
    )
    return ["".join(batch).encode() for batch in iter(lambda: list(itertools.islice(lines, BATCH)), [])]


def _make_plain() -> None:
    from django.db import connection

    _execute(
        f"CREATE TABLE {PLAIN} (LIKE {PARENT} INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY (id))",
        f"CREATE INDEX ON {PLAIN} (message_id)",
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
            [PARENT],
        )
        keys = [key for (key,) in cursor.fetchall()]
    assert keys
    _execute(*(f"ALTER TABLE {PLAIN} ADD {key}" for key in keys))


def _copy(table: str, batches: list[bytes]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for batch in batches:
            with cursor.copy(
                f"COPY {table} (message_id, brand_id, at, was, became, cause, detail) FROM STDIN"
            ) as copy:
                copy.write(batch)


def _find(table: str, message_id: Any) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        return _timed(
            lambda: cursor.execute(f"SELECT * FROM {table} WHERE message_id = %s ORDER BY id", [message_id])
        )


def _execute(*statements: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
