"""The quick pass of a verification: it proves almost every number's chain, and names those that need a closer look.

Neither this nor what it imports needs Django, which takes a process longer to load than a hundred thousand events to
verify.
"""

import dataclasses
import uuid
from binascii import unhexlify
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
import psycopg
from psycopg import sql

from consent.merkle import HASH, LEAF
from consent.missing_evidence import may_be_missing
from consent.verifying_leaves import Leaves
from consent.verifying_rows import EVERYBODY, PLAIN, Row, Span, events, listed, quoted, unescaped

STEP = 5_000  # events between two reports of progress


class Unsealed(NamedTuple):
    """An event that has no place in the log yet."""

    recorded_at: str
    event_id: str
    point_id: uuid.UUID
    seq: int


@dataclasses.dataclass(slots=True)
class Passed:
    """What a pass read: how much, the oldest event that waits for its place in the log, and what it could not prove."""

    events: int = 0
    evidence: int = 0
    unsealed: int = 0
    oldest: Unsealed | None = None
    doubtful: list[uuid.UUID] = dataclasses.field(default_factory=list)  # contact points

    def add(self, other: "Passed") -> None:
        """What another process read, too."""
        self.events += other.events
        self.evidence += other.evidence
        self.unsealed += other.unsealed
        self.oldest = min(filter(None, (self.oldest, other.oldest)), default=None)
        self.doubtful += other.doubtful


class Pass:
    """One pass over events of a brand, each read once; their leaf hashes go into `leaves`, all else into `passed`.

    A chain is proven when every event's own columns give its hash, each event names the one before it, their numbers
    have no gap, and the evidence gives its commitments. Whatever is not proven here, `verifying_chains` judges.
    """

    def __init__(self, connection: "psycopg.Connection[Any]", leaves: Leaves, passed: Passed) -> None:
        self.connection = connection
        self.leaves = leaves
        self.passed = passed
        self._chain: list[list[bytes]] = []  # the events of the number that is being read
        self._missing: list[int] = []  # the numbers of those whose evidence is not there
        self._is_doubtful = False

    def read(self, brand_id: uuid.UUID, span: Span = EVERYBODY) -> Iterator[int]:
        """Read and prove the chains of these numbers; yields how many events were read since the last time."""
        passed, put, chained = self.passed, self.leaves.put, self._chain
        read_point, previous, number, count = b"", b"", 0, 0
        for fields in events(self.connection, brand_id, span):
            (
                act, actor, basis, brand, contact, disclosure, wording, commitment, event, method, occurred_at, point,
                before, program, purposes, recorded_at, seq, until, stored, place, salt, data,
            ) = fields  # fmt: skip
            if point != read_point:
                self._end(read_point)
                read_point, previous, number = point, b"", 0
            chained.append(fields)
            number += 1
            content = PLAIN % (
                act, actor, basis, brand, contact, quoted[disclosure], quoted[wording], commitment, event, method,
                occurred_at or recorded_at, point, before, quoted[program], listed[purposes], recorded_at, seq,
                b'"%b"' % until if until else b"null",
            )  # fmt: skip
            found = sha256(content)
            is_hash = found.hexdigest().encode() == stored and b"\\" not in content
            if not (is_hash and before == previous and int(seq) == number):
                self._is_doubtful = True
            previous = stored
            if commitment or data:
                passed.evidence += 1
                if not data:
                    self._missing.append(int(seq))
                elif _commitment(salt, data) != commitment:
                    self._is_doubtful = True
            if place:
                put(int(place), sha256(LEAF + (found.digest() if is_hash else _as_hash(stored))).digest())
            else:
                self._not_sealed(Row(*fields))
            count += 1
            if count == STEP:
                passed.events += count
                yield count
                count = 0
        self._end(read_point)
        passed.events += count
        yield count

    def _not_sealed(self, row: Row) -> None:
        self.passed.unsealed += 1
        point_id = uuid.UUID(row.point_id.decode())
        waiting = Unsealed(row.recorded_at.decode(), row.id.decode(), point_id, int(row.seq))
        self.passed.oldest = min(filter(None, (self.passed.oldest, waiting)))

    def _end(self, point: bytes) -> None:
        """Judge the number that was read: whether evidence may be missing, only what comes after says."""
        if self._missing and not self._is_doubtful:
            lawful = may_be_missing([_Event(Row(*fields)) for fields in self._chain])
            self._is_doubtful = not lawful.issuperset(self._missing)
        if self._is_doubtful:
            self.passed.doubtful.append(uuid.UUID(point.decode()))
        self._chain.clear()
        self._missing.clear()
        self._is_doubtful = False


class _Event:
    """What decides whether evidence may be missing."""

    def __init__(self, row: Row) -> None:
        self.seq = int(row.seq)
        self.act = row.act.decode()
        self.contact_id = uuid.UUID(row.contact_id.decode())
        self.program_id = uuid.UUID(row.program_id.decode()) if row.program_id else None


def _commitment(salt: bytes, data: bytes) -> bytes:
    """The commitment, the quick way: orjson spells almost every value as `chain.canonical` does.

    A hash that fits is a proof, whoever spelled it; one that does not says nothing yet.
    """
    try:
        spelled = orjson.dumps(orjson.loads(unescaped(data)), option=orjson.OPT_SORT_KEYS)
        return sha256(unhexlify(salt) + spelled).hexdigest().encode()
    except (ValueError, TypeError):  # a salt that is no hex; a number that orjson does not know
        return b""


def _as_hash(stored: bytes) -> bytes:
    """The 32 bytes of a hash; of what is no hash, something that no tree has as a leaf."""
    try:
        found = unhexlify(stored)
    except ValueError:
        found = b""
    return found if len(found) == HASH else b"\xff" * HASH


# --- One part of many ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class Part:
    """What a process is asked: where the database is, the snapshot that all of them read, where the leaves go."""

    conninfo: str
    snapshot: str
    brand_id: uuid.UUID
    span: Span
    leaves: str
    size: int


@dataclasses.dataclass(slots=True)
class Done:
    """What came of a part; `claims` and `outside` as `Leaves` has them."""

    passed: Passed
    claims: int
    outside: list[int]


def reading(conninfo: str, snapshot: str) -> "psycopg.Connection[Any]":
    """A connection that reads a snapshot of another one. Raises psycopg.Error."""
    connection = psycopg.connect(conninfo)
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
    # A part is a small piece of large tables: it is read along their indexes, row after row from the first moment on.
    # PostgreSQL would rather read all of the tables for each part, sort, and start processes of its own.
    for preference in ("enable_hashjoin", "enable_mergejoin", "enable_sort", "jit"):
        connection.execute(sql.SQL("SET LOCAL {} = off").format(sql.Identifier(preference)))
    connection.execute("SET LOCAL max_parallel_workers_per_gather = 0")
    return connection


def read(connection: "psycopg.Connection[Any]", part: Part) -> Done:
    """Read one part. Raises psycopg.Error."""
    passed = Passed()
    with Leaves(part.size, path=part.leaves) as leaves:
        for _ in Pass(connection, leaves, passed).read(part.brand_id, part.span):
            pass  # it counts for itself
        return Done(passed, leaves.claims, leaves.outside)


_kept = lru_cache(maxsize=1)(reading)  # one connection for all parts that a process reads


def run(part: Part) -> Done:
    """`read`, in a process of its own."""
    return read(_kept(part.conninfo, part.snapshot), part)
