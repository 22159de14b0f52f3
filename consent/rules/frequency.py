"""Rule: not more marketing texts than a person bargained for."""

import datetime as dt

from consent.facts import Facts
from consent.models import Purpose
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding

PERIOD = dt.timedelta(hours=24)
WEEK = dt.timedelta(days=7)


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:
    """In any 24 hours a person gets at most so many marketing texts of a brand, all its programs together.

    The smaller number rules: the program's own, or the law's where the person may be. One text too many waits
    until the oldest that stands in its way is 24 hours old.
    """
    point, program = facts.point, facts.program
    if point is None or program is None:
        return None  # rule `known` has refused it
    by_law = pack.cap_per_day(point.jurisdictions, Purpose.MARKETING, at.date())
    cap = program.marketing_cap_per_day if by_law is None else min(by_law, program.marketing_cap_per_day)
    return _over(facts, at, cap, PERIOD, Reason.FREQUENCY_CAP)


def fewer(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Who asked for fewer gets at most the program's number for that in any 7 days.

    Every marketing text of the brand counts, whichever of its programs sent it: it is one phone that rings.
    """
    has_asked = any(standing.fewer for standing in (facts.number, facts.permission) if standing)
    if not has_asked or facts.program is None:
        return None
    return _over(facts, at, facts.program.fewer_per_week, WEEK, Reason.ASKED_FOR_FEWER)


def _over(facts: Facts, at: dt.datetime, cap: int, period: dt.timedelta, reason: Reason) -> Finding | None:
    """One text too many, until the oldest that stands in its way has left the period; a cap of 0 has no end."""
    lately = [sent_at for sent_at in facts.ask.recent_marketing if sent_at > at - period]
    if len(lately) < cap:
        return None
    return Finding("hold", reason, lately[-cap] + period if cap else None)
