"""The quick pass of a verification: it proves almost every number's chain, and names those that need a closer look.

Like all that the helpers of a verification run (`verifying_jobs`), it does without Django.
"""

import dataclasses
import uuid
from binascii import hexlify, unhexlify
from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from consent.merkle import HASH, LEAF
from consent.missing_evidence import may_be_missing
from consent.verifying_leaves import Leaves
from consent.verifying_rows import EVERYBODY, PLAIN, TRUE, Row, Span, events, listed, quoted, unescaped

if TYPE_CHECKING:
    import psycopg

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
    evidence: int = 0  # that was recorded, or is there
    proofs: int = 0  # pieces of evidence that are there, and of this brand
    unsealed: int = 0
    oldest: Unsealed | None = None
    doubtful: list[uuid.UUID] = dataclasses.field(default_factory=list)  # contact points

    def add(self, other: "Passed") -> None:
        """What another process read, too."""
        self.events += other.events
        self.evidence += other.evidence
        self.proofs += other.proofs
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
        passed, put, chained, missing = self.passed, self.leaves.put, self._chain, self._missing
        read_point, previous, number = b"", b"", 0
        count = committed = proofs = 0
        for fields in events(self.connection, brand_id, span):
            (
                act, actor, basis, brand, contact, disclosure, wording, commitment, event, method, occurred_at, point,
                before, program, purposes, recorded_at, seq, until, stored, place, salt, is_of_brand, data,
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
            found = sha256(content).digest()
            is_hash = hexlify(found) == stored and b"\\" not in content
            if not (is_hash and before == previous and int(seq) == number):
                self._is_doubtful = True
            previous = stored
            if data:
                committed += 1
                proofs += is_of_brand == TRUE
                if _commitment(salt, data) != commitment:
                    self._is_doubtful = True
            elif commitment:
                committed += 1
                missing.append(int(seq))
            if place:
                put(int(place), sha256(LEAF + (found if is_hash else _as_hash(stored))).digest())
            else:
                self._not_sealed(Row(*fields))
            count += 1
            if count == STEP:
                passed.events += count
                yield count
                count = 0
        self._end(read_point)
        passed.events += count
        passed.evidence += committed
        passed.proofs += proofs
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
        return hexlify(sha256(unhexlify(salt) + spelled).digest())
    except (ValueError, TypeError):  # a salt that is no hex; a number that orjson does not know
        return b""


def _as_hash(stored: bytes) -> bytes:
    """The 32 bytes of a hash; of what is no hash, something that no tree has as a leaf."""
    try:
        found = unhexlify(stored)
    except ValueError:
        found = b""
    return found if len(found) == HASH else b"\xff" * HASH
