"""The hash chain of a contact point's events: what is hashed, and how evidence is committed to."""

import datetime as dt
import hashlib
import json
import secrets
import uuid
from typing import Any

VERSION = 1
_EXPONENTS_FROM = 1e16  # Python writes larger numbers with an exponent, PostgreSQL without
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content(
    *,
    event_id: uuid.UUID,
    brand_id: uuid.UUID,
    point_id: uuid.UUID,
    contact_id: uuid.UUID,
    seq: int,
    program_id: uuid.UUID | None,
    act: str,
    method: str,
    purposes: list[str],
    basis: str,
    disclosure_id: uuid.UUID | None,
    disclosure_sha256: str | None,
    until: dt.datetime | None,
    occurred_at: dt.datetime,
    recorded_at: dt.datetime,
    actor: str,
    evidence_commitment: str,
    previous_hash: str,
) -> dict[str, Any]:
    """What the hash of an event covers, JSON-ready: ids as text, moments in UTC to the microsecond."""
    return {
        "v": VERSION,
        "id": str(event_id),
        "brand": str(brand_id),
        "point": str(point_id),
        "contact": str(contact_id),
        "seq": seq,
        "program": str(program_id) if program_id else None,
        "act": act,
        "method": method,
        "purposes": purposes,
        "basis": basis,
        "disclosure": str(disclosure_id) if disclosure_id else None,
        "disclosure_sha256": disclosure_sha256,  # so that the wording shown cannot be exchanged
        "until": moment(until) if until else None,
        "occurred_at": moment(occurred_at),
        "recorded_at": moment(recorded_at),
        "actor": actor,
        "evidence": evidence_commitment,
        "previous": previous_hash,
    }


def digest(content: dict[str, Any]) -> str:
    """SHA-256 (hex) of the canonical JSON of an event's content."""
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(value: Any) -> bytes:
    """One JSON spelling for one value: keys sorted, no spaces, UTF-8."""
    return _CANONICAL.encode(value).encode()


def utc(at: dt.datetime) -> dt.datetime:
    """An aware moment in UTC; a naive one is a programming error."""
    if at.tzinfo is None:
        raise ValueError("a moment in the ledger must be timezone-aware")
    return at.astimezone(dt.UTC)


def moment(at: dt.datetime) -> str:
    """An aware moment as UTC text with six decimals."""
    return utc(at).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def as_kept(value: Any) -> Any:
    """JSON as PostgreSQL gives it back, where that is another value: 1e16 comes back as a whole number, -0.0 as 0."""
    if isinstance(value, dict):
        return {key: as_kept(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_kept(each) for each in value]
    is_respelled = (
        isinstance(value, float) and value.is_integer() and (not value or abs(value) >= _EXPONENTS_FROM)
    )
    return int(value) if is_respelled else value


def new_salt() -> str:
    """256 random bits: without them nobody can guess the evidence back from its commitment."""
    return secrets.token_hex(32)


def commit_to(evidence: dict[str, Any], salt: str) -> str:
    """The salted commitment (hex SHA-256) that stands for the evidence in the chain."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(evidence)).hexdigest()
