"""Whole months of changes and decisions that no brand keeps any longer: dropped as one table, not row by row."""

import dataclasses
import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterable

from contacts import clock
from contacts.models import Kept, RetentionRule
from messaging import partitions
from messaging.partitions import Partition
from smsapp.privacy import minimums

KEPT_IN = {partitions.EVENTS: Kept.MESSAGE_CHANGES, partitions.DECISIONS: Kept.DECISIONS}


@dataclasses.dataclass(frozen=True, slots=True)
class Fate:
    """When a partition may be dropped whole (aware UTC), or why nobody can say."""

    at: dt.datetime | None
    why: str = ""


def drop_over(rules: Iterable[RetentionRule]) -> Counter[tuple[uuid.UUID, str]]:
    """Drop each month that is over for every brand that has rows in it; returns the rows by brand and kind.

    `rules` are those of all brands; one below its minimum counts as none. Of a month that one brand still keeps the
    others' rows go one by one, as of the default partition.
    """
    ends = _ends(rules)
    now = clock.now()
    gone: Counter[tuple[uuid.UUID, str]] = Counter()
    for one in partitions.partitions():
        if one.until is None:
            continue
        kind = KEPT_IN[one.table]
        allowed = {brand for (brand, kept), days in ends.items() if kept == kind and one.until + days <= now}
        if not allowed:
            continue
        for brand, count in (partitions.drop(one, allowed=allowed) or {}).items():
            gone[brand, kind] += count
    return gone


def fate(one: Partition, rules: Iterable[RetentionRule]) -> Fate:
    """When a partition will be dropped, as the rules stand and for the brands with rows in it today."""
    if one.until is None:
        return Fate(None, "never dropped; its rows go one by one")
    ends = _ends(rules)
    kind = KEPT_IN[one.table]
    brands = partitions.brands_in(one)
    if not brands:
        return Fate(None, "empty")
    if forever := sum((brand, kind) not in ends for brand in brands):
        return Fate(
            None, f"kept: {forever} of {len(brands)} brands in it have no rule for {kind.label.lower()}"
        )
    return Fate(one.until + max(ends[brand, kind] for brand in brands))


def _ends(rules: Iterable[RetentionRule]) -> dict[tuple[uuid.UUID, str], dt.timedelta]:
    valid = [rule for rule in rules if rule.kind in KEPT_IN.values() and not minimums.problem_of(rule)]
    return {(rule.brand_id, rule.kind): dt.timedelta(days=rule.days) for rule in valid}
