"""The permissions of an import: what a proof may add where a number stands; it never re-opens anything."""

import dataclasses
import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection

from consent import ledger
from consent.intake_judge import Consent
from consent.intake_reasons import RowReason
from consent.intake_staging import Settlement, Staged
from consent.models import Act, ConsentEvent, Program, Status, Subscription
from contacts.models import RowOutcome

_SHUT = frozenset({Status.CLOSED, Status.HELD})
_AGREEING = frozenset({Act.GRANTED, Act.CONFIRMED})
Proof = tuple[str, frozenset[str], dt.datetime]


@dataclasses.dataclass(slots=True)
class Standing:
    """Where a number stands: in the brand, in the program, and which proofs of it the ledger has."""

    number: str = Status.NONE
    program: str = Status.NONE
    keys: frozenset[str] = frozenset()
    left: set[str] = dataclasses.field(default_factory=set)  # kinds that were revoked one by one
    proofs: set[Proof] = dataclasses.field(default_factory=set)


@dataclasses.dataclass(frozen=True, slots=True)
class Decision:
    """Either kinds to grant, or nothing to do, or a reason."""

    grants: tuple[str, ...] = ()
    reason: RowReason | None = None


def standings(point_ids: Collection[uuid.UUID], program: Program) -> dict[uuid.UUID, Standing]:
    """What the tables say of these points now; one that they say nothing of stands nowhere."""
    found: dict[uuid.UUID, Standing] = defaultdict(Standing)
    rows = Subscription.objects.filter(brand_id=program.brand_id, point_id__in=point_ids)
    for row in rows.only("point_id", "program_id", "status", "purposes"):
        if row.program_id is None:
            found[row.point_id].number = row.status
        elif row.program_id == program.id:
            found[row.point_id].program = row.status
            found[row.point_id].keys = frozenset(row.purposes)
    events = ConsentEvent.objects.filter(
        brand_id=program.brand_id, point_id__in=point_ids, program=program, act__in=[*_AGREEING, Act.REVOKED]
    )
    for point_id, act, method, keys, at in events.values_list(
        "point_id", "act", "method", "purposes", "occurred_at"
    ):
        kinds = frozenset(key.partition(":")[0] for key in keys)
        if act == Act.REVOKED:
            found[point_id].left |= kinds
        else:
            found[point_id].proofs.add((method, kinds, at))
    return found


def decide(consent: Consent, standing: Standing, program: Program) -> Decision:
    """What this proof may do here. Nothing is re-opened, whatever the dates say; see decision 0005."""
    if standing.number in _SHUT or standing.program in _SHUT:
        return Decision(reason=RowReason.OPTED_OUT_BEFORE)
    if standing.program == Status.REQUESTED:
        return Decision(reason=RowReason.NOT_CONFIRMED)
    held = {kind for kind in consent.kinds if program.purpose_key(kind) in standing.keys}
    kinds = tuple(kind for kind in consent.kinds if kind in held or kind not in standing.left)
    if not kinds:
        return Decision(reason=RowReason.OPTED_OUT_BEFORE)
    # A proof is known by its kinds, not by their wordings: an old one must not become a yes to a new wording.
    if (consent.method, frozenset(kinds), consent.occurred_at) not in standing.proofs:
        return Decision(grants=kinds)
    if held:
        return Decision()
    return Decision(
        reason=RowReason.EXPIRED if standing.program == Status.EXPIRED else RowReason.WORDING_CHANGED
    )


def settle_without_lock(row: Staged, standing: Standing, program: Program, *, is_changed: bool) -> Settlement:
    """Settle a row that has nothing to tell the ledger; one that has waits for the last pass."""
    if row.consent is None:
        is_shut = standing.number in _SHUT or standing.program in _SHUT
        reasons = (RowReason.OPTED_OUT_BEFORE.value,) if is_shut else ()
        return Settlement(line=row.line, outcome=row.outcome, reasons=reasons, unchanged=not is_changed)
    decision = decide(row.consent, standing, program)
    if decision.grants:
        return Settlement(line=row.line, outcome=row.outcome, needs_event=True)
    return _settled(row, decision, is_unchanged=not is_changed)


def record(groups: list[list[Staged]], program: Program, actor: str) -> list[Settlement]:
    """Hold these points, judge each row again by what is true now, and append what it may add.

    A STOP that came since the first look therefore wins. Returns only the rows that turned out otherwise.
    """
    point_ids = {row.point_id for group in groups for row in group if row.point_id}
    ledger.lock_points(point_ids)
    known = standings(
        [group[0].point_id for group in groups if group[0].point_id and not group[0].is_new], program
    )
    entries: list[ledger.Entry] = []
    others: list[Settlement] = []
    for group in groups:
        standing = known.get(group[0].point_id, Standing()) if group[0].point_id else Standing()
        for row in sorted(group, key=_agreed_at):
            assert row.consent is not None
            decision = decide(row.consent, standing, program)
            if not decision.grants:
                others.append(_settled(row, decision, is_unchanged=False))
                continue
            entries.append(_entry(row, row.consent, decision, program, actor))
            standing.proofs.add((row.consent.method, frozenset(decision.grants), row.consent.occurred_at))
            standing.keys |= set(entries[-1].purposes)
    ledger.record_many(entries)
    return others


def _agreed_at(row: Staged) -> dt.datetime:
    assert row.consent is not None
    return row.consent.occurred_at


def _settled(row: Staged, decision: Decision, *, is_unchanged: bool) -> Settlement:
    if decision.reason is None:
        return Settlement(line=row.line, outcome=RowOutcome.ACCEPTED, unchanged=is_unchanged)
    reasons = (decision.reason.value,)
    return Settlement(line=row.line, outcome=RowOutcome.CANNOT_TEXT, reasons=reasons, unchanged=is_unchanged)


def _entry(row: Staged, consent: Consent, decision: Decision, program: Program, actor: str) -> ledger.Entry:
    assert row.point_id is not None
    return ledger.Entry(
        point_id=row.point_id,
        program_id=program.id,
        act=Act.GRANTED,
        method=consent.method,
        purposes=tuple(key for kind in decision.grants if (key := program.purpose_key(kind))),
        disclosure_id=uuid.UUID(consent.disclosure_id),
        occurred_at=consent.occurred_at,
        actor=actor,
        evidence=consent.evidence,
    )
