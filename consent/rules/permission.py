"""Rule: the person agreed to this kind of text, and still does."""

import datetime as dt

from consent import bases
from consent.facts import Facts
from consent.projection import Standing, Term
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules import pause
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Only what a person said yes to is sent to them.

    The yes is to a wording: when the brand edits what a purpose says, nobody has agreed to the new text yet.
    A yes that was only implied counts where that country's law says so, and until its end. Someone who left the
    program gets nothing from it; someone who asked for a pause, or whose words need a person to look at them, waits
    until that is over.
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
    if (term := standing.terms.get(key)) and (reason := _why_over(term, facts, at)):
        return Finding("refuse", reason)
    if standing.held_by:
        return Finding("hold", Reason.NUMBER_HELD)
    return pause.objection(standing, at)


def _why_not(standing: Standing) -> Reason:
    if standing.requested:
        return Reason.NOT_CONFIRMED
    return Reason.EXPIRED if standing.expired else Reason.NO_PERMISSION


def _why_over(term: Term, facts: Facts, at: dt.datetime) -> Reason | None:
    """Why a limited yes does not count here and now, whether or not its end has been recorded yet."""
    if term.until is not None and at >= term.until:
        return Reason.EXPIRED
    point = facts.point
    if point is None:
        return None  # rule `known` has refused it
    states = {place.partition("-")[0] for place in point.jurisdictions}
    countries = frozenset({point.country, point.stated_country, *states} - {""})
    return None if bases.counts_in(term.basis, countries) else Reason.BASIS_NOT_HERE
