"""Rule: not more marketing texts than a person bargained for."""

import datetime as dt
from collections.abc import Sequence

from consent.asking import Got
from consent.facts import Facts
from consent.models import Purpose
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding

PERIOD = dt.timedelta(hours=24)
WEEK = dt.timedelta(days=7)
MONTH = dt.timedelta(days=30)


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


def weekly(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """In any 7 days a person gets at most so many marketing texts of a brand (`marketing_cap_per_week`).

    A program that allows more than that in a day means it for the week too.
    """
    most = facts.program.relationship.marketing_cap_per_week if facts.program else 0
    return _over_days(facts, at, most, WEEK, Reason.WEEKLY_CAP)


def monthly(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """In any 30 days a person gets at most so many marketing texts of a brand (`marketing_cap_per_month`).

    A program that allows more than that in a day means it for the month too.
    """
    most = facts.program.relationship.marketing_cap_per_month if facts.program else 0
    return _over_days(facts, at, most, MONTH, Reason.MONTHLY_CAP)


def fewer(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Who asked for fewer gets at most the program's number for that in any 7 days.

    Every marketing text of the brand counts, whichever of its programs sent it: it is one phone that rings.
    """
    has_asked = any(standing.fewer for standing in (facts.number, facts.permission) if standing)
    if not has_asked or facts.program is None:
        return None
    return _over(facts, at, facts.program.fewer_per_week, WEEK, Reason.ASKED_FOR_FEWER)


def count_since(since: dt.datetime, texts: Sequence[Got]) -> int:
    """How many of these texts, oldest first, were got after a moment (aware UTC)."""
    count = 0
    for got in reversed(texts):
        if got.at <= since:
            break
        count += 1
    return count


def _over(facts: Facts, at: dt.datetime, cap: int, period: dt.timedelta, reason: Reason) -> Finding | None:
    """One text too many, until the oldest that stands in its way has left the period; a cap of 0 has no end."""
    got = facts.ask.recent_marketing
    if len(got) < cap:
        return None
    if not cap:
        return Finding("hold", reason)
    leaves_at = got[-cap].at + period
    return Finding("hold", reason, leaves_at) if leaves_at > at else None


def _over_days(
    facts: Facts, at: dt.datetime, most: int, period: dt.timedelta, reason: Reason
) -> Finding | None:
    """The same over more than a day: 0 is no cap, and what the program allows in one day it allows in these."""
    if facts.program is None or not most:
        return None
    return _over(facts, at, max(most, facts.program.marketing_cap_per_day), period, reason)
