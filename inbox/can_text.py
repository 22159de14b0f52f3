"""Can we text her now? The gate's own answer for each program and purpose, and the hours of her coming week."""

import dataclasses
import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from campaigns import personal
from consent import facts, rule_pack, saying, timetable
from consent.models import CONSENTED, Program, Purpose
from contacts import clock
from contacts.admin_words import pill
from contacts.models import ContactPoint
from messaging import judging
from messaging.models import Origin, Value
from messaging.outbox import Draft

_NO_SENDER = uuid.UUID(int=0)
TONE = {"allow": "good", "hold": "wait", "refuse": "bad"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """May a text of this purpose of the program go now? `earliest`: on the person's own clock, "" when unknown."""

    program: str
    purpose: str
    pill: str
    reasons: tuple[str, ...]
    earliest: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The hours of one or several purposes that have the same."""

    purposes: str
    days: tuple[timetable.Day, ...]

    @property
    def is_empty(self) -> bool:
        return not any(day.spans for day in self.days)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CanText:
    """The answers for one number. `clock_name`: the clock the week is drawn on; `place`: how it is known."""

    point: ContactPoint
    answers: list[Answer]
    weeks: list[Week]
    clock_name: str
    place: str


def can_text(point: ContactPoint) -> CanText | None:
    """What the gate says of a plain text (no offer) to this number now; None for a number that is none any more.

    The same judgement as the send's, on the same facts; nothing is written.
    """
    where = facts.load_points({point.brand_id}, {point.id}).get((point.brand_id, point.id))
    if where is None or point.is_erased:
        return None
    now = clock.now()
    name = saying.clock_of(where.zones, point.contact.timezone or point.brand.timezone)
    asked = [
        (program, kind)
        for program in Program.objects.filter(brand_id=point.brand_id).select_related("brand")
        for kind in CONSENTED
        if program.purpose_key(kind)
    ]
    # One at a time: in a batch, a text that may go would count towards what the next one may.
    verdicts = [judging.judge([_draft(point, program, kind)], now=now)[0] for program, kind in asked]
    answers = [
        Answer(
            program=program.name,
            purpose=str(kind.label),
            pill=pill("", saying.ANSWERS[verdict.outcome], tone=TONE[verdict.outcome]),
            reasons=saying.words(verdict),
            earliest=saying.local(verdict.until, name) if verdict.until else "",
        )
        for (program, kind), verdict in zip(asked, verdicts, strict=True)
    ]
    # Hours drawn beside a "no" would look like leave to text.
    open_kinds = {
        kind for (_, kind), verdict in zip(asked, verdicts, strict=True) if verdict.outcome != "refuse"
    }
    return CanText(
        point=point,
        answers=answers,
        weeks=_weeks(where, open_kinds, now, ZoneInfo(name)),
        clock_name=name,
        place=saying.place(where.zone_source),
    )


def _weeks(where: facts.PointFacts, kinds: set[Purpose], now: dt.datetime, on: ZoneInfo) -> list[Week]:
    """One drawing for each purpose, or for both where their hours are the same."""
    pack = rule_pack.current()
    drawn: dict[tuple[timetable.Day, ...], list[str]] = {}
    for kind in (kind for kind in CONSENTED if kind in kinds):
        days = timetable.week(now, where.zones, where.jurisdictions, kind, clock=on, pack=pack)
        drawn.setdefault(days, []).append(str(kind.label))
    return [Week(purposes=" and ".join(names), days=days) for days, names in drawn.items()]


def _draft(point: ContactPoint, program: Program, kind: str) -> Draft:
    sender = personal.sender_for(program)
    return Draft(
        brand_id=point.brand_id,
        contact_id=point.contact_id,
        point_id=point.id,
        sender_id=sender.id if sender else _NO_SENDER,
        program_id=program.id,
        purpose=kind,
        value=Value.CARE,
        body="",
        origin=Origin.CAMPAIGN,
    )
