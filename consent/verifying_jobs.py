"""What the processes of a verification are given to do: parts of the ledger and ranges of the stored tree.

Neither this nor what it imports needs Django, which takes a process longer to load than a hundred thousand events to
verify.
"""

import dataclasses
import uuid
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import psycopg
from psycopg import sql

from consent import merkle
from consent.merkle import FULL, WIDTH
from consent.verifying_leaves import EMPTY, Leaves
from consent.verifying_quick import Pass, Passed
from consent.verifying_rows import Span

Done_co = TypeVar("Done_co", covariant=True)
_TILES = "SELECT index, hashes FROM consent_treetile WHERE brand_id = %s AND level = 0 AND index >= %s AND index < %s"

Connection = psycopg.Connection[Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Shared:
    """What all jobs share: where the database is, the snapshot that they read, whose ledger, where its leaves go."""

    conninfo: str
    snapshot: str
    brand_id: uuid.UUID
    leaves: str
    size: int


class Job(Protocol[Done_co]):
    """A piece of work that any process can do."""

    @property
    def shared(self) -> Shared: ...

    def do(self, connection: Connection) -> Done_co:
        """Do it on a connection that reads the snapshot. Raises psycopg.Error."""


@dataclasses.dataclass(slots=True)
class Done:
    """What came of a part; `claims` and `outside` as `Leaves` has them."""

    passed: Passed
    claims: int
    outside: list[int]


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """The quick pass over the chains of a span of numbers."""

    shared: Shared
    span: Span

    def do(self, connection: Connection) -> Done:
        """Read them. Raises psycopg.Error."""
        passed, shared = Passed(), self.shared
        with Leaves(shared.size, path=shared.leaves) as leaves:
            for _ in Pass(connection, leaves, passed).read(shared.brand_id, self.span):
                pass  # it counts for itself
            return Done(passed, leaves.claims, leaves.outside)


@dataclasses.dataclass(frozen=True, slots=True)
class Tops:
    """The roots of tiles from `begin` on, one after the other; `EMPTY` where one is not proven, or not full."""

    begin: int
    hashes: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class TileRange:
    """Tiles of leaves, from `begin` to before `end`, beside the hashes of the events that were read.

    A tile is proven when the stored row is the leaf hashes of its events. Whatever is not, `verifying_tree` judges.
    """

    shared: Shared
    begin: int
    end: int

    def do(self, connection: Connection) -> Tops:
        """Compare them, and reckon their roots. Raises psycopg.Error."""
        shared = self.shared
        cursor = psycopg.Cursor(connection)  # whatever Django would take
        cursor.execute(_TILES, [shared.brand_id, self.begin, self.end], binary=True)
        stored = dict(cursor.fetchall())
        with Leaves(shared.size, path=shared.leaves) as leaves:
            tops = [
                _top(leaves.row(tile * WIDTH, (tile + 1) * WIDTH), stored.get(tile))
                for tile in range(self.begin, self.end)
            ]
        return Tops(self.begin, b"".join(tops))


def _top(row: bytes, stored: bytes | None) -> bytes:
    is_proven = row == stored and len(row) == FULL and EMPTY not in merkle.split(row)
    return merkle.full_root(row) if is_proven else EMPTY


def reading(shared: Shared) -> Connection:
    """A connection that reads the snapshot. Raises psycopg.Error."""
    connection = psycopg.connect(shared.conninfo)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(shared.snapshot))
    # A part is a small piece of large tables: it is read along their indexes, row after row from the first moment on.
    # PostgreSQL would rather read all of the tables for each part, sort, and start processes of its own.
    for preference in ("enable_hashjoin", "enable_mergejoin", "enable_sort", "jit"):
        connection.execute(sql.SQL("SET LOCAL {} = off").format(sql.Identifier(preference)))
    connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    return connection


_kept = lru_cache(maxsize=1)(reading)  # one connection for all jobs that a process does


def run(job: Job[Done_co]) -> Done_co:
    """Do a job in a process of its own."""
    return job.do(_kept(job.shared))
