"""What a verification can find wrong, what each means in words, and how the row is named."""

import dataclasses
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models

from contacts.models import ContactPoint


class Kind(models.TextChoices):
    """The closed set of findings; the label says what it means."""

    EVENT_CHANGED = "event_changed", "The event is not what was recorded."
    LINK_BROKEN = "link_broken", "An event before it was changed, taken out, put in or moved."
    EVENT_GONE = "event_gone", "An event that was recorded has been deleted."
    NOT_SEALED = "not_sealed", "The sealer does not run, or the event was put in past the ledger."
    SEAL_GONE = "seal_gone", "Somebody deleted or moved a place in the log."
    LEAF_DIFFERS = "leaf_differs", "The event was changed after it was sealed, or the stored tree was."
    TREE_CHANGED = "tree_changed", "The stored tree is not what follows from its leaves."
    EVIDENCE_CHANGED = "evidence_changed", "The evidence is not what was recorded with the event."
    EVIDENCE_GONE = (
        "evidence_gone",
        "Evidence was deleted, and nothing in the ledger says that it lawfully was.",
    )
    EVIDENCE_ADDED = "evidence_added", "Evidence was put in that did not exist when the event was recorded."
    DISCLOSURE_CHANGED = "disclosure_changed", "The wording is not the one that people were shown."
    HEAD_WRONG = "head_wrong", "The log up to here is not the one that was signed."
    HEAD_UNSIGNED = "head_unsigned", "Nobody who holds the key signed this state of the log."
    HEAD_GONE = "head_gone", "The log has entries that no signed head covers."
    KEY_UNKNOWN = "key_unknown", "Nothing leads to this key from one that is trusted."
    HELD_HEAD_WRONG = "held_head_wrong", "The history was rewritten since this head was given out."
    HELD_HEAD_LONGER = "held_head_longer", "The end of the log was cut off since this head was given out."
    HELD_HEAD_UNKNOWN = "held_head_unknown", "This is no head of ours, or it was altered."
    SUBSCRIPTION_DIFFERS = (
        "subscription_differs",
        "Where a permission stands does not follow from the ledger.",
    )


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in one row; `said` completes the sentence in which the row is named."""

    kind: Kind
    table: str
    row: str
    said: str
    point_id: uuid.UUID | None = None
    seq: int | None = None


def told(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings, JSON-ready; numbers are masked."""
    known = list(findings)
    points = {finding.point_id for finding in known if finding.point_id}
    addresses = dict(ContactPoint.objects.filter(id__in=points).values_list("id", "address"))
    return [
        {
            "kind": finding.kind.value,
            "table": finding.table,
            "row": finding.row,
            "number": masked(addresses.get(finding.point_id, "")) if finding.point_id else None,
            "seq": finding.seq,
            "said": finding.said,
            "means": finding.kind.label,
        }
        for finding in known
    ]


def masked(address: str) -> str:
    """An address that its owner recognises and nobody else: +12…23."""
    return f"{address[:3]}…{address[-2:]}" if address else "a number that is not known"
