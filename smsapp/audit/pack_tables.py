"""The tables of an export pack: which rows of a person or of a period, and what is told of each."""

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.models import Enrollment
from consent import admin_history, chain, preferences
from consent.models import Access, ConsentEvent, Disclosure, Reopening
from contacts.models import Brand, Contact
from messaging import admin_words
from messaging.models import Decision, Message
from smsapp.audit.looks import name_of

_PAGE = 1000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a pack is about: one contact, or the days of a brand; and whether people's words are told."""

    brand: Brand
    contact: Contact | None
    first: dt.date | None
    last: dt.date | None
    with_words: bool

    @property
    def zone(self) -> dt.tzinfo:
        return zoneinfo.ZoneInfo(self.brand.timezone)

    @property
    def ends_at(self) -> dt.datetime | None:
        """The first moment after the period (aware); None for a person."""
        if self.last is None:
            return None
        return dt.datetime.combine(self.last + dt.timedelta(days=1), dt.time.min, self.zone)

    def rows(self, model: Any, moment: str, *, contact: str = "contact_id", point: str = "point_id") -> Any:
        """The rows of a table about the person, or whose `moment` lies in the period, oldest first."""
        rows = model.objects.filter(brand_id=self.brand.id)
        if self.contact:
            about = Q(**{contact: self.contact.id})
            if point:
                about |= Q(**{f"{point}__in": list(self.contact.points.values_list("id", flat=True))})
            return rows.filter(about).order_by(moment, "pk")
        return rows.filter(self.is_in_period(moment)).order_by(moment, "pk")

    def is_in_period(self, moment: str) -> Q:
        """The moments of the period."""
        if self.first is None or self.ends_at is None:
            return Q()
        begins = dt.datetime.combine(self.first, dt.time.min, self.zone)
        return Q(**{f"{moment}__gte": begins, f"{moment}__lt": self.ends_at})

    def words(self, text: str) -> str:
        """Somebody's words, if they are told."""
        return text if self.with_words else ""


Row = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """One file of a pack: its name, what it holds, and its rows."""

    name: str
    says: str
    rows: Callable[[Chosen], Iterator[Row]]


def _people(chosen: Chosen) -> Iterator[Row]:
    for contact in _contacts(chosen).prefetch_related("points").iterator(_PAGE):
        yield {
            "contact": contact.id,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "numbers": [point.address for point in contact.points.all()],
            "locale": contact.locale,
            "timezone": contact.timezone,
            "region": contact.region,
            "country": contact.country,
            "known_since": contact.created_at,
        }


def _contacts(chosen: Chosen) -> "QuerySet[Contact]":
    rows = Contact.objects.filter(brand_id=chosen.brand.id).order_by("id")
    if chosen.contact:
        return rows.filter(id=chosen.contact.id)
    theirs = {"brand_id": chosen.brand.id, "contact_id": OuterRef("id")}
    events = ConsentEvent.objects.filter(chosen.is_in_period("recorded_at"), **theirs)
    texts = Message.objects.filter(chosen.is_in_period("created_at"), **theirs)
    return rows.filter(Exists(events) | Exists(texts))


def _consents(chosen: Chosen) -> Iterator[Row]:
    rows = chosen.rows(ConsentEvent, "recorded_at")
    for event in rows.select_related("point", "program", "disclosure", "evidence", "seal").iterator(_PAGE):
        kept = getattr(event, "evidence", None)
        seal = getattr(event, "seal", None)
        yield {
            "event": event.id,
            "contact": event.contact_id,
            "number": event.point.address,
            "seq": event.seq,
            "occurred_at": event.occurred_at,
            "recorded_at": event.recorded_at,
            "act": event.act,
            "method": event.method,
            "program": event.program.slug if event.program else "",
            "purposes": event.purposes,
            "basis": event.basis,
            "until": event.until,
            "in_words": admin_history.tell(event).sentence,
            "actor": event.actor,
            "disclosure": str(event.disclosure) if event.disclosure else "",
            "evidence": kept.data if kept and chosen.with_words else None,
            "evidence_state": _state_of_evidence(event, kept, chosen),
            "hash": event.hash,
            "previous_hash": event.previous_hash,
            "leaf": seal.position if seal else None,
        }


