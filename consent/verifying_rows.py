"""The ledger as a stream for verification: one row an event, with its evidence and its place in the log."""

import uuid
from collections.abc import Iterator
from typing import NamedTuple

import psycopg

_AT = """'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'"""

# The events of a number together and in the order of `seq`. NULL and the empty text look alike: no column has both.
_EVENTS = f"""
COPY (
    SELECT event.act, event.actor, event.basis, event.brand_id, event.contact_id, event.disclosure_id,
           disclosure.sha256, event.evidence_commitment, event.id, event.method,
           to_char(nullif(event.occurred_at, event.recorded_at) AT TIME ZONE 'UTC', {_AT}),
           event.point_id, event.previous_hash, event.program_id, event.purposes,
           to_char(event.recorded_at AT TIME ZONE 'UTC', {_AT}), event.seq,
           to_char(event.until AT TIME ZONE 'UTC', {_AT}),
           event.hash, seal.position, evidence.salt, evidence.brand_id = event.brand_id, evidence.data
    FROM consent_consentevent event
    LEFT JOIN consent_disclosure disclosure ON disclosure.id = event.disclosure_id
    LEFT JOIN consent_seal seal ON seal.event_id = event.id AND seal.brand_id = event.brand_id
    LEFT JOIN consent_evidence evidence ON evidence.event_id = event.id
    WHERE {{where}}
    ORDER BY event.point_id, event.seq
) TO STDOUT (NULL '')
"""  # noqa: S608 - put together from constants

TRUE = b"t"

# What an event's hash covers, put together the quick way from the first 18 fields of `Row`: exact unless a value needs
# an escape. So a hash that fits proves the content, provided that no value has a backslash, in which an escape could
# hide; one that does not fit says nothing yet.
PLAIN = (
    b'{"act":"%b","actor":"%b","basis":"%b","brand":"%b","contact":"%b","disclosure":%b,"disclosure_sha256":%b,'
    b'"evidence":"%b","id":"%b","method":"%b","occurred_at":"%b","point":"%b","previous":"%b","program":%b,'
    b'"purposes":%b,"recorded_at":"%b","seq":%b,"until":%b,"v":1}'
)


class Row(NamedTuple):
    """An event as it is stored, all as bytes of PostgreSQL's text form; empty where there is nothing."""

    act: bytes
    actor: bytes
    basis: bytes
    brand_id: bytes
    contact_id: bytes
    disclosure_id: bytes
    disclosure_sha256: bytes
    evidence_commitment: bytes
    id: bytes
    method: bytes
    occurred_at: bytes  # empty, too, when it is `recorded_at`
    point_id: bytes
    previous_hash: bytes
    program_id: bytes
    purposes: bytes
    recorded_at: bytes
    seq: bytes
    until: bytes
    hash: bytes
    position: bytes
    salt: bytes
    is_of_brand: bytes  # the evidence
    evidence: bytes


class Span(NamedTuple):
    """Contact points by their ids: after one (exclusive), through one (inclusive); None where there is no bound."""

    after: uuid.UUID | None = None
    through: uuid.UUID | None = None


EVERYBODY = Span()


def only(point_id: uuid.UUID) -> Span:
    """The span of a single contact point."""
    return Span(uuid.UUID(int=point_id.int - 1) if point_id.int else None, point_id)


def events(
    connection: psycopg.Connection, brand_id: uuid.UUID, span: Span = EVERYBODY
) -> Iterator[list[bytes]]:
    """The fields of `Row` of every event of a brand's numbers in a span, by number and `seq`.

    A list, because a million NamedTuples take longer to make than to verify.
    """
    with connection.cursor() as cursor:
        # The sort of a large ledger would spill to disk with PostgreSQL's default.
        cursor.execute("SELECT set_config('work_mem', '256MB', true)")
        # COPY takes no parameters; an id is spelled in hex digits only.
        where = f"event.brand_id = '{brand_id.hex}'"
        where += f" AND event.point_id > '{span.after.hex}'" if span.after else ""
        where += f" AND event.point_id <= '{span.through.hex}'" if span.through else ""
        with cursor.copy(_EVENTS.replace("{where}", where).encode()) as copy:
            for block in copy:  # PostgreSQL sends one row a message
                yield bytes(block)[:-1].split(b"\t")


def unescaped(field: bytes) -> bytes:
    """COPY's doubled backslashes undone; JSON has no control character that it would have escaped otherwise."""
    return field.replace(b"\\\\", b"\\")


class _Quoted(dict[bytes, bytes]):
    """Programs and disclosures as JSON; there are few of them."""

    def __missing__(self, text: bytes) -> bytes:
        self[text] = found = b'"%b"' % text if text else b"null"
        return found


class _Listed(dict[bytes, bytes]):
    """Sets of purposes as JSON, from PostgreSQL's {one,other}; there are few of them."""

    def __missing__(self, text: bytes) -> bytes:
        self[text] = found = b'["%b"]' % text[1:-1].replace(b",", b'","') if text != b"{}" else b"[]"
        return found


quoted, listed = _Quoted(), _Listed()
