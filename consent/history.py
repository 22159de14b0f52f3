"""The past of a number: what was recorded, where that left each permission, what the gate would say."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from consent import facts, gate, ledger, rule_pack
from consent.asking import Ask, Verdict
from consent.models import ConsentEvent, Program, Subscription
from consent.projection import Standing, apply
from contacts.models import ContactPoint

_NO_MESSAGE = uuid.UUID(int=0)


def events_of(point: ContactPoint, *, until: dt.datetime) -> QuerySet[ConsentEvent]:
    """The events of a number that were recorded by `until` (aware), oldest first."""
    return (
        ConsentEvent.objects.filter(brand_id=point.brand_id, point=point, recorded_at__lte=until)
        .select_related("program", "disclosure", "evidence")
        .order_by("seq")
    )


def replay(events: Iterable[ConsentEvent]) -> dict[uuid.UUID | None, Subscription]:
    """The subscriptions (unsaved) that these events of one number, in the order of `seq`, lead to.

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
    lately is not counted. The decision kept with each message says what was judged when it was sent.
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
                program=facts.of_program(program),
                number=subscriptions.get(None),
                permission=subscriptions.get(program.id),
            )
            answers.append((program, purpose, gate.judge_facts(known, now=at, pack=pack)))
    return answers
