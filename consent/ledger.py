"""The only writer of consent: it appends events under the contact point's lock and keeps the projection."""

import dataclasses
import datetime as dt
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson
from django.db import models, transaction

from consent import chain, projection
from consent.models import Act, Basis, ConsentEvent, Disclosure, Evidence, Subscription
from contacts import clock, reading
from contacts.ids import as_array, new_id
from contacts.models import ContactPoint

if TYPE_CHECKING:
    from consent.facts import Kept


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing to record. Without a program it concerns the number in the whole brand."""

    point_id: uuid.UUID
    act: str
    method: str
    actor: str
    program_id: uuid.UUID | None = None
    contact_id: uuid.UUID | None = None  # None: the point's own contact
    purposes: tuple[str, ...] = ()  # purpose keys
    basis: str = Basis.EXPRESS
    disclosure_id: uuid.UUID | None = None
    until: dt.datetime | None = None  # when it ends by itself: a pause, a limited agreement
    occurred_at: dt.datetime | None = None  # None: now
    evidence: dict[str, Any] = dataclasses.field(default_factory=dict)


def record(entry: Entry, *, locked: "Locked | None" = None) -> ConsentEvent:
    """Append one event, as `record_many` does; `locked`: its point, if the transaction has locked it already."""
    return append([entry], locked)[0] if locked else record_many([entry])[0]


def record_many(entries: Sequence[Entry]) -> list[ConsentEvent]:
    """Append events and bring their subscriptions up to date, in one transaction.

    1. Lock the contact points, and read each one's head and standings (`lock`).
    2. Chain and project, then write all of it in one statement (`append`).

    Whatever the entries are, these are two round trips. Returns the events in the order of the entries. Raises
    ContactPoint.DoesNotExist for an unknown point.
    """
    if not entries:
        return []
    # Only what catches an error needs a savepoint of its own, and that is never here.
    with transaction.atomic(savepoint=False):
        return append(entries, lock({entry.point_id for entry in entries}))


_Row = tuple[uuid.UUID, uuid.UUID | None]  # point and program


@dataclasses.dataclass(frozen=True, slots=True)
class Locked:
    """Contact points that a transaction holds FOR UPDATE, and what the ledger knows of them.

    `append` keeps it true. Whoever hands one on within the transaction records with nothing else meanwhile.
    """

    points: dict[uuid.UUID, ContactPoint]
    heads: dict[uuid.UUID, tuple[int, str]] = dataclasses.field(default_factory=dict)  # last seq and hash
    standings: dict[_Row, Subscription] = dataclasses.field(default_factory=dict)

    @classmethod
    def born(cls, points: Iterable[ContactPoint]) -> "Locked":
        """Points that this very transaction inserted: nobody else sees them yet, and nothing was recorded before."""
        return cls({point.id: point for point in points})

    def is_closed(self, point_id: uuid.UUID, program_id: uuid.UUID | None = None) -> bool:
        """Whether a number is closed for the whole brand, or in a program."""
        row = self.standings.get((point_id, program_id))
        return row is not None and bool(row.closed_by)


_LOCK = reading.Reader(
    ContactPoint, "FROM contacts_contactpoint row WHERE id = ANY(%s::uuid[]) ORDER BY id FOR UPDATE"
)
_HEADS = """
SELECT DISTINCT ON (point_id) point_id, seq, hash FROM consent_consentevent
WHERE point_id = ANY(%s::uuid[]) ORDER BY point_id, seq DESC
"""
_STANDINGS = reading.Reader(Subscription, "FROM consent_subscription row WHERE point_id = ANY(%s::uuid[])")


def lock_points(point_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ContactPoint]:
    """Take the fence: hold these points FOR UPDATE until the transaction ends."""
    wanted = sorted(point_ids)
    return _by_id(_LOCK([as_array(wanted)]), wanted)


def lock(point_ids: Iterable[uuid.UUID]) -> Locked:
    """Take the fence of these points, and read what the ledger knows of them, in one round trip."""
    with reading.RoundTrip() as trip:
        locked = ask_for_lock(trip, point_ids)
    return locked()


def ask_for_lock(trip: reading.RoundTrip, point_ids: Iterable[uuid.UUID]) -> Callable[[], Locked]:
    """Have a round trip lock these points, before whatever it asks after that; call what is returned when it is over.

    The lock is taken in the order of the ids, so that two writers never deadlock. It waits for claims of messages to
    these points to commit, and no new one can begin. Raises ContactPoint.DoesNotExist for an unknown point.
    """
    wanted = sorted(point_ids)
    ids = [as_array(wanted)]
    points, heads, standings = (
        trip.ask(_LOCK.question(ids)),
        trip.ask(reading.rows(_HEADS, ids)),
        trip.ask(_STANDINGS.question(ids)),
    )
    return lambda: Locked(
        _by_id(points.answer, wanted),
        {point_id: (seq, digest) for point_id, seq, digest in heads.answer},
        {(row.point_id, row.program_id): row for row in standings.answer},
    )


def append(entries: Sequence[Entry], locked: Locked) -> list[ConsentEvent]:
    """The same as `record_many` of points that the transaction has locked already, in one round trip."""
    events, evidence = _chain(entries, locked)
    _write(events, evidence, _project(events, locked.standings))
    return events


def _by_id(found: Iterable[ContactPoint], wanted: Iterable[uuid.UUID]) -> dict[uuid.UUID, ContactPoint]:
    points = {point.id: point for point in found}
    for point_id in wanted:
        if point_id not in points:
            raise ContactPoint.DoesNotExist(f"no contact point {point_id}")
    return points


def _chain(
    entries: Sequence[Entry],
    locked: Locked,
) -> tuple[list[ConsentEvent], list[Evidence]]:
    events, evidence = [], []
    recorded_at = clock.now()
    for entry in entries:
        point = locked.points[entry.point_id]
        seq, previous = locked.heads.get(point.id, (0, ""))
        salt, proof = (chain.new_salt(), chain.as_kept(entry.evidence)) if entry.evidence else ("", {})
        event = ConsentEvent(
            id=new_id(),
            brand_id=point.brand_id,
            point_id=point.id,
            contact_id=entry.contact_id or point.contact_id,
            seq=seq + 1,
            program_id=entry.program_id,
            act=entry.act,
            method=entry.method,
            purposes=sorted(entry.purposes),
            basis=entry.basis,
            disclosure_id=entry.disclosure_id,
            until=chain.utc(entry.until) if entry.until else None,
            occurred_at=chain.utc(entry.occurred_at or recorded_at),
            recorded_at=recorded_at,
            actor=entry.actor,
            evidence_commitment=chain.commit_to(proof, salt) if proof else "",
            previous_hash=previous,
        )
        event.hash = hash_of(event)
        locked.heads[point.id] = (event.seq, event.hash)
        events.append(event)
        if proof:
            evidence.append(Evidence(event_id=event.id, brand_id=event.brand_id, salt=salt, data=proof))
    return events, evidence


def hash_of(event: ConsentEvent) -> str:
    """What `event.hash` must be, from the event's own columns."""
    return chain.digest(content_of(event))


