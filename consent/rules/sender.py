"""Rule: the sender can send."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """A text waits while the number or service it would leave from is halted, whatever the text is."""
    return Finding("hold", Reason.SENDER_NOT_READY) if facts.ask.sender_problem else None
