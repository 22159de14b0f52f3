"""The hash chain of a contact point's events: what is hashed, and how evidence is committed to."""

import datetime as dt
import hashlib
import json
import secrets
import uuid
from typing import Any

VERSION = 1


def digest(
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
    until: dt.datetime | None,
    occurred_at: dt.datetime,
    recorded_at: dt.datetime,
    actor: str,
    evidence_commitment: str,
    previous_hash: str,
) -> str:
    """SHA-256 (hex) of the event's canonical JSON: keys sorted, no spaces, moments in UTC to the microsecond."""
    content = {
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
        "until": moment(until) if until else None,
        "occurred_at": moment(occurred_at),
        "recorded_at": moment(recorded_at),
        "actor": actor,
        "evidence": evidence_commitment,
        "previous": previous_hash,
    }
    return hashlib.sha256(canonical(content)).hexdigest()


def canonical(value: Any) -> bytes:
    """One JSON spelling for one value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def moment(at: dt.datetime) -> str:
    """An aware moment as UTC text with six decimals; a naive one is a programming error."""
    if at.tzinfo is None:
        raise ValueError("a moment in the ledger must be timezone-aware")
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def new_salt() -> str:
    """256 random bits: without them nobody can guess the evidence back from its commitment."""
    return secrets.token_hex(32)


def commit_to(evidence: dict[str, Any], salt: str) -> str:
    """The salted commitment (hex SHA-256) that stands for the evidence in the chain."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(evidence)).hexdigest()
