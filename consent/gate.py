"""The gate: the only place that says whether a text may go to a number now."""

import dataclasses
import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from consent import facts as gate_facts
from consent import rule_pack, spread, windows
from consent.asking import Ask, Got, Outcome, Verdict
from consent.facts import Facts
from consent.models import CONSENTED, Purpose
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules import (
    answer,
    brand,
    closed_number,
    country,
    courtesy,
    frequency,
    freshness,
    known,
    line_type,
    listening,
    pause,
    permission,
    program,
    quiet_hours,
    repetition,
    sender,
    value_budget,
)
from consent.rules.finding import Finding, Rule

_AUTOMATIC: tuple[Rule, ...] = (
    known.judge, closed_number.judge, program.sends, permission.judge, country.judge,
    brand.judge, program.ready, program.running, sender.judge, quiet_hours.judge,
    line_type.judge, courtesy.judge,
)  # fmt: skip

_RELATIONSHIP: tuple[Rule, ...] = (
    frequency.judge, frequency.weekly, frequency.monthly, frequency.fewer, repetition.judge, freshness.judge,
    listening.pace, listening.question, value_budget.judge,
)  # fmt: skip

RULES: dict[str, tuple[Rule, ...]] = {
    Purpose.MARKETING: (*_AUTOMATIC, *_RELATIONSHIP),
    Purpose.INFORMATIONAL: _AUTOMATIC,
    Purpose.CONVERSATIONAL: (known.judge, closed_number.judge, answer.judge, program.ready, sender.judge),
    # It confirms the person's own STOP, START or HELP, so a closed number is no reason against it.
    Purpose.CONSENT: (known.judge, sender.judge),
}

# The holds that time alone ends.
TIMED: dict[str, tuple[Rule, ...]] = {
    Purpose.MARKETING: (
        quiet_hours.judge, frequency.judge, frequency.weekly, frequency.monthly, frequency.fewer, listening.pace,
        courtesy.judge, pause.will_hold,
    ),
    Purpose.INFORMATIONAL: (quiet_hours.judge, courtesy.judge, pause.will_hold),
}  # fmt: skip

ALLOWED: dict[str, Reason] = {
    Purpose.CONVERSATIONAL: Reason.ANSWERING,
    Purpose.CONSENT: Reason.CONSENT_REPLY,
}

_MOST_ROUNDS = 16
# The latest texts of a person that a receipt names.
_SHOWN = 4


def judge(asks: Sequence[Ask], *, now: dt.datetime) -> list[Verdict]:
    """May these texts go now (aware UTC)? One verdict for each ask, in their order.

    1. Load the facts in one round trip, whatever the number of asks. The caller that sends must hold the
       contact points' locks: then no consent can change between this reading and its commit.
    2. Judge one ask after the other. A marketing text allowed here counts, as one that was got now, for
       the later asks of this batch to the same number.
    """
    pack = rule_pack.current()
    allowed = defaultdict[Any, list[Got]](list)
    verdicts = []
    for facts in gate_facts.load(asks) if asks else ():
        point_id, is_marketing = facts.ask.point_id, facts.ask.purpose == Purpose.MARKETING
        if is_marketing and point_id in allowed:
            facts = _with_earlier(facts, allowed[point_id])  # noqa: PLW2901 - the ask of this round, as it is now
        verdict = judge_facts(facts, now=now, pack=pack)
        if is_marketing and verdict.outcome == "allow":
            allowed[point_id].append(Got(now, facts.ask.value, facts.ask.likeness))
        verdicts.append(verdict)
    return verdicts


def judge_facts(facts: Facts, *, now: dt.datetime, pack: RulePack) -> Verdict:
    """The verdict on one ask at `now` (aware UTC), from its facts alone: nothing is read or written.

    Any refusal refuses, with the reasons of all refusals; else any hold holds, until all its holds are over;
    else it is allowed, until the end of the hours it is in. An unknown purpose is refused.
    """
    rules = RULES.get(facts.ask.purpose)
    if rules is None:
        return _verdict(facts, now, pack, "refuse", (Reason.PURPOSE_NOT_SENT.value,))
    findings = [finding for rule in rules if (finding := rule(facts, now, pack))]
    if refusals := [finding for finding in findings if finding.outcome == "refuse"]:
        return _verdict(facts, now, pack, "refuse", _reasons(refusals))
    if findings:
        is_timed = all(finding.until for finding in findings)
        until = _when_over(facts, now, pack) if is_timed else None
        return _verdict(facts, now, pack, "hold", _reasons(findings), until=until)
    reason = ALLOWED.get(facts.ask.purpose, Reason.PERMITTED)
    return _verdict(facts, now, pack, "allow", (reason.value,), window_ends_at=_window_end(facts, now, pack))


