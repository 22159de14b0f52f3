"""`consent_show`: the history of a number, and whether it could be texted at a moment, and why."""

import datetime as dt
import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consent import history
from consent.asking import Verdict
from consent.models import CONSENTED, ConsentEvent, Program, Status, Subscription
from consent.reasons import Reason
from contacts import clock
from contacts.models import Brand, ContactPoint
from contacts.phones import BadPhone, channel_address, parse

ANSWERS = {"allow": "yes", "hold": "not then", "refuse": "no"}
NOT_COUNTED = (
    "Settings, address and rule pack are today's, and earlier texts are not counted "
    "towards the frequency cap; the decision kept with each message says what was judged when it was sent."
)


class Command(BaseCommand):
    """Reads only; every mistake in the arguments is one line that names the argument and the cure."""

    help = "Could we text this number at that time, and why; and its whole consent history."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="+12065550123, or channel:address")
        parser.add_argument("--program", metavar="SLUG", help="one program; without it, all of the brand")
        parser.add_argument("--brand", metavar="SLUG", help="needed when several brands know the number")
        parser.add_argument("--at", metavar="TIME", help="as known at 2026-03-02T14:03Z; without it, now")
        parser.add_argument("--purpose", help=f"one of {', '.join(CONSENTED)}; without it, both")
        parser.add_argument("--json", action="store_true", help="print one JSON line")

    def handle(self, **options: Any) -> None:
        point = find_point(options["address"], options["brand"])
        programs = find_programs(point.brand, options["program"])
        purposes = find_purposes(options["purpose"])
        at = find_moment(options["at"])
        shown = show(point, programs, purposes, at)
        self.stdout.write(json.dumps(shown) if options["json"] else "\n".join(lines(shown)))


def find_point(address: str, brand_slug: str | None) -> ContactPoint:
    """The contact point meant by an address. Raises CommandError when none or several are."""
    channel, bare = channel_address(address)
    if channel == "sms":
        try:
            bare = parse(bare, country=_country(brand_slug)).e164
        except BadPhone as problem:
            raise CommandError(f"address: {problem.detail}; write it like +12065550123") from None
    points = ContactPoint.objects.filter(channel=channel, address=bare).select_related("contact", "brand")
    if brand_slug:
        points = points.filter(brand__slug=brand_slug)
    found = list(points.order_by("brand__slug"))
    if not found:
        raise CommandError(f"address: nobody is known under {bare}; import the number, or check --brand")
    if len(found) > 1:
        brands = ", ".join(point.brand.slug for point in found)
        raise CommandError(f"--brand: {bare} is known to {brands}; name one of them")
    return found[0]


def _country(brand_slug: str | None) -> str:
    """How a number without + is read."""
    if not brand_slug:
        return "US"
    brand = Brand.objects.filter(slug=brand_slug).first()
    if brand is None:
        raise CommandError(f"--brand: there is no brand {brand_slug!r}; give the slug of one")
    return brand.country


def find_programs(brand: Brand, slug: str | None) -> list[Program]:
    """The program asked for, or all of the brand. Raises CommandError."""
    programs = {program.slug: program for program in Program.objects.filter(brand=brand)}
    if slug is None:
        return list(programs.values())
    if slug not in programs:
        raise CommandError(f"--program: {brand} has no {slug!r}; it has {', '.join(programs) or 'none yet'}")
    return [programs[slug]]


def find_purposes(purpose: str | None) -> list[str]:
    """The purposes to judge. Raises CommandError."""
    if purpose is None:
        return list(CONSENTED)
    if purpose not in CONSENTED:
        raise CommandError(f"--purpose: people agree to {' or '.join(CONSENTED)}, not to {purpose!r}")
    return [purpose]


def find_moment(text: str | None) -> dt.datetime:
    """The moment meant, aware UTC. Raises CommandError; a time without a zone is nobody's time."""
    if text is None:
        return clock.now()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at: {text!r} is not a time; write 2026-03-02T14:03Z") from None
    if moment.tzinfo is None:
        raise CommandError(f"--at: {text!r} has no time zone; write 2026-03-02T14:03Z or …-05:00")
    return moment.astimezone(dt.UTC)


def show(
    point: ContactPoint, programs: Iterable[Program], purposes: Sequence[str], at: dt.datetime
) -> dict[str, Any]:
    """Everything the command prints, JSON-ready; moments in UTC.

    1. Read the events recorded by then and replay them into the standings of then.
    2. Ask the gate's own core about every program and purpose.
    """
    events = list(history.events_of(point, until=at))
    subscriptions = history.replay(events)
    names = {program.id: program.slug for program in Program.objects.filter(brand=point.brand)}
    verdicts = history.could_text(point, programs, purposes, at=at, subscriptions=subscriptions)
    return {
        "address": point.address,
        "brand": point.brand.slug,
        "contact": str(point.contact),
        "at": at.isoformat(),
        "history": [_event(event) for event in events],
        "standings": [_standing(row, names) for row in subscriptions.values()],
        "answers": [_answer(program, purpose, verdict) for program, purpose, verdict in verdicts],
        "note": NOT_COUNTED,
    }


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
        "words": [Reason(reason).label for reason in verdict.reasons],
        "until": verdict.until.isoformat() if verdict.until else None,
        "window_ends_at": verdict.window_ends_at.isoformat() if verdict.window_ends_at else None,
        "rule_pack": verdict.rule_pack,
        "facts": verdict.facts,
    }


def lines(shown: dict[str, Any]) -> Iterable[str]:
    """The same in sentences."""
    yield f"{shown['address']} · {shown['contact']} · {shown['brand']} · as known at {shown['at']}"
    yield from ("", "History")
    for event in shown["history"]:
        yield f"  {event['seq']:>3}  {_event_line(event)}"
    if not shown["history"]:
        yield "  nothing recorded by then"
    yield from ("", "Standing")
    for standing in shown["standings"]:
        status = "Open" if _is_open_number(standing) else Status(standing["status"]).label
        by = ", ".join(standing["closed_by"] + standing["held_by"] + standing["purposes"])
        yield f"  {standing['program'] or 'the number'}: {status}{f' ({by})' if by else ''}"
    yield from ("", "Could we text this number then?")
    for answer in shown["answers"]:
        yield f"  {answer['purpose']} of {answer['program']}: {_answer_line(answer)}"
    yield from ("", shown["note"])


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
    when = f", earliest {answer['until']}" if answer["until"] else ""
    ends = f", until {answer['window_ends_at']}" if answer["window_ends_at"] else ""
    return f"{ANSWERS[answer['outcome']]}: {words}{when}{ends} (rules {answer['rule_pack']})"
