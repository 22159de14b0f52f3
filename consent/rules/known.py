"""Rule: the number and the program belong to the brand that asks."""

import datetime as dt

from consent.facts import Facts
from consent.models import CONSENTED
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """A brand may text only people it knows, for a program of its own.

    A number nobody has recorded, or one that only another brand knows, has agreed to nothing. An automatic
    text always belongs to a program; an answer to a person need not.
    """
    needs_program = facts.ask.program_id is not None or facts.ask.purpose in CONSENTED
    if facts.point is None or (needs_program and facts.program is None):
        return Finding("refuse", Reason.NO_PERMISSION)
    return None
