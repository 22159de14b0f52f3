"""Rule: the person has not asked for a pause."""

import datetime as dt

from consent.facts import Facts
from consent.projection import Standing
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding

# The end of a pause is recorded by a sweep, at the latest so long after its moment unless something is broken.
RECORDED_WITHIN = dt.timedelta(minutes=1)


def objection(standing: Standing, at: dt.datetime) -> Finding | None:
    """A pause holds until its end, and past its end until that has been recorded: what is late is late quietly."""
    if not standing.paused:
        return None
    end = standing.paused_until
    if end is None or at >= end + RECORDED_WITHIN:
        return Finding("hold", Reason.PAUSED)
    return Finding("hold", Reason.PAUSED, end if at < end else end + RECORDED_WITHIN)


def will_hold(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """The pauses that last beyond a moment to come, by which the ends before it will have been recorded."""
    pauses = [standing for standing in (facts.number, facts.permission) if standing and standing.paused]
    if any(standing.paused_until is None for standing in pauses):
        return Finding("hold", Reason.PAUSED)
    end = max((standing.paused_until for standing in pauses if standing.paused_until), default=at)
    return Finding("hold", Reason.PAUSED, end) if end > at else None
