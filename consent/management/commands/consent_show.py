"""`consent_show`: the history of a number, and whether it could be texted at a moment, and why."""

import datetime as dt
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand

from consent import history, saying
from consent.arguments import add_point, find_moment, find_point, find_programs, find_purposes
from consent.asking import Verdict
from consent.history import Past
from consent.models import CONSENTED, ConsentEvent, Program, Status, Subscription
from contacts.models import ContactPoint

ANSWERS = {"allow": "yes", "hold": "not then", "refuse": "no"}
NOT_COUNTED = (
    "Settings, address and rule pack are today's, and earlier texts and conversations are not counted "
    "(frequency cap, offers, pace); the decision kept with each message says what was judged when it was sent."
)


class Command(BaseCommand):
    """Reads only; every mistake in the arguments is one line that names the argument and the cure."""

    help = "Could we text this number at that time, and why; and its whole consent history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_point(parser)
        parser.add_argument("--program", metavar="SLUG", help="one program; without it, all of the brand")
        parser.add_argument("--at", metavar="TIME", help="at 2026-03-02T14:03Z; without it, now")
        parser.add_argument(
            "--known-at", metavar="TIME", help="as it was by what was recorded by then; without it, by today"
        )
        parser.add_argument("--purpose", help=f"one of {', '.join(CONSENTED)}; without it, both")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        point = find_point(options["address"], options["brand"])
        programs = find_programs(point.brand, options["program"])
        purposes = find_purposes(options["purpose"])
        at = find_moment(options["at"])
        known_at = find_moment(options["known_at"], option="--known-at")
        shown = show(point, programs, purposes, at, known_at=known_at)
        self.stdout.write(json.dumps(shown) if options["json"] else "\n".join(lines(shown)))


def show(
    point: ContactPoint,
    programs: Iterable[Program],
    purposes: Sequence[str],
    at: dt.datetime,
    *,
    known_at: dt.datetime,
) -> dict[str, Any]:
    """Everything the command prints, JSON-ready; moments in UTC.

    1. As we knew it: replay the events recorded by `at`, and ask the gate's own core about each purpose.
    2. As it was: the same with what had happened by `at` and was recorded by `known_at`.
    """
    programs = list(programs)
    names = {program.id: program.slug for program in Program.objects.filter(brand=point.brand)}
    knew, was = history.as_known(point, at), history.as_it_was(point, at, known_at=known_at)
    then = _answered(knew, point, programs, purposes, names)
    in_truth = _answered(was, point, programs, purposes, names)
    return {
        "address": point.address,
        "brand": point.brand.slug,
        "contact": str(point.contact),
        "at": at.isoformat(),
        "history": [_event(event) for event in knew.events],
        **then,
        "as_it_was": {
            "known_at": known_at.isoformat(),
            "learned_later": [_event(event) for event in was.learned_later],
            "differs": _told(in_truth) != _told(then),
            **in_truth,
        },
        "note": NOT_COUNTED,
    }


def _answered(
    past: Past,
    point: ContactPoint,
    programs: Sequence[Program],
    purposes: Sequence[str],
    names: dict[Any, str],
) -> dict[str, Any]:
    verdicts = history.could_text(point, programs, purposes, at=past.at, subscriptions=past.subscriptions)
    return {
        "standings": [_standing(row, names) for row in past.subscriptions.values()],
        "answers": [_answer(program, purpose, verdict) for program, purpose, verdict in verdicts],
    }


def _told(answered: dict[str, Any]) -> Any:
    """What would be answered, whatever the receipt says of how far the ledger had been read."""
    standings = sorted(answered["standings"], key=lambda row: row["program"] or "")
    return standings, [(row["outcome"], row["reasons"], row["until"]) for row in answered["answers"]]


