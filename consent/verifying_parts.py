"""A large ledger in parts, each read by a process of its own: one process would wait for its own arithmetic."""

import multiprocessing
import os
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from itertools import pairwise

import psycopg
from django.db import DatabaseError, connection

from consent import verifying_quick
from consent.verifying_chains import Found, look_closely
from consent.verifying_leaves import Leaves
from consent.verifying_quick import Part, Pass, Passed
from consent.verifying_rows import Span

# A process takes about a quarter of a second to start; with fewer events than two such parts one is enough.
EVENTS_A_PART = 50_000
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
    if len(ranges) == 1:
        connection.ensure_connection()
        yield from Pass(connection.connection, leaves, passed).read(brand_id)
    else:
        yield from _together(brand_id, ranges, leaves, passed)
    look_closely(brand_id, passed.doubtful, found)


def _together(brand_id: uuid.UUID, ranges: Sequence[Span], leaves: Leaves, passed: Passed) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    info = connection.connection.info
    database = info.get_parameters() | {"password": info.password}
    parts = [Part(database, snapshot, brand_id, span, leaves.path, leaves.size) for span in ranges]
    processes = ProcessPoolExecutor(
        max_workers=min(len(parts), os.cpu_count() or 1),
        mp_context=multiprocessing.get_context("spawn"),  # a fork would share this one's connection
    )
    try:
        for future in as_completed([processes.submit(verifying_quick.run, part) for part in parts]):
            done = future.result()
            leaves.add(done.claims, done.outside)
            passed.add(done.passed)
            yield done.passed.events
    except BrokenProcessPool as error:
        raise Unfinished("a process that read a part of the ledger ended before it was done") from error
    except psycopg.Error as error:
        raise DatabaseError(str(error)) from error
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
