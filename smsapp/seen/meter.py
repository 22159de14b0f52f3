"""Counters of what happened, for `/metrics`: counted once by a task from the tables, kept in Redis for every process.

Counting what is new since the last time costs the same however old the tables are. The counters begin at 0 when Redis
was emptied, as after any restart; a collector knows that of counters.
"""

from collections import Counter
from typing import Any, NamedTuple

import orjson
from django.db import connection

from messaging import throttle

_KEY = "meter"
_CURSOR = "cursor"
_OPEN = "meter:open"
_OPEN_DUE = "meter:open:counted"
# Counting a million texts that wait takes a tenth of a second, so it is done this seldom.
_OPEN_EVERY_SECONDS = 15
_OPEN_KEPT_SECONDS = 120

# Whoever comes second has counted the same rows: then its figures are left out.
# KEYS: meter. ARGV: the cursor as it was read, the new one, then name and amount of each counter.
_ADD = """
if (redis.call('HGET', KEYS[1], 'cursor') or '') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'cursor', ARGV[2])
for i = 3, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
return 1
"""

# What each counter is, and the rows of its table between two ids by its labels.
_COUNTERS = {
    "changes": (
        "SELECT became, count(*) FROM messaging_messageevent"
        " WHERE id > %s AND id <= %s AND was <> became GROUP BY 1"
    ),
    "codes": (
        "SELECT detail ->> 'code', count(*) FROM messaging_messageevent"
        " WHERE id > %s AND id <= %s AND detail ->> 'code' IS NOT NULL GROUP BY 1"
    ),
    "verdicts": (
        "SELECT stage, outcome, reason, count(*) FROM messaging_decision, unnest(reasons) AS reason"
        " WHERE id > %s AND id <= %s GROUP BY 1, 2, 3"
    ),
}
_NEWEST = (
    "SELECT (SELECT coalesce(max(id), 0) FROM messaging_messageevent),"
    " (SELECT coalesce(max(id), 0) FROM messaging_decision)"
)
_OPEN_NOW = (
    "SELECT status, lane, count(*) FROM messaging_message WHERE status IN ('queued', 'held') GROUP BY 1, 2"
)


class Counted(NamedTuple):
    """A counter, the values of its labels, and its amount."""

    name: str
    labels: tuple[str, ...]
    amount: int


class _Cursor(NamedTuple):
    """Ids up to `counted` are counted. `seen` were the newest then, when lower ones might still have come."""

    counted: tuple[int, int]
    seen: tuple[int, int]


def count() -> int:
    """Count what is new and return how much that was; the first time only note where counting begins.

    Rows are counted one round late, so that those of a transaction that commits after its neighbours are counted too.
    Raises redis.RedisError.
    """
    redis = throttle.connection()
    was: Any = redis.hget(_KEY, _CURSOR)
    with connection.cursor() as cursor:
        cursor.execute(_NEWEST)
        newest = cursor.fetchone()
        if was is None:
            redis.hsetnx(_KEY, _CURSOR, orjson.dumps([newest, newest]))
            return 0
        before = _Cursor(*orjson.loads(was))
        amounts = _between(cursor, before)
    fields = [each for name, amount in amounts.items() for each in (name, amount)]
    now = orjson.dumps([before.seen, newest])
    is_ours = redis.eval(_ADD, 1, _KEY, was, now, *fields)
    return amounts.total() if is_ours else 0


def _between(cursor: Any, ids: _Cursor) -> Counter[str]:
    amounts = Counter[str]()
    for name, rows in _COUNTERS.items():
        table = 1 if name == "verdicts" else 0
        cursor.execute(rows, [ids.counted[table], ids.seen[table]])
        for *labels, amount in cursor.fetchall():
            amounts[orjson.dumps([name, *labels]).decode()] += amount
    return amounts


def count_open() -> None:
    """Count the texts that wait, unless that was done just now. Raises redis.RedisError."""
    redis = throttle.connection()
    if not redis.set(_OPEN_DUE, 1, nx=True, ex=_OPEN_EVERY_SECONDS):
        return
    with connection.cursor() as cursor:
        cursor.execute(_OPEN_NOW)
        rows = cursor.fetchall()
    redis.set(_OPEN, orjson.dumps(rows), ex=_OPEN_KEPT_SECONDS)


def counted() -> list[Counted]:
    """All counters. Raises redis.RedisError."""
    kept: Any = throttle.connection().hgetall(_KEY)
    found = []
    for key, amount in sorted(kept.items()):
        if key.decode() != _CURSOR:
            name, *labels = orjson.loads(key)
            found.append(Counted(name, tuple(labels), int(amount)))
    return found


def open_now() -> list[tuple[str, int, int]]:
    """(status, lane, number) of the texts that wait, as of some seconds ago; empty when nobody counted lately.

    Raises redis.RedisError.
    """
    kept: Any = throttle.connection().get(_OPEN)
    return [tuple(row) for row in orjson.loads(kept)] if kept else []