def _with_earlier(facts: Facts, earlier: list[Got]) -> Facts:
    recent = (*facts.ask.recent_marketing, *earlier)
    return dataclasses.replace(facts, ask=dataclasses.replace(facts.ask, recent_marketing=recent))


def _when_over(facts: Facts, now: dt.datetime, pack: RulePack) -> dt.datetime | None:
    """The first moment at which no timed rule objects: the end of one hold may lie inside another."""
    moment = now
    for _ in range(_MOST_ROUNDS):
        holds = [hold for rule in TIMED[facts.ask.purpose] if (hold := rule(facts, moment, pack))]
        if not holds:
            return moment
        ends = [hold.until for hold in holds if hold.until]
        if len(ends) < len(holds):
            return None
        moment = max(ends)
    return None


def _release_at(facts: Facts, until: dt.datetime, pack: RulePack) -> dt.datetime:
    """`until` itself, or, where the hours open then and many wait for that, a moment of this text's own after it."""
    if facts.point is None:
        return until
    place = (facts.point.zones, facts.point.jurisdictions, facts.ask.purpose)
    closes_at = windows.window_end(until, *place, pack=pack)
    if closes_at is None or not windows.opens_at(until, *place, pack=pack):
        return until
    return spread.release_at(facts.ask.message_id, until, closes_at, pack=pack)


def _window_end(facts: Facts, now: dt.datetime, pack: RulePack) -> dt.datetime | None:
    if facts.point is None or facts.ask.purpose not in CONSENTED:
        return None
    return windows.window_end(now, facts.point.zones, facts.point.jurisdictions, facts.ask.purpose, pack=pack)


def _reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.reason.value for finding in findings))


def _verdict(
    facts: Facts,
    now: dt.datetime,
    pack: RulePack,
    outcome: Outcome,
    reasons: tuple[str, ...],
    *,
    until: dt.datetime | None = None,
    window_ends_at: dt.datetime | None = None,
) -> Verdict:
    return Verdict(
        message_id=facts.ask.message_id,
        outcome=outcome,
        reasons=reasons,
        until=until,
        window_ends_at=window_ends_at,
        rule_pack=pack.version,
        facts=_receipt(facts, now),
        release_at=_release_at(facts, until, pack) if until else None,
    )


def _receipt(facts: Facts, now: dt.datetime) -> dict[str, Any]:
    """What was known, JSON-ready. The `seq`s say how far the ledger of this number had been read."""
    ask, point = facts.ask, facts.point
    receipt: dict[str, Any] = {"purpose": ask.purpose, "value": ask.value}
    if point is not None:
        receipt["country"] = point.country
        receipt["zones"] = point.zones
        receipt["zone_source"] = point.zone_source
        receipt["jurisdictions"] = sorted(point.jurisdictions)
    if facts.program is not None:
        receipt["purpose_key"] = facts.program.purpose_keys.get(ask.purpose)
    for name, standing in (("permission", facts.permission), ("number", facts.number)):
        receipt[name] = {"status": standing.status.value, "seq": standing.last_seq} if standing else None
    if ask.sender_problem:
        receipt["sender_problem"] = ask.sender_problem
    if ask.last_inbound_at:
        receipt["last_inbound_at"] = ask.last_inbound_at.isoformat()
    if ask.last_reply_at:
        receipt["last_reply_at"] = ask.last_reply_at.isoformat()
    if ask.is_waiting:
        receipt["is_waiting"] = True
    if ask.mood:
        receipt["is_upset"] = True
    if ask.recent_marketing:
        receipt["recent_marketing"] = frequency.count_since(now - frequency.PERIOD, ask.recent_marketing)
        receipt["latest_marketing_at"] = ask.recent_marketing[-1].at.isoformat()
        receipt["latest_values"] = [got.value for got in ask.recent_marketing[-_SHOWN:]]
    return receipt
