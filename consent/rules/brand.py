"""Rule: neither the brand nor everything is paused."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """While a brand, or everything, is paused nothing automatic goes out; people who wrote still get their answers."""
    point = facts.point
    if point is None:
        return None  # rule `known` has refused it
    if point.all_paused_at is not None and point.all_paused_at <= at:
        return Finding("hold", Reason.EVERYTHING_PAUSED)
    if point.brand_paused_at is not None and point.brand_paused_at <= at:
        return Finding("hold", Reason.BRAND_PAUSED)
    return None
