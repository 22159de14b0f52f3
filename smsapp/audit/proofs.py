"""Proof badges: whether each event of a number stands in the sealed ledger as it was recorded, verified on the spot."""

import dataclasses
import hashlib
import uuid
from collections.abc import Sequence

from django.utils.safestring import SafeString

from consent import signing
from consent.models import ConsentEvent, Disclosure, Seal, TreeHead
from consent.verifying import verify_point
from consent.verifying_chains import EVENTS
from consent.verifying_findings import Finding, Kind
from contacts.admin_words import BAD, GOOD, PLAIN, WAIT, pill
from contacts.models import ContactPoint

VERIFIED, SEALED, PENDING, BROKEN = "verified", "sealed", "pending", "broken"
_WORDS = {
    VERIFIED: ("Sealed and verified", GOOD),
    SEALED: ("Sealed, not verified", PLAIN),
    PENDING: ("Not sealed yet", WAIT),
    BROKEN: ("BROKEN", BAD),
}
_WAITS = "It waits for the sealer, which comes about once a minute."
_NO_HEAD = "It has its place in the log, but there is no signed head that it could be checked against."


@dataclasses.dataclass(frozen=True, slots=True)
class Proof:
    """What was found of one event, and a sentence that explains it."""

    state: str
    says: str

    @property
    def badge(self) -> SafeString:
        words, tone = _WORDS[self.state]
        return pill("", words, tone=tone)


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """Every event's proof by its id, and in sentences whatever is wrong with the chains or the log."""

    proofs: dict[uuid.UUID, Proof]
    problems: list[str]

    def count(self, state: str) -> int:
        """How many events are in this state."""
        return sum(proof.state == state for proof in self.proofs.values())


def check(points: Sequence[ContactPoint]) -> Checked:
    """Verify the whole chains of these numbers of one brand, as `consent_verify --point` does.

    Each event's columns against its hash, its link to the one before, its evidence and wording; its place in the tree
    that the brand's newest head signed, and that signature. Other numbers, and heads that others hold, are for
    `consent_verify`.
    """
    if not points:
        return Checked({}, [])
    believed = {key.public_key for key in signing.configured()}
    findings = [found for point in points for found in verify_point(point, believed=believed).findings]
    events = ConsentEvent.objects.filter(brand_id=points[0].brand_id, point__in=points)
    findings += _changed_wordings(list(events.values_list("id", "disclosure_id")))
    head = TreeHead.objects.filter(brand_id=points[0].brand_id).order_by("-size", "-signed_at", "-id").first()
    wrong = {
        found.row: found for found in findings if found.table == EVENTS and found.kind != Kind.NOT_SEALED
    }
    is_log_sound = all(found.table == EVENTS for found in findings)
    places = dict(Seal.objects.filter(event__in=events.values("id")).values_list("event_id", "position"))
    proofs = {
        event_id: Proof(BROKEN, _sentence(wrong[str(event_id)]))
        if str(event_id) in wrong
        else _sound(places.get(event_id), head if is_log_sound else None)
        for event_id in events.values_list("id", flat=True)
    }
    return Checked(proofs, list(dict.fromkeys(map(_sentence, findings))))


def _changed_wordings(named: Sequence[tuple[uuid.UUID, uuid.UUID | None]]) -> list[Finding]:
    """The events whose disclosure does not say what its fingerprint says; the fingerprint is in the event's hash."""
    shown = Disclosure.objects.in_bulk({disclosure_id for _, disclosure_id in named if disclosure_id})
    changed = {
        key for key, row in shown.items() if hashlib.sha256(row.text.encode()).hexdigest() != row.sha256
    }
    return [
        Finding(Kind.DISCLOSURE_CHANGED, EVENTS, str(event_id), "the text of its disclosure does not give its digest")
        for event_id, disclosure_id in named
        if disclosure_id in changed
    ]  # fmt: skip


def _sound(position: int | None, head: TreeHead | None) -> Proof:
    """The proof of an event of which nothing is wrong; `head` is None where the log itself is not to be believed."""
    if position is None:
        return Proof(PENDING, _WAITS)
    if head is None or position >= head.size:
        return Proof(SEALED, _NO_HEAD)
    signed = f"{head.signed_at:%-d %b %Y, %H:%M} UTC"
    return Proof(
        VERIFIED, f"Place {position} in the log of {head.size} events, under the head signed {signed}."
    )


def _sentence(found: Finding) -> str:
    said = found.said[:1].upper() + found.said[1:]
    where = f"Event {found.seq}: {found.said}" if found.seq else said
    return f"{where}. {found.kind.label}"
