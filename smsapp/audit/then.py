"""Could we text them then, and why: the gate's answer for a moment of the past, as we knew it and as it was."""

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Mapping
from urllib.parse import urlencode

from django.utils.safestring import SafeString

from consent import admin_history, history
from consent.admin_history import Told
from consent.history import Past
from consent.models import CONSENTED, Program, Purpose, Status
from consent.reasons import Reason
from contacts import clock
from contacts.admin_words import GOOD, moment, pill, words_of
from contacts.models import ContactPoint
from contacts.zones import check_zone
from messaging import fact_words
from messaging.admin.messages import verdict_pill
from smsapp.audit.timeline import Whose

NOT_COUNTED = (
    "The person's address, the program's settings and the rule pack are today's, and earlier texts are not counted "
    "towards the frequency cap. What was judged when a text was really sent stands beside that text on the timeline."
)
_FORM = "%Y-%m-%dT%H:%M:%S"


class BadMoment(ValueError):
    """The moment asked about cannot be used; the message says why and what to write."""


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: about which number, at which moment (aware UTC), in which programs, for which purposes."""

    point: ContactPoint
    at: dt.datetime
    programs: list[Program]
    purposes: list[str]


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """The verdict for one program and purpose, in words."""

    program: Program
    purpose: str
    verdict: str
    reasons: list[str]
    until: SafeString | str
    ends: SafeString | str
    facts: list[tuple[str, str]]
    rule_pack: str


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One of the two answers: its events, the standings they lead to, and the verdicts."""

    title: str
    explains: str
    events: list[Told]
    standings: list[tuple[str, str]]
    answers: list[Answer]


@dataclasses.dataclass(frozen=True, slots=True)
class Answered:
    """Both answers, whether they differ, and what was recorded only after the moment."""

    known: Side
    was: Side
    differ: bool
    learned_later: list[Told]

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.known, self.was


def asked(whose: Whose, given: Mapping[str, str]) -> Asked:
    """What the form asks; without a moment it is now. Ids that are not of this brand count as not given.

    Raises BadMoment.
    """
    points = {str(point.id): point for point in whose.points}
    programs = list(Program.objects.filter(brand_id=whose.contact.brand_id).select_related("brand"))
    chosen = [program for program in programs if str(program.id) == given.get("program")]
    purpose = given.get("purpose", "")
    return Asked(
        point=points.get(given.get("number", "")) or whose.points[0],
        at=moment_of(given.get("at", ""), zone=dt.UTC if given.get("clock") == "utc" else whose.zone),
        programs=chosen or programs,
        purposes=[purpose] if purpose in CONSENTED else list(CONSENTED),
    )


def moment_of(text: str, *, zone: dt.tzinfo) -> dt.datetime:
    """The moment that a form's field means, on the clock of `zone`; aware UTC. Raises BadMoment."""
    if not text:
        return clock.now()
    try:
        local = dt.datetime.fromisoformat(text)
    except ValueError:
        raise BadMoment("at: this is no moment; write it like 2026-03-02T14:03") from None
    if local.tzinfo is not None:
        return local.astimezone(dt.UTC)
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if early < late:
        raise BadMoment("at: that hour came twice, because the clocks went back; choose UTC and say which")
    if early > late:
        raise BadMoment("at: that hour was left out, because the clocks went forward; choose UTC, or another")
    if early > clock.now():
        raise BadMoment("at: this lies in the future; nobody knows yet what will be recorded until then")
    return early


def shown(at: dt.datetime, zone: dt.tzinfo) -> str:
    """A moment as the form's field takes it, on the clock of `zone`."""
    return at.astimezone(zone).strftime(_FORM)


def link(question: Asked, given: Mapping[str, str]) -> str:
    """The query of an address that asks the same again, whoever opens it: ids, and the moment in UTC."""
    chosen = {"at": shown(question.at, dt.UTC), "clock": "utc", "number": str(question.point.id)}
    chosen |= {name: given[name] for name in ("program", "purpose") if given.get(name)}
    return urlencode(chosen)


def answer(question: Asked, zone: dt.tzinfo) -> Answered:
    """Ask the gate's own core twice, on what was known then and on what is known to have been true."""
    known = history.as_known(question.point, question.at)
    was = history.as_it_was(question.point, question.at)
    names = admin_history.names_of(event.actor for event in (*known.events, *was.events))
    known_side, was_side = (
        Side(
            title=title,
            explains=explains,
            events=[admin_history.tell(event, names) for event in reversed(past.events)],
            standings=_standings(past, question),
            answers=_answers(question, past, zone),
        )
        for title, explains, past in (
            ("As we knew it then", "From what was recorded by that moment: what the gate read.", known),
            ("As it was", "From what had happened by then, by everything learned since.", was),
        )
    )
    return Answered(
        known=known_side,
        was=was_side,
        differ=_said(known_side) != _said(was_side) or known_side.standings != was_side.standings,
        learned_later=[admin_history.tell(event, names) for event in was.learned_later],
    )


def _said(side: Side) -> list[tuple[str, list[str]]]:
    return [(answer.verdict, answer.reasons) for answer in side.answers]


def _standings(past: Past, question: Asked) -> list[tuple[str, str]]:
    """Where the number and each program asked about stood."""
    told: list[tuple[str, str]] = []
    number = past.subscriptions.get(None)
    if number is None or number.status in {Status.NONE, Status.ACTIVE}:
        told.append(("The number", pill("", "Open", tone=GOOD)))
    else:
        told.append(("The number", pill(number.status, words_of(Status, number.status))))
    for program in question.programs:
        row = past.subscriptions.get(program.id)
        status = row.status if row else Status.NONE
        told.append((program.name, pill(status, words_of(Status, status))))
    return told


def _answers(question: Asked, past: Past, zone: dt.tzinfo) -> list[Answer]:
    verdicts = history.could_text(
        question.point,
        question.programs,
        question.purposes,
        at=question.at,
        subscriptions=past.subscriptions,
    )
    return [
        Answer(
            program=program,
            purpose=str(Purpose(purpose).label),
            verdict=verdict_pill(verdict.outcome),
            reasons=[words_of(Reason, reason) for reason in verdict.reasons],
            until=moment(verdict.until, zone=zone, otherwise=""),
            ends=moment(verdict.window_ends_at, zone=zone, otherwise=""),
            facts=fact_words.told(verdict.facts, zone=zone),
            rule_pack=verdict.rule_pack,
        )
        for program, purpose, verdict in verdicts
    ]


def zones(whose: Whose) -> list[tuple[str, str]]:
    """The clocks on which the moment may be written: value of the form, and its name."""
    local = str(whose.zone)
    usable = isinstance(whose.zone, zoneinfo.ZoneInfo) and not check_zone(local)
    whose_clock = "Their clock" if whose.contact.timezone else "The brand's clock"
    return [("local", f"{whose_clock}, {local}"), ("utc", "UTC")] if usable else [("utc", "UTC")]