def _event(event: ConsentEvent) -> dict[str, Any]:
    evidence = event.evidence.data if hasattr(event, "evidence") else None
    return {
        "seq": event.seq,
        "occurred_at": event.occurred_at.astimezone(dt.UTC).isoformat(),
        "recorded_at": event.recorded_at.astimezone(dt.UTC).isoformat(),
        "program": event.program.slug if event.program else None,
        "act": event.act,
        "method": event.method,
        "purposes": event.purposes,
        "disclosure": str(event.disclosure) if event.disclosure else None,
        "actor": event.actor,
        "evidence": evidence,
        "is_evidence_erased": bool(event.evidence_commitment) and evidence is None,
        "hash": event.hash,
    }


def _standing(row: Subscription, names: dict[Any, str]) -> dict[str, Any]:
    return {
        "program": names[row.program_id] if row.program_id else None,
        "status": str(row.status),
        "purposes": row.purposes,
        "closed_by": row.closed_by,
        "held_by": row.held_by,
    }


def _answer(program: Program, purpose: str, verdict: Verdict) -> dict[str, Any]:
    return {
        "program": program.slug,
        "purpose": purpose,
        "outcome": verdict.outcome,
        "reasons": list(verdict.reasons),
        "words": list(saying.words(verdict)),
        "until": verdict.until.isoformat() if verdict.until else None,
        "earliest": _earliest(program, verdict),
        "window_ends_at": verdict.window_ends_at.isoformat() if verdict.window_ends_at else None,
        "rule_pack": verdict.rule_pack,
        "facts": verdict.facts,
    }


def _earliest(program: Program, verdict: Verdict) -> str | None:
    """The end of a hold on the person's own clock, or the brand's where theirs is not known."""
    if verdict.until is None:
        return None
    zones = tuple(verdict.facts.get("zones", ()))
    return saying.local(verdict.until, saying.clock_of(zones, program.brand.timezone))


def lines(shown: dict[str, Any]) -> Iterable[str]:
    """The same in sentences."""
    yield f"{shown['address']} · {shown['contact']} · {shown['brand']} · as known at {shown['at']}"
    yield from ("", "History")
    for event in shown["history"]:
        yield f"  {event['seq']:>3}  {_event_line(event)}"
    if not shown["history"]:
        yield "  nothing recorded by then"
    yield from _answered_lines(shown)
    was = shown["as_it_was"]
    yield from ("", f"As it was, by what was recorded by {was['known_at']}")
    for event in was["learned_later"]:
        yield f"  learned later: {event['seq']:>3}  {_event_line(event)}"
    if was["differs"]:
        yield from _answered_lines(was)
    else:
        yield "  the same"
    yield from ("", shown["note"])


def _answered_lines(answered: dict[str, Any]) -> Iterable[str]:
    yield from ("", "Standing")
    for standing in answered["standings"]:
        status = "Open" if _is_open_number(standing) else Status(standing["status"]).label
        by = ", ".join(standing["closed_by"] + standing["held_by"] + standing["purposes"])
        yield f"  {standing['program'] or 'the number'}: {status}{f' ({by})' if by else ''}"
    yield from ("", "Could we text this number then?")
    for answer in answered["answers"]:
        yield f"  {answer['purpose']} of {answer['program']}: {_answer_line(answer)}"


def _is_open_number(standing: dict[str, Any]) -> bool:
    return standing["program"] is None and standing["status"] == Status.NONE


def _event_line(event: dict[str, Any]) -> str:
    parts = [
        f"{event['occurred_at']} {event['act']} by {event['method']}",
        f"{event['program'] or 'the whole brand'}",
        ", ".join(event["purposes"]),
        event["disclosure"] or "",
        f"actor {event['actor']}",
        f"recorded {event['recorded_at']}",
        "evidence erased" if event["is_evidence_erased"] else "",
        json.dumps(event["evidence"]) if event["evidence"] else "",
        f"hash {event['hash'][:12]}",
    ]
    return " · ".join(part for part in parts if part)


def _answer_line(answer: dict[str, Any]) -> str:
    words = "; ".join(answer["words"])
    when = f", earliest {answer['until']} ({answer['earliest']})" if answer["until"] else ""
    ends = f", until {answer['window_ends_at']}" if answer["window_ends_at"] else ""
    return f"{ANSWERS[answer['outcome']]}: {words}{when}{ends} (rules {answer['rule_pack']})"
