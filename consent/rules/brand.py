"""Rule: the brand is not paused."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """While a brand is paused nothing automatic goes out; people who wrote still get their answers."""
    paused_at = facts.point.brand_paused_at if facts.point is not None else None
    if paused_at is not None and paused_at <= at:
        return Finding("hold", Reason.BRAND_PAUSED)
    return None
