"""Rule: an answer follows something that was said."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def judge(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:
    """Someone who writes to a brand wants an answer, at any hour, and has agreed to nothing else by it.

    So an answer needs no permission and knows no quiet hours, but it must come while the person still
    expects it: within 24 hours (`answer_within_hours` of the rule pack) of their last text.
    """
    heard_at = facts.ask.last_inbound_at
    if heard_at is None or at - heard_at > dt.timedelta(hours=pack.setting("answer_within_hours")):
        return Finding("refuse", Reason.NOTHING_TO_ANSWER)
    return None
