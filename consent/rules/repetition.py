"""Rule: no promotion is pushed twice."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding

PROMOTIONS = frozenset({"offer", "reward"})
LOOK_BACK = dt.timedelta(days=90)
BITS = 64
# In a text of twenty words one changed word moves about six bits; texts about other things differ in a dozen or more.
SAME_WITHIN = 6
_ALL_BITS = (1 << BITS) - 1


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Nobody gets the same offer or reward twice within 90 days, nor one that is nearly the same.

    Names, links and numbers make no difference, and a word or two make little: the text before they are filled in is
    compared with what this number got from the brand, whichever program or campaign sent it.
    """
    likeness = facts.ask.likeness
    if not likeness or facts.ask.value not in PROMOTIONS:
        return None  # care and know-how may be said again; a text without words says nothing twice
    for got in reversed(facts.ask.recent_marketing):
        if got.at <= at - LOOK_BACK:
            return None
        if got.likeness and is_same(got.likeness, likeness):
            return Finding("refuse", Reason.ALREADY_SAID)
    return None


def is_same(one: int, other: int) -> bool:
    """Whether two likenesses (signed 64-bit numbers) differ in so few bits that it is the same text."""
    return ((one ^ other) & _ALL_BITS).bit_count() <= SAME_WITHIN
