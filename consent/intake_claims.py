"""What a row of an import says of a permission: a proof of it, or that the person left."""

import dataclasses
import datetime as dt
from typing import Any

import orjson

from consent.models import Basis


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A usable proof. `kinds` are purposes without their wording; `occurred_at` and `until` are aware UTC."""

    method: str
    kinds: tuple[str, ...]
    occurred_at: dt.datetime
    evidence: dict[str, Any]
    disclosure_id: str = ""
    basis: str = Basis.EXPRESS
    until: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """That the number is closed; for the whole brand when `program_id` is blank. `occurred_at`: None if not said."""

    evidence: dict[str, Any]
    occurred_at: dt.datetime | None = None
    program_id: str = ""


Claim = Consent | Leaving


def pack(claim: Claim | None) -> str:
    """The claim as text for the staging table; "" for none."""
    if isinstance(claim, Consent):
        until = claim.until.isoformat() if claim.until else None
        said = (claim.method, claim.kinds, claim.occurred_at.isoformat(), claim.evidence, claim.disclosure_id)
        return orjson.dumps((*said, claim.basis, until)).decode()
    if claim is not None:
        at = claim.occurred_at.isoformat() if claim.occurred_at else None
        return orjson.dumps((claim.evidence, at, claim.program_id)).decode()
    return ""


def unpack(text: str) -> Claim | None:
    """What `pack` made text of."""
    if not text:
        return None
    said = orjson.loads(text)
    if len(said) == len(dataclasses.fields(Leaving)):
        evidence, at, program_id = said
        return Leaving(evidence=evidence, occurred_at=_moment(at), program_id=program_id)
    method, kinds, occurred_at, evidence, disclosure_id, basis, until = said
    return Consent(
        method=method,
        kinds=tuple(kinds),
        occurred_at=dt.datetime.fromisoformat(occurred_at),
        evidence=evidence,
        disclosure_id=disclosure_id,
        basis=basis,
        until=_moment(until),
    )


def _moment(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None