@lru_cache(maxsize=4096)
def _digest_of(disclosure_id: uuid.UUID) -> str | None:
    """The SHA-256 (hex) of a disclosure's text; kept, because a disclosure never changes."""
    return Disclosure.objects.values_list("sha256", flat=True).get(id=disclosure_id)


def content_of(
    event: ConsentEvent, *, digest_of: Callable[[uuid.UUID], str | None] = _digest_of
) -> dict[str, Any]:
    """What the event's hash covers, JSON-ready; `digest_of` a disclosure is its text's SHA-256 (hex)."""
    return chain.content(
        event_id=event.id,
        brand_id=event.brand_id,
        point_id=event.point_id,
        contact_id=event.contact_id,
        seq=event.seq,
        program_id=event.program_id,
        act=event.act,
        method=event.method,
        purposes=list(event.purposes),
        basis=event.basis,
        disclosure_id=event.disclosure_id,
        disclosure_sha256=digest_of(event.disclosure_id) if event.disclosure_id else None,
        until=event.until,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=event.actor,
        evidence_commitment=event.evidence_commitment,
        previous_hash=event.previous_hash,
    )


def _project(events: Sequence[ConsentEvent], known: dict[_Row, Subscription]) -> list[Subscription]:
    """Where these events lead from the subscriptions that are known, and are known thereafter."""
    by_row: dict[_Row, list[ConsentEvent]] = defaultdict(list)
    for event in events:
        by_row[(event.point_id, event.program_id)].append(event)
    rows = []
    for key, happened in by_row.items():
        row = known.get(key)
        standing = standing_of(row) if row else projection.Standing()
        for event in happened:
            standing = projection.apply(standing, fact_of(event))
        known[key] = as_row(standing, happened[-1], keep_contact=row)
        rows.append(known[key])
    return rows


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]