def _state_of_evidence(event: ConsentEvent, kept: Any, chosen: Chosen) -> str:
    if not event.evidence_commitment:
        return "none"
    if kept is None:
        return "erased"
    return "told" if chosen.with_words else "withheld"


def _messages(chosen: Chosen) -> Iterator[Row]:
    rows = chosen.rows(Message, "created_at").select_related("point", "program", "sender")
    for message in rows.iterator(_PAGE):
        yield {
            "message": message.id,
            "contact": message.contact_id,
            "number": message.point.address,
            "created_at": message.created_at,
            "direction": message.direction,
            "sender": str(message.sender),
            "program": message.program.slug if message.program else "",
            "purpose": message.purpose,
            "origin": message.origin,
            "status": message.status,
            "why": admin_words.reason(message),
            "handed_off_at": message.handed_off_at,
            "settled_at": message.settled_at,
            "twilio_id": message.provider_sid,
            "words_erased_at": message.redacted_at,
            "body": chosen.words(preferences.without_keys(message.body)),
        }


def _decisions(chosen: Chosen) -> Iterator[Row]:
    rows = chosen.rows(Decision, "at", contact="message__contact_id", point="message__point_id")
    for decision in rows.iterator(_PAGE):
        yield {
            "message": decision.message_id,
            "at": decision.at,
            "asked": decision.stage,
            "outcome": decision.outcome,
            "reasons": decision.reasons,
            "in_words": "; ".join(admin_words.reasons(decision.reasons)),
            "until": decision.until,
            "rule_pack": decision.rule_pack,
            "facts": decision.facts,
        }


def _journeys(chosen: Chosen) -> Iterator[Row]:
    for row in chosen.rows(Enrollment, "enrolled_at").select_related("journey").iterator(_PAGE):
        yield {
            "contact": row.contact_id,
            "journey": row.journey.slug,
            "enrolled_at": row.enrolled_at,
            "status": row.status,
            "stage": row.position,
            "ended_at": row.ended_at,
        }


def _reopenings(chosen: Chosen) -> Iterator[Row]:
    rows = chosen.rows(Reopening, "asked_at", contact="point__contact_id")
    for row in rows.select_related("program", "asked_by", "decided_by").iterator(_PAGE):
        yield {
            "number": row.point_id,
            "program": row.program.slug if row.program else "",
            "asked_by": name_of(row.asked_by),
            "asked_at": row.asked_at,
            "decided_by": name_of(row.decided_by) if row.decided_by else "",
            "decided_at": row.decided_at,
            "is_approved": row.is_approved,
            "answer": chosen.words(row.answer),
        }


def _looks(chosen: Chosen) -> Iterator[Row]:
    for row in chosen.rows(Access, "at", point="").select_related("user").iterator(_PAGE):
        yield {
            "at": row.at,
            "team_member": name_of(row.user),
            "page": row.page,
            "contact": row.contact_id,
            "detail": row.detail,
        }


def _disclosures(chosen: Chosen) -> Iterator[Row]:
    rows = Disclosure.objects.filter(brand_id=chosen.brand.id).select_related("program")
    for row in rows.order_by("program__slug", "slug", "version").iterator(_PAGE):
        yield {
            "disclosure": str(row),
            "program": row.program.slug,
            "locale": row.locale,
            "created_at": row.created_at,
            "text": row.text,
            "sha256": row.sha256,
        }


TABLES = (
    Table("people", "whom the pack is about", _people),
    Table("consents", "every event of the consent ledger, with its hash and its place in the sealed log", _consents),
    Table("messages", "every text in and out, and what became of it", _messages),
    Table("decisions", "why each text was allowed, held or refused, by which rules, on which facts", _decisions),
    Table("journeys", "the journeys people were on", _journeys),
    Table("reopenings", "closings that the team asked to undo, and who decided", _reopenings),
    Table("looks", "which team member looked at whose data", _looks),
    Table("disclosures", "the exact wordings people were shown, all versions", _disclosures),
)  # fmt: skip


def plain(value: Any) -> Any:
    """A value as JSON writes it: moments in UTC."""
    if isinstance(value, dt.datetime):
        return chain.moment(value)
    return value if value is None or isinstance(value, bool | int | float | str | list | dict) else str(value)
