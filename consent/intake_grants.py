"""The permissions of an import: what a row may add where a number stands; it never re-opens anything."""

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Sequence

from consent import ledger
from consent.intake_claims import Consent, Leaving
from consent.intake_reasons import RowReason
from consent.intake_staging import Settlement, Staged
from consent.models import Act, ConsentEvent, Method, Program, Status, Subscription
from contacts.models import RowOutcome

_SHUT = frozenset({Status.CLOSED, Status.HELD})
_AGREEING = frozenset({Act.GRANTED, Act.CONFIRMED})
Proof = tuple[str, frozenset[str], dt.datetime]


@dataclasses.dataclass(slots=True)
class Standing:
    """Where a number stands: in the brand, in the program, and what the ledger knows already."""

    number: str = Status.NONE
    program: str = Status.NONE
    keys: frozenset[str] = frozenset()
    left: set[str] = dataclasses.field(default_factory=set)  # kinds that were revoked one by one
    proofs: set[Proof] = dataclasses.field(default_factory=set)
    closed: set[str] = dataclasses.field(
        default_factory=set
    )  # ids of programs that are closed; "" is the brand
    told: set[tuple[str, str]] = dataclasses.field(default_factory=set)  # closed by which file, and where

    @property
    def is_shut(self) -> bool:
        return self.number in _SHUT or self.program in _SHUT


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """What to append, if anything; or a reason why nothing may be."""

    entry: ledger.Entry | None = None
    reason: RowReason | None = None


def standings(point_ids: Collection[uuid.UUID], program: Program) -> dict[uuid.UUID, Standing]:
    """What the tables say of these points now; one that they say nothing of stands nowhere."""
    found: dict[uuid.UUID, Standing] = defaultdict(Standing)
    rows = Subscription.objects.filter(brand_id=program.brand_id, point_id__in=point_ids)
    for row in rows.only("point_id", "program_id", "status", "purposes"):
        standing = found[row.point_id]
        if row.status == Status.CLOSED:
            standing.closed.add(str(row.program_id or ""))
        if row.program_id is None:
            standing.number = row.status
        elif row.program_id == program.id:
            standing.program = row.status
            standing.keys = frozenset(row.purposes)
    events = ConsentEvent.objects.filter(
        brand_id=program.brand_id, point_id__in=point_ids, act__in=[*_AGREEING, Act.REVOKED]
    )
    for point_id, act, method, keys, at, program_id, sha256 in events.values_list(
        "point_id", "act", "method", "purposes", "occurred_at", "program_id", "evidence__data__sha256"
    ):
        kinds = frozenset(key.partition(":")[0] for key in keys)
        if act == Act.REVOKED and method == Method.IMPORT:
            found[point_id].told.add((sha256, str(program_id or "")))
        if program_id == program.id and act == Act.REVOKED:
            found[point_id].left |= kinds
        elif program_id == program.id:
            found[point_id].proofs.add((method, kinds, at))
    return found


def decide(row: Staged, standing: Standing, program: Program, actor: str) -> Decision:
    """What this row may do here. Nothing is re-opened, whatever the dates say; see decision 0005."""
    if isinstance(row.claim, Leaving):
        return _decide_leaving(row, row.claim, standing, actor)
    if standing.is_shut:
        return Decision(reason=RowReason.OPTED_OUT_BEFORE)
    if row.claim is None:
        return Decision()
    return _decide_consent(row, row.claim, standing, program, actor)


def _decide_leaving(row: Staged, leaving: Leaving, standing: Standing, actor: str) -> Decision:
    """Close what is open. The same file tells it once: who came back since then by her own word is not sent away."""
    where = leaving.program_id
    if where in standing.closed or (leaving.evidence["sha256"], where) in standing.told:
        return Decision()
    assert row.point_id is not None
    return Decision(
        ledger.Entry(
            point_id=row.point_id,
            program_id=uuid.UUID(where) if where else None,
            act=Act.REVOKED,
            method=Method.IMPORT,
            occurred_at=leaving.occurred_at,
            actor=actor,
            evidence=leaving.evidence,
        )
    )


def _decide_consent(
    row: Staged, consent: Consent, standing: Standing, program: Program, actor: str
) -> Decision:
    if standing.program == Status.REQUESTED:
        return Decision(reason=RowReason.NOT_CONFIRMED)
    held = {kind for kind in consent.kinds if program.purpose_key(kind) in standing.keys}
    kinds = tuple(kind for kind in consent.kinds if kind in held or kind not in standing.left)
    if not kinds:
        return Decision(reason=RowReason.OPTED_OUT_BEFORE)
    # A proof is known by its kinds, not by their wordings: an old one must not become a yes to a new wording.
    if (consent.method, frozenset(kinds), consent.occurred_at) not in standing.proofs:
        return Decision(_grant(row, consent, kinds, program, actor))
    if held:
        return Decision()
    is_expired = standing.program == Status.EXPIRED
    return Decision(reason=RowReason.EXPIRED if is_expired else RowReason.WORDING_CHANGED)


def _grant(row: Staged, consent: Consent, kinds: Sequence[str], program: Program, actor: str) -> ledger.Entry:
    assert row.point_id is not None
    return ledger.Entry(
        point_id=row.point_id,
        program_id=program.id,
        act=Act.GRANTED,
        method=consent.method,
        purposes=tuple(key for kind in kinds if (key := program.purpose_key(kind))),
        basis=consent.basis,
        disclosure_id=uuid.UUID(consent.disclosure_id) if consent.disclosure_id else None,
        until=consent.until,
        occurred_at=consent.occurred_at,
        actor=actor,
        evidence=consent.evidence,
    )


def settle_group(
    rows: Sequence[Staged], standing: Standing, program: Program, actor: str
) -> tuple[list[ledger.Entry], list[Settlement]]:
    """Decide about the rows of one number one after the other, who left first, then by when they agreed.

    Returns what to append, and a settlement of each row that turned out otherwise than the row alone said.
    """
    entries: list[ledger.Entry] = []
    others: list[Settlement] = []
    for row in sorted(rows, key=_order):
        decision = decide(row, standing, program, actor)
        if decision.entry:
            entries.append(decision.entry)
            _note(row, decision.entry, standing, program)
        elif decision.reason or row.claim:
            others.append(settlement(row, decision, unchanged=False))
    return entries, others


def settlement(row: Staged, decision: Decision, *, unchanged: bool) -> Settlement:
    """A row about which there is nothing to append."""
    if decision.reason is None:
        return Settlement(line=row.line, outcome=row.outcome, unchanged=unchanged)
    reasons = (decision.reason.value,)
    return Settlement(line=row.line, outcome=RowOutcome.CANNOT_TEXT, reasons=reasons, unchanged=unchanged)


def _note(row: Staged, entry: ledger.Entry, standing: Standing, program: Program) -> None:
    """Let the next row of the number see what this one appends."""
    where = str(entry.program_id or "")
    if isinstance(row.claim, Consent):
        kinds = frozenset(key.partition(":")[0] for key in entry.purposes)
        standing.proofs.add((entry.method, kinds, row.claim.occurred_at))
        standing.keys |= set(entry.purposes)
        return
    standing.closed.add(where)
    if not where:
        standing.number = Status.CLOSED
    elif where == str(program.id):
        standing.program = Status.CLOSED


def _order(row: Staged) -> tuple[bool, dt.datetime]:
    is_consent = isinstance(row.claim, Consent)
    at = row.claim.occurred_at if row.claim else None
    return is_consent, at or dt.datetime.min.replace(tzinfo=dt.UTC)
