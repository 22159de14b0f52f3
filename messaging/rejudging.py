"""Judging past messages again by another rule pack: which of them it would have decided otherwise."""

import dataclasses
import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from consent import windows
from consent.models import CONSENTED, Program, Purpose
from consent.reasons import Reason
from consent.rule_pack import RulePack
from contacts.geography import US_FAMILY

# What the rule pack alone decides; every other reason stays as it was.
OF_THE_PACK = frozenset(
    {Reason.QUIET_HOURS, Reason.NO_ALLOWED_INSTANT, Reason.COUNTRY_NOT_SERVED, Reason.FREQUENCY_CAP}
)
_PAGE = 5_000
_SAMPLES = 5


class Past(NamedTuple):
    """A decision as it was kept: the last one on each message."""

    message_id: uuid.UUID
    program_id: uuid.UUID | None
    at: dt.datetime
    outcome: str
    reasons: list[str]
    rule_pack: str
    facts: dict[str, Any]


@dataclasses.dataclass(slots=True)
class Rejudged:
    """How many decisions were judged again, how many differ, by "was → would be" with reasons, and some of each."""

    judged: int = 0
    changes: Counter[str] = dataclasses.field(default_factory=Counter)
    samples: dict[str, list[uuid.UUID]] = dataclasses.field(default_factory=dict)
    packs: Counter[str] = dataclasses.field(default_factory=Counter)

    @property
    def differ(self) -> int:
        return self.changes.total()


def rejudge(
    pack: RulePack, *, since: dt.datetime, until: dt.datetime, brand_id: uuid.UUID | None = None
) -> Rejudged:
    """Judge the last decision on each automatic message between two moments (aware UTC) again; writes nothing.

    1. Each receipt tells on which facts it was decided: where the person could be, and how much they had got.
    2. What the pack decides (hours, cap, countries) is decided anew on these facts, at the same moment.
    3. What it does not decide (permission, pauses, senders) stays. A program's own cap and countries are today's.
    """
    found = Rejudged()
    programs = {program.id: program for program in Program.objects.all()}
    for past in _decisions(since, until, brand_id):
        found.judged += 1
        found.packs[past.rule_pack] += 1
        reasons = _reasons(past, pack, programs.get(past.program_id) if past.program_id else None)
        if set(reasons) == set(past.reasons) - _ALLOWING:
            continue
        change = f"{_told(past.outcome, past.reasons)} → {_told(_outcome(past, reasons), reasons)}"
        found.changes[change] += 1
        if len(found.samples.setdefault(change, [])) < _SAMPLES:
            found.samples[change].append(past.message_id)
    return found


_ALLOWING = {Reason.PERMITTED.value, Reason.ANSWERING.value, Reason.CONSENT_REPLY.value}
_REFUSING = {Reason.COUNTRY_NOT_SERVED.value}


def _reasons(past: Past, pack: RulePack, program: Program | None) -> list[str]:
    kept = [reason for reason in past.reasons if reason not in OF_THE_PACK and reason not in _ALLOWING]
    return [*kept, *_of_pack(past, pack, program)]


def _of_pack(past: Past, pack: RulePack, program: Program | None) -> Iterator[str]:
    places = frozenset(past.facts.get("jurisdictions", ()))
    purpose = past.facts["purpose"]
    if (places and not pack.serves(places)) or not _program_serves(program, past.facts.get("country", "")):
        yield Reason.COUNTRY_NOT_SERVED.value
    opens = windows.next_allowed(past.at, tuple(past.facts.get("zones", ())), places, purpose, pack=pack)
    if opens is None:
        yield Reason.NO_ALLOWED_INSTANT.value
    elif opens > past.at:
        yield Reason.QUIET_HOURS.value
    if purpose == Purpose.MARKETING and _is_capped(past, pack, places, program):
        yield Reason.FREQUENCY_CAP.value


def _is_capped(past: Past, pack: RulePack, places: frozenset[str], program: Program | None) -> bool:
    caps = [pack.cap_per_day(places, Purpose.MARKETING, past.at.date())]
    caps.append(program.marketing_cap_per_day if program else None)
    cap = min((each for each in caps if each is not None), default=None)
    return cap is not None and past.facts.get("recent_marketing", 0) >= cap


def _program_serves(program: Program | None, country: str) -> bool:
    if program is None or not country:
        return True
    served = {each.upper() for each in program.countries or [program.country]}
    return country in served or (country in US_FAMILY and "US" in served)


def _outcome(past: Past, reasons: list[str]) -> str:
    """Refused when a rule refuses; who was refused for another reason stays refused."""
    others = set(past.reasons) - {reason.value for reason in OF_THE_PACK}
    if _REFUSING & set(reasons) or (past.outcome == "refuse" and others - _ALLOWING):
        return "refuse"
    return "hold" if reasons else "allow"


def _told(outcome: str, reasons: list[str]) -> str:
    shown = [reason for reason in reasons if reason not in _ALLOWING]
    return f"{outcome} ({', '.join(shown)})" if shown else outcome


def _decisions(since: dt.datetime, until: dt.datetime, brand_id: uuid.UUID | None) -> Iterator[Past]:
    """The last decision on each message that is older than neither moment allows, page by page of message ids."""
    after = uuid.UUID(int=0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT DISTINCT ON (d.message_id) d.message_id, m.program_id, d.at, d.outcome, d.reasons, d.rule_pack,
                       d.facts::text
                  FROM messaging_decision d JOIN messaging_message m ON m.id = d.message_id
                 WHERE d.at >= %s AND d.at < %s AND m.purpose = ANY(%s) AND d.message_id > %s
                   AND (%s::uuid IS NULL OR d.brand_id = %s)
                 ORDER BY d.message_id, d.id DESC
                 LIMIT %s
                """,
                [since, until, [str(kind) for kind in CONSENTED], after, brand_id, brand_id, _PAGE],
            )
            rows = [Past._make((*row[:-1], json.loads(row[-1]))) for row in cursor.fetchall()]
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].message_id
