"""A large ledger in parts, each read by a process of its own: one process would wait for its own arithmetic."""

import multiprocessing
import os
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import pairwise

import psycopg
from django.db import DatabaseError, connection
from psycopg.conninfo import make_conninfo

from consent import verifying_quick
from consent.verifying_chains import Found, look_closely
from consent.verifying_leaves import Leaves
from consent.verifying_quick import Done, Part, Pass, Passed
from consent.verifying_rows import Span

# Small enough that the processes end together, large enough that asking for it costs nothing beside reading it.
EVENTS_A_PART = 20_000
AHEAD = (
    2  # parts that each helper is given, so that it need not wait for this process to finish one of its own
)
SAMPLED_PERCENT = 1


class Unfinished(RuntimeError):
    """A part was not read to its end, so nothing can be said about the ledger."""


def chains(
    brand_id: uuid.UUID, leaves: Leaves, found: Found, passed: Passed, *, events: int
) -> Iterator[int]:
    """Verify the chains of a brand of so many events; yields how many were read since the last time.

    1. The quick pass, in this process or in several, proves what it can.
    2. What it could not prove is looked at more closely, and what is wrong is found.

    Must run in a REPEATABLE READ transaction, whose snapshot the processes share. Raises Unfinished.
    """
    ranges = spans(brand_id, events)
    helpers = min(os.cpu_count() or 1, len(ranges)) - 1
    if helpers:
        yield from _together(brand_id, ranges, helpers, leaves, passed)
    else:
        connection.ensure_connection()
        yield from Pass(connection.connection, leaves, passed).read(brand_id)
    look_closely(brand_id, passed.doubtful, found)


def _together(
    brand_id: uuid.UUID, ranges: Sequence[Span], helpers: int, leaves: Leaves, passed: Passed
) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    info = connection.connection.info
    conninfo = make_conninfo(info.dsn, password=info.password)
    parts = [Part(conninfo, snapshot, brand_id, span, leaves.path, leaves.size) for span in ranges]
    try:
        for done in _done(parts, helpers):
            leaves.add(done.claims, done.outside)
            passed.add(done.passed)
            yield done.passed.events
    except BrokenProcessPool as error:
        raise Unfinished("a process that read a part of the ledger ended before it was done") from error
    except psycopg.Error as error:
        raise DatabaseError(str(error)) from error


def _done(parts: Sequence[Part], helpers: int) -> Iterator[Done]:
    """Every part, as it is done: from the first on by helpers, from the last on by this process."""
    processes = ProcessPoolExecutor(
        max_workers=helpers,
        mp_context=multiprocessing.get_context("spawn"),  # a fork would share this one's connection
    )
    waiting, begun = deque(parts), deque[Future[Done]]()
    try:
        with verifying_quick.reading(parts[0].conninfo, parts[0].snapshot) as mine:
            while waiting or begun:
                while waiting and len(begun) < helpers * AHEAD:
                    begun.append(processes.submit(verifying_quick.run, waiting.popleft()))
                if begun[0].done() or not waiting:
                    yield begun.popleft().result()
                else:
                    yield verifying_quick.read(mine, waiting.pop())
    finally:
        processes.shutdown(cancel_futures=True)


def spans(brand_id: uuid.UUID, events: int) -> list[Span]:
    """Ranges of contact points with about as many events each, from a sample: a number is never split."""
    wanted = events // EVENTS_A_PART
    if wanted <= 1:
        return [Span()]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT percentile_disc(%s::float8[]) WITHIN GROUP (ORDER BY point_id)
              FROM consent_consentevent TABLESAMPLE SYSTEM (%s) WHERE brand_id = %s
            """,
            [[n / wanted for n in range(1, wanted)], SAMPLED_PERCENT, brand_id],
        )
        (found,) = cursor.fetchone()
    bounds = sorted(set(found or ()))
    return [Span(*pair) for pair in pairwise([None, *bounds, None])]
