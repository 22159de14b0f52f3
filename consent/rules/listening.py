"""Rules: who does not answer is texted less and less, and asked before being told more."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding
from consent.rules.frequency import count_since

QUESTION = "question"
# The gap after as many unanswered texts as the program allows, after one more, and after any further one.
GAPS = tuple(dt.timedelta(weeks=weeks) for weeks in (1, 2, 4))


def pace(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Who leaves several marketing texts in a row unanswered (`quiet_after`) gets them at least a week apart.

    After one more without an answer they come two weeks apart, then four. Any answer brings the usual pace back; so
    does agreeing anew.
    """
    got, most = facts.ask.recent_marketing, facts.program.relationship.quiet_after if facts.program else 0
    if not most or len(got) < most:
        return None
    heard_at = last_sign(facts)
    unanswered = count_since(heard_at, got) if heard_at else len(got)
    if unanswered < most:
        return None
    until = got[-1].at + GAPS[min(unanswered - most, len(GAPS) - 1)]
    return Finding("hold", Reason.NO_ANSWERS, until) if until > at else None


def question(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """One of so many marketing texts in a row (`question_every`) must be a question: then statements may go on.

    It is asked before the next statement, which waits for it. Answers to people are conversation, and never counted.
    """
    every = facts.program.relationship.question_every if facts.program else 0
    if not every or facts.ask.value == QUESTION:
        return None
    latest = facts.ask.recent_marketing[-every:]
    if len(latest) < every or QUESTION in [text.value for text in latest]:
        return None
    return Finding("hold", Reason.QUESTION_FIRST)


def last_sign(facts: Facts) -> dt.datetime | None:
    """When (aware UTC) the person last wrote to the brand or agreed to the program; None: never."""
    wrote_at = facts.ask.last_inbound_at
    agreed_at = facts.permission.granted_at if facts.permission else None
    return max(wrote_at, agreed_at) if wrote_at and agreed_at else wrote_at or agreed_at
