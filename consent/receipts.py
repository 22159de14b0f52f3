"""Consent receipts: what was agreed to, in the fields that others know, with the proof that it stands in the ledger."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from typing import Any

from consent import chain, heads, history, ledger, merkle, receipt_fields, sealing, signing
from consent.models import ConsentEvent, Program, Seal, SigningKey, TreeHead
from contacts import clock
from contacts.models import ContactPoint

CHAIN_FORMAT = "consent-chain/1"
# What a receipt's signature begins with, so that it can never pass for one of a tree head or a key.
DOMAIN = b"smsapp consent receipt v1\n"


class NoSuchHead(ValueError):
    """The brand never signed a tree head of that size."""


class Unsound(Exception):
    """The ledger does not hold what was recorded, so nothing is signed for it; `consent_verify` tells more."""


def receipt(
    event: ConsentEvent, *, with_evidence: bool = False, head_size: int | None = None
) -> dict[str, Any]:
    """The receipt of one event, JSON-ready and signed; `docs/receipts.md` tells its fields.

    Evidence is personal data and is withheld unless asked for; its commitment is always there. The proof leads to the
    brand's newest tree head, or to that of `head_size` entries, which somebody outside may hold. An event that this
    head does not cover yet has no proof. Raises NoSuchHead, and Unsound rather than vouch for what was changed.
    """
    head = _head(event.brand_id, head_size)
    [made] = _receipts([event], head, _Issuer(), with_evidence=with_evidence)
    return made


def receipts_of(
    point: ContactPoint,
    *,
    at: dt.datetime | None = None,
    program: Program | None = None,
    with_evidence: bool = False,
    head_size: int | None = None,
) -> dict[str, Any]:
    """The receipts of a number's whole chain, oldest first, in one signed document, JSON-ready.

    `at` (aware; without it now) leaves out what was recorded later. With a program only its own events and those of
    the whole number are in it, and `events` still counts all. Raises NoSuchHead and Unsound.
    """
    known_at = at or clock.now()
    events = list(history.events_of(point, until=known_at).select_related(*_RELATED))
    chosen = [event for event in events if program is None or event.program_id in {None, program.id}]
    head, issuer = _head(point.brand_id, head_size), _Issuer()
    return issuer.signed({
        "format": CHAIN_FORMAT,
        "brand": str(point.brand_id),
        "point": str(point.id),
        "program": program.slug if program else None,
        "known_at": chain.moment(known_at),
        "issued_at": chain.moment(clock.now()),
        "events": len(events),
        "receipts": _receipts(chosen, head, issuer, with_evidence=with_evidence),
    })  # fmt: skip


_RELATED = ("brand", "point", "contact", "program", "disclosure", "evidence")


class _Issuer:
    """The key that signs now, and its predecessors, from which a trusted older key leads to it."""

    def __init__(self) -> None:
        self._key = signing.current()
        self._lineage = _lineage(self._key.id)

    def signed(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with the keys and the signature over all of it."""
        whole = {**document, "keys": self._lineage}
        signature = self._key.sign(DOMAIN + chain.canonical(whole))
        return {**whole, "signature": {"public_key": self._key.public_key, "signature": signature}}


def _lineage(key_id: str) -> list[dict[str, str]]:
    """A key and those before it, oldest first; each after the first with its predecessor's endorsement."""
    known = SigningKey.objects.in_bulk()
    found: list[dict[str, str]] = []
    key = known.get(key_id)
    while key:
        found.insert(0, {"public_key": key.public_key, "endorsement": key.endorsement})
        key = known.get(key.endorsed_by_id or "")
    return found


def _head(brand_id: uuid.UUID, size: int | None) -> TreeHead | None:
    """The newest head, or that of so many entries; None when the brand has none yet."""
    known = TreeHead.objects.filter(brand_id=brand_id).select_related("key", "brand")
    if size is not None:
        known = known.filter(size=size)
    found = known.order_by("-size", "-signed_at", "-id").first()
    if found is None and size is not None:
        raise NoSuchHead(
            f"no tree head of {size} entries was ever signed; leave it out, or name one that was"
        )
    return found


def _receipts(
    events: Sequence[ConsentEvent], head: TreeHead | None, issuer: _Issuer, *, with_evidence: bool
) -> list[dict[str, Any]]:
    """The receipts of events of one brand; the queries do not grow with the events, but for the tree's tiles."""
    positions = dict(
        Seal.objects.filter(event__in=[event.pk for event in events]).values_list("event_id", "position")
    )
    read = sealing.reader(head.brand_id) if head else None
    made = []
    for event in events:
        position = positions.get(event.id)
        proof = None
        if head and read and position is not None and position < head.size:
            proof = _proof(event, head, position, read)
        made.append(issuer.signed(_fields(event, proof, with_evidence=with_evidence)))
    return made


def _proof(event: ConsentEvent, head: TreeHead, position: int, read: merkle.Read) -> dict[str, Any]:
    """The way from the event's leaf to the head's root. Raises Unsound when it does not lead there."""
    try:
        path = merkle.inclusion_path(head.size, position, read)
    except LookupError as error:
        raise Unsound(f"event {event.id}: {error}") from error
    leaf = merkle.leaf_hash(bytes.fromhex(event.hash))
    if not merkle.check_inclusion(leaf, position, head.size, path, bytes.fromhex(head.root)):
        raise Unsound(f"event {event.id} is not the one that was sealed")
    return {"position": position, "path": [each.hex() for each in path], "head": heads.told(head)}


def _fields(event: ConsentEvent, proof: dict[str, Any] | None, *, with_evidence: bool) -> dict[str, Any]:
    content = ledger.content_of(event)
    if chain.digest(content) != event.hash:
        raise Unsound(f"event {event.id} is not what was recorded")
    return {
        **receipt_fields.kantara(event),
        "iso27560": receipt_fields.iso_27560(event),
        "ledger": {
            "status": "sealed" if proof else "pending",
            "content": content,
            "hash": event.hash,
            "wordings": receipt_fields.wordings(event),
            "disclosure": _disclosure(event),
            "evidence": _evidence(event, is_disclosed=with_evidence),
            "proof": proof,
        },
    }


def _disclosure(event: ConsentEvent) -> dict[str, Any] | None:
    """The exact wording that the person was shown, or None when the event names none."""
    shown = event.disclosure
    if shown is None:
        return None
    if hashlib.sha256(shown.text.encode()).hexdigest() != shown.sha256:
        raise Unsound(f"the text of the disclosure {shown.id} is not the one that was shown")
    return {
        "id": str(shown.id),
        "slug": shown.slug,
        "version": shown.version,
        "locale": shown.locale,
        "text": shown.text,
        "sha256": shown.sha256,
    }


def _evidence(event: ConsentEvent, *, is_disclosed: bool) -> dict[str, Any]:
    """The evidence with its salt, without which nobody can check it, or why it is not here."""
    if not event.evidence_commitment:
        return {"status": "none"}
    found = getattr(event, "evidence", None)
    if found is None:
        return {"status": "erased"}
    if not is_disclosed:
        return {"status": "withheld"}
    if chain.commit_to(found.data, found.salt) != event.evidence_commitment:
        raise Unsound(f"the evidence of event {event.id} is not what was recorded")
    return {"status": "disclosed", "salt": found.salt, "data": found.data}
