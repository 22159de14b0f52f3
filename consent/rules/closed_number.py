"""Rule: the number is open."""

import datetime as dt

from consent.facts import Facts
from consent.models import Purpose
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules import pause
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """After a STOP nothing goes to that number: no campaign, no reminder, no answer by a person.

    The STOP closes the number for the whole brand, whoever shares the phone. So does a carrier that blocks
    us, or a number that is gone. When a text only sounded like a STOP, automatic texts wait until a person
    has looked, and that person may answer.
    """
    number = facts.number
    if number is None:
        return None
    if number.closed_by:
        return Finding("refuse", Reason.NUMBER_CLOSED)
    if facts.ask.purpose == Purpose.CONVERSATIONAL:
        return None
    if number.held_by:
        return Finding("hold", Reason.NUMBER_HELD)
    return pause.objection(number, at)
