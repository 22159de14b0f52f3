"""A large ledger in parts, each verified by a process of its own: one process would wait for its own arithmetic."""

import dataclasses
import multiprocessing
import os
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import pairwise

import django
from django.db import connection, transaction

from consent.verifying_chains import Chains, Counted, Found
from consent.verifying_findings import Finding
from consent.verifying_leaves import Leaves
from consent.verifying_rows import Span

# A process costs about a second to start; below this many events one is enough.
EVENTS_A_PART = 100_000
SAMPLED_PERCENT = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """What one process is asked: the snapshot that all of them read, and where the hashes go."""

    brand_id: uuid.UUID
    span: Span
    database: str
    snapshot: str
    leaves: str
    size: int


@dataclasses.dataclass(slots=True)
class Verified:
    """What came of a part; `claims` and `outside` as `Leaves` has them."""

    findings: list[Finding]
    counted: Counted
    claims: int
    outside: list[int]


def chains(
    brand_id: uuid.UUID, leaves: Leaves, found: Found, counted: Counted, *, events: int
) -> Iterator[int]:
    """Verify the chains of a brand of so many events; yields how many were read since the last time.

    Must run in a REPEATABLE READ transaction, whose snapshot the processes share.
    """
    ranges = spans(brand_id, events)
    if len(ranges) == 1:
        yield from Chains(leaves, found, counted).verify(brand_id)
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    parts = [
        Part(brand_id, span, str(connection.settings_dict["NAME"]), snapshot, leaves.path, leaves.size)
        for span in ranges
    ]
    with ProcessPoolExecutor(
        max_workers=min(len(parts), os.cpu_count() or 1),
        mp_context=multiprocessing.get_context("spawn"),  # a fork would share this one's connection
        initializer=django.setup,  # before a process hears of any of our modules
    ) as processes:
        for done in as_completed([processes.submit(_verify, part) for part in parts]):
            their = done.result()
            for finding in their.findings:
                found(finding)
            leaves.add(their.claims, their.outside)
            counted.add(their.counted)
            yield their.counted.events


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


def _verify(part: Part) -> Verified:
    """In a process of its own: one part, in the snapshot of the process that asked."""
    connection.settings_dict["NAME"] = part.database
    findings: list[Finding] = []
    counted = Counted()
    with transaction.atomic(), Leaves(part.size, path=part.leaves) as leaves:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [part.snapshot])
        for _ in Chains(leaves, findings.append, counted).verify(part.brand_id, part.span):
            pass  # it counts for itself
        return Verified(findings, counted, leaves.claims, leaves.outside)
