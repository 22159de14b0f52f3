"""Rule: the number is a phone that a person texts with."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding

LANDLINE, VOIP = "fixed_line", "voip"
SERVICE_LINES = frozenset({"toll_free", "premium_rate", "shared_cost", "pager", "uan", "voicemail"})


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Nothing automatic goes to a number that the numbering plan knows as a landline or a service line.

    A program may text landlines (`texts_landlines`), and leave out internet lines (`texts_voip`). Where the plan does
    not tell, as for most numbers in North America, the number is taken for a mobile.
    """
    if facts.point is None or facts.program is None:
        return None  # rule `known` has refused it
    line, rules = facts.point.line, facts.program.relationship
    if line in SERVICE_LINES or (line == LANDLINE and not rules.texts_landlines):
        return Finding("refuse", Reason.NOT_A_MOBILE)
    if line == VOIP and not rules.texts_voip:
        return Finding("refuse", Reason.INTERNET_LINE)
    return None
