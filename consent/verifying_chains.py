"""Verifying the chains: each event gives its hash, follows from the one before, and has the evidence it speaks of."""

import dataclasses
import json
import uuid
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import NamedTuple

import orjson

from consent import chain, evidence, ledger
from consent.models import ConsentEvent, Disclosure
from consent.verifying_findings import Finding, Kind
from consent.verifying_leaves import Leaves
from consent.verifying_rows import EVERYBODY, Row, Span, events, plain, unescaped

EVENTS = "consent_consentevent"
STEP = 5_000  # events between two reports of progress
AT_ONCE = 500  # events that are looked at more closely in one query

Found = Callable[[Finding], None]


class Unsealed(NamedTuple):
    """An event that has no place in the log yet."""

    recorded_at: str
    event_id: str
    point_id: uuid.UUID
    seq: int


@dataclasses.dataclass(slots=True)
class Counted:
    """How much was read, and the oldest event that waits for its place in the log."""

    events: int = 0
    evidence: int = 0
    unsealed: int = 0
    oldest: Unsealed | None = None

    def add(self, other: "Counted") -> None:
        """Count what another process read, too."""
        self.events += other.events
        self.evidence += other.evidence
        self.unsealed += other.unsealed
        self.oldest = min(filter(None, (self.oldest, other.oldest)), default=None)


class Chains:
    """One pass over events of a brand; what it sees of the log goes into `leaves`."""

    def __init__(self, leaves: Leaves, found: Found, counted: Counted) -> None:
        self.leaves = leaves
        self.found = found
        self.counted = counted
        self._chain: list[list[bytes]] = []  # the events of the number that is being read
        self._missing: list[Row] = []  # those of them whose evidence is not there
        self._doubtful: list[uuid.UUID] = []  # events that the quick way could not prove

    def verify(self, brand_id: uuid.UUID, span: Span = EVERYBODY) -> Iterator[int]:
        """Read and check the chains of these numbers; yields how many events were read since the last time."""
        point, seq, previous, count = b"", 0, b"", 0
        for fields in events(brand_id, span):
            (
                _,
                _,
                _,
                _,
                _,
                _,
                _,
                commitment,
                _,
                _,
                _,
                at,
                before,
                _,
                _,
                _,
                number,
                _,
                digest,
                place,
                salt,
                data,
            ) = fields
            if at != point:
                self._end()
                point, seq, previous = at, 0, b""
            self._chain.append(fields)
            content = plain(fields)
            if sha256(content).hexdigest() != digest.decode() or b"\\" in content:
                self._doubtful.append(uuid.UUID(Row(*fields).id.decode()))
            seq += 1
            if before != previous or int(number) != seq:
                self._broken(Row(*fields), seq, previous)
                seq = int(number)
            previous = digest
            if commitment or data:
                self.counted.evidence += 1
                if not (salt and data and commitment == _commitment(salt, data)):
                    self._doubt_evidence(Row(*fields))
            if place:
                self.leaves.put(int(place), digest)
            else:
                self._not_sealed(Row(*fields))
            count += 1
            if count == STEP:
                yield self._read(count)
                count = 0
        self._end()
        self._settle_doubts()
        yield self._read(count)

    def _read(self, count: int) -> int:
        self.counted.events += count
        return count

    def _settle_doubts(self) -> None:
        """Hash those events exactly as they are hashed when recorded: what does not fit now was changed."""
        digests = dict(Disclosure.objects.values_list("id", "sha256")) if self._doubtful else {}
        for begin in range(0, len(self._doubtful), AT_ONCE):
            for event in ConsentEvent.objects.filter(id__in=self._doubtful[begin : begin + AT_ONCE]).order_by(
                "id"
            ):
                content = chain.digest(ledger.content_of(event, digest_of=digests.get))
                if content != event.hash:
                    said = f"its columns give the hash {content[:12]}…, the row has {event.hash[:12]}…"
                    self.found(
                        Finding(Kind.EVENT_CHANGED, EVENTS, str(event.id), said, event.point_id, event.seq)
                    )

    def _broken(self, row: Row, seq: int, previous: bytes) -> None:
        number = int(row.seq)
        if number > seq:
            gone = f"event {seq} is" if number == seq + 1 else f"events {seq} to {number - 1} are"
            self._say(row, Kind.EVENT_GONE, f"{gone} missing before it")
        elif number < seq:
            self._say(row, Kind.LINK_BROKEN, f"its number {number} is there twice")
        else:
            said = f"it follows {_short(row.previous_hash)}, but before it stands {_short(previous)}"
            self._say(row, Kind.LINK_BROKEN, said)

    def _doubt_evidence(self, row: Row) -> None:
        """The quick way did not prove this evidence."""
        if not row.evidence:
            self._missing.append(row)
        elif not row.evidence_commitment:
            self._say(row, Kind.EVIDENCE_ADDED, "has evidence, and none was recorded with it")
        elif _commitment_exactly(row) != row.evidence_commitment:
            self._say(row, Kind.EVIDENCE_CHANGED, "the evidence does not give the event's commitment")

    def _not_sealed(self, row: Row) -> None:
        self.counted.unsealed += 1
        point_id = uuid.UUID(row.point_id.decode())
        waiting = Unsealed(row.recorded_at.decode(), row.id.decode(), point_id, int(row.seq))
        self.counted.oldest = min(filter(None, (self.counted.oldest, waiting)))

    def _end(self) -> None:
        """Of the number that was read, judge what is missing: only now is known what came after."""
        if self._missing:
            lawful = evidence.may_be_missing([_Event(Row(*fields)) for fields in self._chain])
            for row in self._missing:
                if int(row.seq) not in lawful:
                    self._say(row, Kind.EVIDENCE_GONE, "its evidence is not there")
        self._chain, self._missing = [], []

    def _say(self, row: Row, kind: Kind, said: str) -> None:
        point_id = uuid.UUID(row.point_id.decode())
        self.found(Finding(kind, EVENTS, row.id.decode(), said, point_id, int(row.seq)))


class _Event:
    """What decides whether evidence may be missing."""

    def __init__(self, row: Row) -> None:
        self.seq = int(row.seq)
        self.act = row.act.decode()
        self.contact_id = uuid.UUID(row.contact_id.decode())
        self.program_id = uuid.UUID(row.program_id.decode()) if row.program_id else None


def _commitment(salt: bytes, data: bytes) -> bytes:
    """The commitment, the quick way: orjson spells almost every value as `chain.canonical` does.

    A hash that fits is a proof, whoever spelled it; one that does not, `_commitment_exactly` must confirm.
    """
    try:
        spelled = orjson.dumps(orjson.loads(unescaped(data)), option=orjson.OPT_SORT_KEYS)
        return sha256(bytes.fromhex(salt.decode()) + spelled).hexdigest().encode()
    except (ValueError, TypeError):  # a salt that is no hex; a number that orjson does not know
        return b""


def _commitment_exactly(row: Row) -> bytes:
    try:
        return chain.commit_to(json.loads(unescaped(row.evidence)), row.salt.decode()).encode()
    except ValueError:  # a salt that is no hex
        return b""


def _short(digest: bytes) -> str:
    return f"{digest[:12].decode()}…" if digest else "nothing"
