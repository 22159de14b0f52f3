"""The way into a program: somebody asks, the handset answers what is asked, and only then anything is agreed."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from django.db import transaction

from consent import answers, join_requests, ledger, opting, wordings
from consent.models import Act, Disclosure, JoinRequest, Method, Program, Subscription
from consent.projection import FROM_HANDSET, OWN_WORDS
from contacts import clock
from contacts.models import ContactPoint

Awaits = JoinRequest.Awaits
Ended = JoinRequest.Outcome

ANSWER_WITHIN = dt.timedelta(hours=24)
# After a birth date under age, no other one is listened to for so long.
UNDER_AGE_FOR = dt.timedelta(hours=24)
# Answers we could not read, after which we fall silent and a person reads what is said.
MOST_REMINDERS = 2
# A birthday is over everywhere on Earth so long after it began in UTC: nobody is taken for older than they are.
LAST_ZONE = dt.timedelta(hours=12)

Outcome = Literal["asked", "again", "joined", "under_age", "closed", "held"]


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What became of a wish to join, and the consent text to send about it ("": none, and none may be sent).

    `asked`: the handset must answer. `again`: its answer could not be read. `joined`: agreed, the text is the
    welcome. `under_age`: refused. `closed`, `held`: the number gets nothing automatic; nothing was recorded.
    """

    outcome: Outcome
    program: Program
    text: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Reading:
    """An inbound text, read as the answer to an open request."""

    row: JoinRequest
    said: answers.Said


def request(
    point: ContactPoint,
    program: Program,
    *,
    method: Method,
    purposes: Sequence[str],
    disclosure: Disclosure | None,
    evidence: Mapping[str, Any],
    locale: str = "",
    said_at: dt.datetime | None = None,
    contact_id: uuid.UUID | None = None,
) -> Request:
    """Somebody asks to join a program: by its join word, or on a web form where any number may be typed.

    `purposes` are purpose keys (all of a program's: `opting.purposes_of`); `disclosure` is the exact wording shown;
    `evidence` is JSON-ready; `locale` is the language shown or spoken ("": the contact's); `said_at` (aware UTC;
    None: now) is when it was asked; `contact_id` is who asked on that number (None: the point's own contact).

    1. Lock the number. A number that is closed or held gets nothing; only a join word, texted from the handset
       after the person's own STOP, passes that closing.
    2. A join word in a program without double opt-in and without an age gate agrees at once.
    3. Else record `requested` with its evidence, open a request in place of an older one, and return the text
       that asks the handset: for the date of birth, or for the confirm word.

    The caller sends `Request.text` as purpose "consent". Raises ValueError when the program is of another brand
    or no purpose is named.
    """
    if program.brand_id != point.brand_id:
        raise ValueError("the program and the number belong to different brands")
    if not purposes:
        raise ValueError("name at least one purpose key")
    at = said_at or clock.now()
    language = wordings.choose(program, [locale, point.contact.locale])
    is_texted = method == Method.KEYWORD
    with transaction.atomic(savepoint=False):
        ledger.lock_points([point.id])
        if refusal := _refusal(point, program, at, is_texted=is_texted):
            is_told = is_texted and refusal == "under_age"
            return Request(refusal, program, wordings.under_age(program, language) if is_told else "")
        if is_texted and not program.double_opt_in and program.age_gate is None:
            is_in = opting.join(
                point, program, purposes=tuple(purposes), evidence=dict(evidence), said_at=said_at
            )
            return _joined(program, language) if is_in else Request("closed", program)
        event = ledger.record(
            ledger.Entry(
                point_id=point.id,
                contact_id=contact_id,
                program_id=program.id,
                act=Act.REQUESTED,
                method=method,
                actor="customer",
                purposes=tuple(purposes),
                disclosure_id=disclosure.id if disclosure else None,
                occurred_at=said_at,
                evidence=dict(evidence),
            )
        )
        join_requests.open_of(point.id).filter(program=program).update(ended_at=at, outcome=Ended.WITHDRAWN)
        row = JoinRequest.objects.create(
            brand_id=point.brand_id,
            point=point,
            program=program,
            event=event,
            method=method,
            purposes=list(purposes),
            disclosure=disclosure,
            locale=language,
            awaits=Awaits.WORD if program.age_gate is None else Awaits.AGE,
            asked_at=at,
            expires_at=at + ANSWER_WITHIN,
        )
    return Request("asked", program, wordings.question(row))


