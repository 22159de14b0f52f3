"""Rules: the program is ready, and sends this kind of text."""

import datetime as dt

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack
from consent.rules.finding import Finding


def ready(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """Until a program is ready (its HELP answer, terms, privacy page and sender are there) its texts wait."""
    program = facts.program
    if program is not None and (program.ready_at is None or program.ready_at > at):
        return Finding("hold", Reason.PROGRAM_NOT_READY)
    return None


def running(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """While the team has paused a program, its automatic texts wait; answers to people do not."""
    program = facts.program
    if program is not None and program.paused_at is not None and program.paused_at <= at:
        return Finding("hold", Reason.PROGRAM_PAUSED)
    return None


def sends(facts: Facts, at: dt.datetime, pack: RulePack) -> Finding | None:  # noqa: ARG001 - the shape of a rule
    """A program sends only the kinds of text it told people about."""
    program = facts.program
    if program is not None and facts.ask.purpose not in program.purpose_keys:
        return Finding("refuse", Reason.PURPOSE_NOT_SENT)
    return None
