"""A large ledger in parts, each read by a process of its own: one process would wait for its own arithmetic."""

import dataclasses
import multiprocessing
import os
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import pairwise
from types import TracebackType
from typing import Any, Self, TypeVar

import psycopg
from django.db import DatabaseError, connection
from psycopg.conninfo import make_conninfo

from consent import verifying_jobs
from consent.merkle import HASH, WIDTH
from consent.verifying_chains import Found, look_closely
from consent.verifying_jobs import Job, Part, Shared, TileRange
from consent.verifying_leaves import Leaves
from consent.verifying_quick import Pass, Passed
from consent.verifying_rows import Span

T = TypeVar("T")
# Small enough that the processes end together, large enough that asking for it costs nothing beside reading it.
EVENTS_A_PART = 20_000
TILES_A_RANGE = 64
# Jobs that each helper is given, so that it need not wait for this process to finish one of its own.
AHEAD = 2
SAMPLED_PERCENT = 1


class Unfinished(RuntimeError):
    """A part was not read to its end, so nothing can be said about the ledger."""


class Readers:
    """The processes that read one brand's ledger in one snapshot, the one that was started among them.

    Must be used in a REPEATABLE READ transaction, whose snapshot they share. A small ledger is read without helpers.
    """

    def __init__(self, brand_id: uuid.UUID, leaves: Leaves, *, events: int) -> None:
        self.brand_id = brand_id
        self.leaves = leaves
        self.spans = spans(brand_id, events)
        self.helpers = min(os.cpu_count() or 1, len(self.spans)) - 1

    def __enter__(self) -> Self:
        connection.ensure_connection()
        self._mine: psycopg.Connection[Any] = connection.connection
        self._processes: ProcessPoolExecutor | None = None
        info = self._mine.info
        shared = Shared("", "", self.brand_id, self.leaves.path, self.leaves.size)
        if self.helpers:
            (snapshot,) = self._mine.execute("SELECT pg_export_snapshot()").fetchone() or ("",)
            conninfo = make_conninfo(info.dsn, password=info.password)
            shared = dataclasses.replace(shared, conninfo=conninfo, snapshot=snapshot)
            with _told():
                self._mine = verifying_jobs.reading(shared)
            self._processes = ProcessPoolExecutor(
                max_workers=self.helpers,
                mp_context=multiprocessing.get_context("spawn"),  # a fork would share this one's connection
            )
        self.shared = shared
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._processes:
            self._mine.close()
            self._processes.shutdown(cancel_futures=True)

    def chains(self, found: Found, passed: Passed) -> Iterator[int]:
        """Verify the chains; yields how many events were read since the last time.

        1. The quick pass, in this process or in several, proves what it can.
        2. What it could not prove is looked at more closely, and what is wrong is found.

        Raises Unfinished.
        """
        if self.helpers:
            for done in self._each([Part(self.shared, span) for span in self.spans]):
                self.leaves.add(done.claims, done.outside)
                passed.add(done.passed)
                yield done.passed.events
        else:
            with _told():
                yield from Pass(self._mine, self.leaves, passed).read(self.brand_id)
        look_closely(self.brand_id, passed.doubtful, found)

    def tops(self) -> bytes:
        """The roots of the stored tiles of leaves, as `Tops` has them, once the chains are read. Raises Unfinished."""
        count = -(-self.leaves.size // WIDTH)
        found = bytearray(count * HASH)
        ranges = [
            TileRange(self.shared, begin, min(begin + TILES_A_RANGE, count))
            for begin in range(0, count, TILES_A_RANGE)
        ]
        for tops in self._each(ranges):
            found[tops.begin * HASH : tops.begin * HASH + len(tops.hashes)] = tops.hashes
        return bytes(found)

    def _each(self, jobs: Sequence[Job[T]]) -> Iterator[T]:
        """What comes of every job, as it is done: from the first on by helpers, from the last on by this process."""
        waiting, begun = deque(jobs), deque[Future[T]]()
        with _told():
            while waiting or begun:
                while waiting and self._processes and len(begun) < self.helpers * AHEAD:
                    begun.append(self._processes.submit(verifying_jobs.run, waiting.popleft()))
                if begun and (begun[0].done() or not waiting):
                    yield begun.popleft().result()
                else:
                    yield waiting.pop().do(self._mine)


@contextmanager
def _told() -> Iterator[None]:
    """What may go wrong with a process or its connection, as the rest of the product knows it."""
    try:
        yield
    except BrokenProcessPool as error:
        raise Unfinished("a process that read a part of the ledger ended before it was done") from error
    except psycopg.Error as error:
        raise DatabaseError(str(error)) from error


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
