"""Rule: a yes does not last through any silence."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules import listening
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Who has neither written nor agreed to anything for long (`silence_days` of the program) must be asked again.

    Numbers change hands, and people forget what they once agreed to. Marketing texts wait until the person has
    written or joined anew; a number that a carrier reports as gone is closed, like a STOP.
    """
    days = facts.program.relationship.silence_days if facts.program else 0
    if not days or facts.permission is None:
        return None
    heard_at = listening.last_sign(facts)
    if heard_at is not None and at - heard_at < dt.timedelta(days=days):
        return None
    return Finding("hold", Reason.LONG_SILENCE)
