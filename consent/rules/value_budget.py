"""Rule: more is given than asked for."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding

OFFER = "offer"
_PERCENT = 100


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Of the latest texts a person got, at most the program's share may be offers, and the first is none.

    The share (`offer_share`, of the last `offer_window` texts, this one included) counts the marketing texts of all
    programs of the brand since the person agreed. An offer too many waits until something else has been sent: care,
    know-how, a story, a question, a reward.
    """
    if facts.ask.value != OFFER or facts.program is None:
        return None
    rules = facts.program.relationship
    agreed_at = facts.permission.granted_at if facts.permission else None
    latest = facts.ask.recent_marketing[-(rules.offer_window - 1) :] if rules.offer_window > 1 else ()
    values = [got.value for got in latest if agreed_at is None or got.at >= agreed_at]
    offers = 1 + values.count(OFFER)
    is_first = agreed_at is not None and not any(got.at >= agreed_at for got in facts.ask.recent_marketing)
    if is_first or offers * _PERCENT > rules.offer_share * (1 + len(values)):
        return Finding("hold", Reason.OFFER_NOT_DUE)
    return None
