"""Rule: it is a fit hour where the person is."""

import datetime as dt

from consent import windows
from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:
    """Nobody's phone rings at night: a text waits for the hours that the law and good manners leave.

    When the person may be in one of several time zones, the hour must fit in all of them, under the law of
    each state they may be in. When no hour of the next days fits everywhere, the text waits until someone
    has asked where they are; it never goes out on a guess.
    """
    point = facts.point
    if point is None:
        return None  # rule `known` has refused it
    opens_at = windows.next_allowed(at, point.zones, point.jurisdictions, facts.ask.purpose, pack=pack)
    if opens_at is None:
        return Finding("hold", Reason.NO_ALLOWED_INSTANT)
    return Finding("hold", Reason.QUIET_HOURS, opens_at) if opens_at > at else None
