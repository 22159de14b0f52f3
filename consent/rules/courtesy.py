"""Rule: machines keep quiet while people talk."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Nothing automatic goes to a person who waits for our answer, or whose angry or sad words nobody has settled.

    Nor in the hours (`rest_hours` of the program) after one of the team has written to them: that is a conversation,
    and a campaign would speak into it. Answers to people go on.
    """
    ask = facts.ask
    if ask.mood:
        return Finding("hold", Reason.UPSET)
    if ask.is_waiting:
        return Finding("hold", Reason.WAITS_FOR_US)
    if ask.last_reply_at is None or facts.program is None:
        return None
    until = ask.last_reply_at + dt.timedelta(hours=facts.program.relationship.rest_hours)
    return Finding("hold", Reason.IN_CONVERSATION, until) if until > at else None