_EVENTS, _PROOFS, _SUBSCRIPTIONS = (model._meta.db_table for model in (ConsentEvent, Evidence, Subscription))
_OF_EVENT, _OF_PROOF, _OF_SUBSCRIPTION = map(_columns, (ConsentEvent, Evidence, Subscription))
_KEY = ("brand_id", "point_id", "program_id")
# One parameter for all rows of a table: a statement with a value each takes longer to put together than to run.
_WRITE = f"""
WITH told AS (
    INSERT INTO {_EVENTS} ({", ".join(_OF_EVENT)})
    SELECT {", ".join(_OF_EVENT)} FROM jsonb_populate_recordset(NULL::{_EVENTS}, %s::jsonb)
), proven AS (
    INSERT INTO {_PROOFS} ({", ".join(_OF_PROOF)})
    SELECT {", ".join(_OF_PROOF)} FROM jsonb_populate_recordset(NULL::{_PROOFS}, %s::jsonb)
)
INSERT INTO {_SUBSCRIPTIONS} ({", ".join(_OF_SUBSCRIPTION)})
SELECT {", ".join(_OF_SUBSCRIPTION)} FROM jsonb_populate_recordset(NULL::{_SUBSCRIPTIONS}, %s::jsonb)
ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET
    {", ".join(f"{column} = excluded.{column}" for column in _OF_SUBSCRIPTION if column not in _KEY)}
"""  # noqa: S608 - names of our own tables and columns


def _write(events: list[ConsentEvent], evidence: list[Evidence], rows: list[Subscription]) -> None:
    # Evidence is other people's JSON: numbers of any size, which orjson does not write.
    proofs = json.dumps(_columns_of(evidence, _OF_PROOF), default=str)
    told = [_as_json(events, _OF_EVENT), proofs, _as_json(rows, _OF_SUBSCRIPTION)]
    with reading.prepared() as cursor:
        cursor.execute(_WRITE, told)


def _as_json(rows: Sequence[models.Model], columns: Sequence[str]) -> str:
    return orjson.dumps(_columns_of(rows, columns)).decode()


def _columns_of(rows: Sequence[models.Model], columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{column: getattr(row, column) for column in columns} for row in rows]


def fact_of(event: ConsentEvent) -> projection.Fact:
    return projection.Fact(
        seq=event.seq,
        act=event.act,
        method=event.method,
        purposes=tuple(event.purposes),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        basis=event.basis,
        until=event.until,
    )


def standing_of(row: "Subscription | Kept") -> projection.Standing:
    """The standing that a row of the projection says."""
    return projection.Standing(
        requested=row.requested,
        expired=row.expired,
        paused=row.paused,
        paused_until=row.paused_until,
        fewer=row.fewer,
        purposes=frozenset(row.purposes),
        terms=_terms_of(row.terms) if row.terms else {},
        closed_by=frozenset(row.closed_by),
        held_by=frozenset(row.held_by),
        granted_at=row.granted_at,
        closed_at=row.closed_at,
        joined_at=row.joined_at,
        last_seq=row.last_seq,
    )


def _terms_of(stored: dict[str, dict[str, str | None]]) -> dict[str, projection.Term]:
    return {
        key: projection.Term(
            basis=str(term["basis"]),
            until=dt.datetime.fromisoformat(term["until"]) if term["until"] else None,
        )
        for key, term in stored.items()
    }


def as_row(
    standing: projection.Standing, event: ConsentEvent, *, keep_contact: Subscription | None = None
) -> Subscription:
    """The subscription row of a standing; a consent belongs to the contact who gave it, so leaving keeps its name."""
    agreed = event.act in {Act.GRANTED, Act.CONFIRMED}
    contact_id = event.contact_id if agreed or keep_contact is None else keep_contact.contact_id
    return Subscription(
        brand_id=event.brand_id,
        point_id=event.point_id,
        contact_id=contact_id,
        program_id=event.program_id,
        status=standing.status,
        purposes=sorted(standing.purposes),
        terms={
            key: {"basis": term.basis, "until": term.until.isoformat() if term.until else None}
            for key, term in sorted(standing.terms.items())
        },
        closed_by=sorted(standing.closed_by),
        held_by=sorted(standing.held_by),
        requested=standing.requested,
        expired=standing.expired,
        paused=standing.paused,
        paused_until=standing.paused_until,
        fewer=standing.fewer,
        expires_at=standing.expires_at,
        granted_at=standing.granted_at,
        closed_at=standing.closed_at,
        joined_at=standing.joined_at,
        last_seq=standing.last_seq,
    )
