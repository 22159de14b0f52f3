"""Where are you? Asked once, when no hour fits every place a person may be; the answer sets where they are."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, OuterRef

from consent import asking_place, facts, ledger, rule_pack, windows, wordings
from consent.asking_place import Answer
from consent.models import Purpose
from consent.reasons import Reason
from contacts import clock
from contacts.models import ContactPoint
from inbox.models import Note
from messaging import judging, outbox
from messaging.models import Message, Origin, Status, Thread, Value
from messaging.outbox import Draft

# Numbers looked at in one round, and what must be left of the hours for the question to arrive in them.
MOST = 200
LEAST_LEFT = dt.timedelta(minutes=10)
# A place that is said longer after the question than this may be about something else.
ANSWERED_WITHIN = dt.timedelta(days=14)
_SAID = "Asked where they are, the person wrote: “{text}”. Set: {place}."
_SAID_BEGINS = _SAID.partition("{")[0]


def ask_due() -> int:
    """Ask those whose texts wait because nobody knows where they are; returns how many were asked.

    Nobody is asked twice: the question carries its number's id, and the outbox keeps one of each.
    """
    asked = Message.objects.filter(
        brand_id=OuterRef("brand_id"), contact_id=OuterRef("contact_id"), origin=Origin.CONSENT,
        origin_id=OuterRef("point_id"),
    )  # fmt: skip
    waiting = Message.objects.filter(status=Status.HELD, reason=Reason.NO_ALLOWED_INSTANT)
    one_each = (
        waiting.filter(~Exists(asked)).order_by("brand_id", "point_id").distinct("brand_id", "point_id")
    )
    # In no order: who cannot be asked yet never stands before the others round after round.
    due = Message.objects.filter(id__in=one_each.values("id")).order_by("?")[:MOST]
    return sum(ask(message) for message in due.select_related("contact", "program__brand"))


def ask(held: Message) -> bool:
    """Ask the person whose text is held where they are, if now is a good time; whether it was asked.

    1. Lock the number, as a claim does: a STOP before it is seen, and one after it cancels the question.
    2. Ask the gate anew. Only when the unknown place is all that stands in the way may we write at all: not to who
       has left or paused, nor in the middle of a conversation, nor while something is paused.
    3. The hours of informational texts must be open in every possible place, and stay so for a while.
    """
    now = clock.now()
    with transaction.atomic(savepoint=False):
        point = ledger.lock_points([held.point_id])[held.point_id]
        (verdict,) = judging.judge([_as_draft(held)], now=now)
        if verdict.reasons != (Reason.NO_ALLOWED_INSTANT.value,) or not _is_open(point, now):
            return False
        program = held.program
        assert program is not None  # an automatic text belongs to one
        language = wordings.choose(program, [held.contact.locale])
        question = Draft(
            brand_id=held.brand_id,
            contact_id=held.contact_id,
            point_id=held.point_id,
            sender_id=held.sender_id,
            program_id=held.program_id,
            purpose=Purpose.CONSENT,
            value=Value.QUESTION,
            body=asking_place.question(program, language),
            origin=Origin.CONSENT,
            origin_id=held.point_id,
        )
        return bool(outbox.queue([question]))


def read(point: ContactPoint, text: str, *, said_at: dt.datetime) -> Answer | None:
    """Where the person says they are, if we asked and they have not answered yet; None: it is about something else."""
    answer = asking_place.parse(text)
    if answer is None:
        return None
    asked = Message.objects.filter(
        brand_id=point.brand_id, contact_id=point.contact_id, origin=Origin.CONSENT, origin_id=point.id,
        handed_off_at__isnull=False, handed_off_at__gt=said_at - ANSWERED_WITHIN,
    )  # fmt: skip
    answered = Note.objects.filter(
        brand_id=point.brand_id,
        thread__contact=point.contact_id,
        by_contact=True,
        text__startswith=_SAID_BEGINS,
    )
    return answer if asked.exists() and not answered.exists() else None


def take(answer: Answer, message: Message) -> None:
    """Set where the person is, leave a note of it in the thread, and have what waited judged anew.

    A place replaces what was believed of place and clock; a clock alone leaves the address, whose law still binds.
    """
    contact = message.contact
    if answer.timezone:
        contact.timezone = answer.timezone
    else:
        contact.timezone, contact.postal_code, contact.region = "", answer.postal_code, answer.region
        contact.country = answer.country or contact.country
    contact.save(update_fields=["timezone", "postal_code", "region", "country"])
    place = ", ".join(filter(None, [answer.postal_code, answer.region, answer.country, answer.timezone]))
    Note.objects.create(
        brand_id=message.brand_id,
        thread=Thread.objects.get(id=message.thread_id),
        by_contact=True,
        text=_SAID.format(text=message.body[:200], place=place),
        created_at=message.created_at,
    )
    outbox.look_again(
        message.brand_id, message.point_id, reasons=(Reason.NO_ALLOWED_INSTANT, Reason.QUIET_HOURS)
    )


def _is_open(point: ContactPoint, now: dt.datetime) -> bool:
    where = facts.load_points({point.brand_id}, {point.id})[point.brand_id, point.id]
    pack = rule_pack.current()
    if asking_place.when_to_ask(now, where.zones, where.jurisdictions, pack=pack) != now:
        return False
    ends = windows.window_end(now, where.zones, where.jurisdictions, Purpose.INFORMATIONAL, pack=pack)
    return ends is not None and ends - now >= LEAST_LEFT


def _as_draft(held: Message) -> Draft:
    return Draft(
        brand_id=held.brand_id,
        contact_id=held.contact_id,
        point_id=held.point_id,
        sender_id=held.sender_id,
        program_id=held.program_id,
        purpose=held.purpose,
        value=held.value,
        body=held.body,
        origin=held.origin,
    )
