"""The past of a number, twice: as we knew it at a moment, and as it was by all that was learned since."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from consent import facts, gate, ledger, rule_pack
from consent.asking import Ask, Verdict
from consent.models import ConsentEvent, Program, Subscription
from consent.projection import Standing, apply
from contacts import clock
from contacts.models import ContactPoint

_NO_MESSAGE = uuid.UUID(int=0)


@dataclasses.dataclass(frozen=True, slots=True)
class Past:
    """A number at a moment: the events that count, in the order in which they count, and where they lead.

    `subscriptions` (unsaved) by program; None is the number itself. Moments are aware UTC.
    """

    at: dt.datetime
    known_at: dt.datetime
    events: tuple[ConsentEvent, ...]
    subscriptions: dict[uuid.UUID | None, Subscription]

    @property
    def learned_later(self) -> tuple[ConsentEvent, ...]:
        """The events that had happened by `at` and that nobody had recorded by then."""
        return tuple(event for event in self.events if event.recorded_at > self.at)


def as_known(point: ContactPoint, at: dt.datetime) -> Past:
    """What was known, and acted on, at a moment (aware): events recorded by then, in the order of recording.

    It is exactly the projection of that moment, which the gate read. Nothing recorded later changes it, however
    long ago it is said to have happened.
    """
    events = tuple(events_of(point, until=at))
    return Past(at, at, events, replay(events))


def as_it_was(point: ContactPoint, at: dt.datetime, *, known_at: dt.datetime | None = None) -> Past:
    """What was true at a moment (aware): events that had happened by then, in the order in which they happened.

    On what is known today, or was recorded by `known_at` (aware). What happened at one instant counts in the order
    of recording.
    """
    known_at = known_at or clock.now()
    happened = events_of(point, until=known_at).filter(occurred_at__lte=at)
    events = tuple(sorted(happened, key=lambda event: (event.occurred_at, event.seq)))
    return Past(at, known_at, events, replay(events))


def events_of(point: ContactPoint, *, until: dt.datetime) -> QuerySet[ConsentEvent]:
    """The events of a number that were recorded by `until` (aware), oldest first.

    One range of the index on (brand, point, seq), so its time follows the number's own history, not the ledger's.
    """
    return (
        ConsentEvent.objects.filter(brand_id=point.brand_id, point=point, recorded_at__lte=until)
        .select_related("program", "disclosure", "evidence")
        .order_by("seq")
    )


def replay(events: Iterable[ConsentEvent]) -> dict[uuid.UUID | None, Subscription]:
    """The subscriptions (unsaved) that these events of one number, in the order given, lead to.

    By program; None is the number itself. The same `projection.apply` as the ledger's makes them.
    """
    rows: dict[uuid.UUID | None, Subscription] = {}
    for event in events:
        row = rows.get(event.program_id)
        standing = apply(ledger.standing_of(row) if row else Standing(), ledger.fact_of(event))
        rows[event.program_id] = ledger.as_row(standing, event, keep_contact=row)
    return rows


def could_text(
    point: ContactPoint,
    programs: Iterable[Program],
    purposes: Sequence[str],
    *,
    at: dt.datetime,
    subscriptions: dict[uuid.UUID | None, Subscription],
) -> list[tuple[Program, str, Verdict]]:
    """What the gate says of each program and purpose at a moment (aware UTC), on the standings of then.

    The person's address, the program's settings and the rule pack's rows are today's; how many texts they had
    lately, and how long they had not written, is not counted. The decision kept with each message says what was judged
    when it was sent.
    """
    place = facts.load_points({point.brand_id}, {point.id}).get((point.brand_id, point.id))
    pack = rule_pack.current()
    answers = []
    for program in programs:
        for purpose in purposes:
            known = facts.assemble(
                Ask(
                    message_id=_NO_MESSAGE,
                    brand_id=point.brand_id,
                    point_id=point.id,
                    program_id=program.id,
                    purpose=purpose,
                ),
                point=place,
                program=_without_silence(facts.of_program(program)),
                number=subscriptions.get(None),
                permission=subscriptions.get(program.id),
            )
            answers.append((program, purpose, gate.judge_facts(known, now=at, pack=pack)))
    return answers


def _without_silence(program: facts.ProgramFacts) -> facts.ProgramFacts:
    """Only the messages know when a person last wrote, and this layer does not see them."""
    return dataclasses.replace(
        program, relationship=dataclasses.replace(program.relationship, silence_days=0)
    )
