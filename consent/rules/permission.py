"""Rule: the person agreed to this kind of text, and still does."""

import datetime as dt

from consent.facts import Facts
from consent.projection import Standing
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Only what a person said yes to is sent to them.

    The yes is to a wording: when the brand edits what a purpose says, nobody has agreed to the new text yet.
    Someone who left the program gets nothing from it; someone who asked for a pause, or whose words need a
    person to look at them, waits until that is over.
    """
    if facts.program is None:
        return None  # rule `known` has refused it
    standing = facts.permission
    if standing is None:
        return Finding("refuse", Reason.NO_PERMISSION)
    if standing.closed_by:
        return Finding("refuse", Reason.LEFT_PROGRAM)
    key = facts.program.purpose_keys.get(facts.ask.purpose)
    if key not in standing.purposes:
        return Finding("refuse", _why_not(standing))
    if standing.held_by:
        return Finding("hold", Reason.NUMBER_HELD)
    return Finding("hold", Reason.PAUSED) if standing.paused else None


def _why_not(standing: Standing) -> Reason:
    if standing.requested:
        return Reason.NOT_CONFIRMED
    return Reason.EXPIRED if standing.expired else Reason.NO_PERMISSION
