"""Rule: not more marketing texts than a person bargained for."""

import datetime as dt

from consent.facts import Facts
from consent.models import Purpose
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding

PERIOD = dt.timedelta(hours=24)


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
    lately = [sent_at for sent_at in facts.ask.recent_marketing if sent_at > at - PERIOD]
    if len(lately) < cap:
        return None
    if cap == 0:
        return Finding("hold", Reason.FREQUENCY_CAP)
    return Finding("hold", Reason.FREQUENCY_CAP, lately[-cap] + PERIOD)