def read(point: ContactPoint, text: str, *, said_at: dt.datetime) -> Reading | None:
    """Read an ordinary text of `said_at` (aware UTC) as the answer to an open request; None: it answers none.

    Of several open requests the newest that the text surely answers is meant; what is unclear counts only for the
    newest one, and only until we have asked again MOST_REMINDERS times. Changes nothing.
    """
    readings = [
        Reading(row, said)
        for row in join_requests.open_rows(point.id)
        if row.asked_at <= said_at < row.expires_at and (said := _said(row, text, said_at))
    ]
    sure = (reading for reading in readings if reading.said not in {"unclear", "not_the_word"})
    asked_too_often = [reading for reading in readings if reading.row.reminders < MOST_REMINDERS]
    return next(sure, None) or next(iter(asked_too_often), None)


def hear(reading: Reading, *, evidence: Mapping[str, Any], said_at: dt.datetime) -> Request:
    """Act on an answer that `read` found, under the number's lock (held since before `read`).

    `evidence` proves the answer, JSON-ready; a date of birth is left out of the ledger. `said_at`: aware UTC.

    1. Unclear, or a yes that is not the word: ask again.
    2. Under age: the request ends, nothing is agreed, and for a day no other date is listened to.
    3. Of age: the confirm word is asked for where it is needed; else, and with the word, the agreement is recorded
       as `confirmed`, on what was asked and what was answered.
    """
    row, said = reading.row, reading.said
    with transaction.atomic(savepoint=False):
        ledger.lock_points([row.point_id])
        if said in {"unclear", "not_the_word"}:
            row.reminders += 1
            row.save(update_fields=["reminders"])
            return Request("again", row.program, wordings.question(row, is_again=True))
        if said == "under_age":
            join_requests.end(
                row, Ended.UNDER_AGE, method=Method.KEYWORD, actor="customer", at=said_at,
                evidence=_of_answer(row, said, evidence),
            )  # fmt: skip
            return Request("under_age", row.program, wordings.under_age(row.program, row.locale))
        if said == "of_age" and (row.program.double_opt_in or row.method == Method.WEB_FORM):
            row.awaits, row.reminders = Awaits.WORD, 0
            row.save(update_fields=["awaits", "reminders"])
            return Request("asked", row.program, wordings.question(row))
        return _agree(row, said, evidence, said_at)


def _refusal(
    point: ContactPoint, program: Program, at: dt.datetime, *, is_texted: bool
) -> Literal["closed", "held", "under_age"] | None:
    """Why nothing may be asked of this number now."""
    rows = Subscription.objects.filter(brand_id=point.brand_id, point=point)
    number = rows.filter(program=None).first()
    place = rows.filter(program=program).first()
    if number is not None and number.closed_by:
        is_theirs = (
            set(number.closed_by) <= FROM_HANDSET and number.closed_at is not None and number.closed_at <= at
        )
        if not (is_texted and is_theirs):
            return "closed"
    if place is not None and not set(place.closed_by) <= OWN_WORDS:
        return "closed"
    if number is not None and number.held_by and not is_texted:
        return "held"
    young = JoinRequest.objects.filter(
        brand_id=point.brand_id, point=point, outcome=Ended.UNDER_AGE, ended_at__gt=at - UNDER_AGE_FOR,
        program__age_gate__lte=program.age_gate or 0,
    )  # fmt: skip
    return "under_age" if young.exists() else None


def _said(row: JoinRequest, text: str, said_at: dt.datetime) -> answers.Said | None:
    if row.awaits == Awaits.WORD:
        return answers.to_the_word(text, row.program.confirm_word)
    return answers.to_the_age(text, least=row.program.age_gate or 0, on=(said_at - LAST_ZONE).date())


def _agree(
    row: JoinRequest, said: answers.Said, evidence: Mapping[str, Any], said_at: dt.datetime
) -> Request:
    """Record the agreement, if the number and the program are the person's to open."""
    proof = _of_answer(row, said, evidence)
    if (
        row.method == Method.WEB_FORM
        and _refusal(row.point, row.program, said_at, is_texted=False) == "closed"
    ):
        return Request("closed", row.program)
    is_in = opting.confirm(row, evidence=proof, said_at=said_at)
    join_requests.close(row, Ended.CONFIRMED if is_in else Ended.WITHDRAWN, at=said_at)
    return _joined(row.program, row.locale) if is_in else Request("closed", row.program)


def _of_answer(row: JoinRequest, said: answers.Said, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """What proves the agreement: what was asked, and what was answered; a date of birth is not kept."""
    proof = dict(evidence) | {"request": str(row.event_id), "request_hash": row.event.hash}
    if said in {"of_age", "under_age"}:
        proof.pop("text", None)
        is_old = "at least" if said == "of_age" else "less than"
        proof["why"] = f"a date of birth {is_old} {row.program.age_gate} years ago"
    else:
        proof["why"] = f"the confirm word {row.program.confirm_word}"
    return proof


def _joined(program: Program, language: str) -> Request:
    return Request("joined", program, wordings.welcome(program, language))
