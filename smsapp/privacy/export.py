"""Everything a brand keeps about one person, gathered for that person, in words."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

from campaigns.models import Campaign, Enrollment
from consent import admin_history, receipts
from consent.models import Access, ConsentEvent, JoinRequest, Reopening
from contacts import clock
from contacts.models import Contact, ContactPoint, ImportRow, TeamMember
from inbox.models import Note
from messaging import admin_words
from messaging.models import Message, Origin
from smsapp.privacy import map as register
from smsapp.privacy import requests
from smsapp.privacy.subject import Subject

if TYPE_CHECKING:
    from django.db.models import QuerySet


def gather(contact_id: uuid.UUID) -> dict[str, Any]:
    """What is known of a person, by kind; moments are aware, in UTC. Raises Contact.DoesNotExist.

    Names of the team are not the person's data: of a colleague the role is said, not the name. What other people
    wrote is not in it, even where they wrote about this person.
    """
    contact = Contact.objects.select_related("brand").get(id=contact_id)
    subject = Subject.of([contact_id])
    points = list(ContactPoint.objects.filter(id__in=subject.point_ids).order_by("created_at", "id"))
    events = _events(contact, points)
    return {
        "made_at": _moment(clock.now()),
        "brand": {"name": contact.brand.name, "contact": contact.brand.support},
        "person": _person(contact),
        "numbers": [_number(point) for point in points],
        "consents": [_consent(event) for event in events],
        "messages": [_message(row, campaigns) for row, campaigns in _messages(contact)],
        "notes": [{"at": _moment(row.created_at), "text": row.text} for row in _notes(subject)],
        "journeys": [_journey(row) for row in _journeys(contact)],
        "requests_to_join": [_join_request(row) for row in _join_requests(subject)],
        "requests_to_open_again": [_reopening(row) for row in _reopenings(subject)],
        "rows_of_imports": [
            _import_row(row) for row in register.import_rows(subject).select_related("contact_import")
        ],
        "raw_requests": [_request(row) for row in requests.events(subject).order_by("received_at")],
        "looks": _looks(contact),
        "receipts": [receipts.receipts_of(point, with_evidence=True) for point in points],
    }


def _moment(at: dt.datetime | None) -> dt.datetime | None:
    return at.astimezone(dt.UTC) if at else None


def _person(contact: Contact) -> dict[str, Any]:
    names = (
        "first_name", "last_name", "locale", "timezone", "postal_code", "region", "country", "tags", "attributes",
    )  # fmt: skip
    return {name: getattr(contact, name) for name in names} | {
        "known_since": _moment(contact.created_at),
        "id": str(contact.id),
    }


def _number(point: ContactPoint) -> dict[str, Any]:
    return {
        "channel": point.channel,
        "address": point.address,
        "country": point.country,
        "known_since": _moment(point.created_at),
    }


def _events(contact: Contact, points: list[ContactPoint]) -> list[ConsentEvent]:
    """On the person's own numbers all; on a number of somebody else's only what is the person's."""
    rows = ConsentEvent.objects.filter(brand_id=contact.brand_id).select_related(
        "program", "disclosure", "evidence", "point"
    )
    own = rows.filter(point__in=points)
    elsewhere = rows.filter(contact=contact).exclude(point__in=points)
    return sorted([*own, *elsewhere], key=lambda event: (event.recorded_at, event.seq))


def _consent(event: ConsentEvent) -> dict[str, Any]:
    told = admin_history.tell(event)
    evidence = getattr(event, "evidence", None)
    return {
        "number": event.point.address,
        "seq": event.seq,
        "act": event.act,
        "in_words": told.sentence,
        "program": event.program.name if event.program else None,
        "purposes": event.purposes,
        "basis": event.basis,
        "method": event.method,
        "happened_at": _moment(event.occurred_at),
        "recorded_at": _moment(event.recorded_at),
        "ends_at": _moment(event.until),
        "by": told.actor if not event.actor.startswith("user:") else "a team member",
        "wording": told.wording,
        "wording_version": str(event.disclosure) if event.disclosure else "",
        "evidence": evidence.data if evidence else None,
        "hash": event.hash,
    }


def _messages(contact: Contact) -> list[tuple[Message, dict[Any, str]]]:
    rows = list(
        Message.objects.filter(brand_id=contact.brand_id, contact=contact)
        .select_related("program", "point", "sender")
        .prefetch_related("decisions")
        .order_by("created_at", "id")
    )
    ids = {row.origin_id for row in rows if row.origin == Origin.CAMPAIGN and row.origin_id}
    campaigns = dict(Campaign.objects.filter(id__in=ids).values_list("id", "name"))
    return [(row, campaigns) for row in rows]


def _message(row: Message, campaigns: dict[Any, str]) -> dict[str, Any]:
    return {
        "at": _moment(row.created_at),
        "direction": row.direction,
        "number": row.point.address,
        "our_number": str(row.sender),
        "text": row.body,
        "media": row.media,
        "status": row.get_status_display(),
        "why": admin_words.reason(row),
        "program": row.program.name if row.program else None,
        "purpose": row.purpose,
        "campaign": campaigns.get(row.origin_id),
        "sent_at": _moment(row.handed_off_at),
        "decisions": [
            {
                "at": _moment(decision.at),
                "outcome": decision.outcome,
                "reasons": admin_words.reasons(decision.reasons),
                "rules": decision.rule_pack,
                "facts": decision.facts,
            }
            for decision in row.decisions.all()
        ],
    }


def _notes(subject: Subject) -> "QuerySet[Note]":
    return Note.objects.filter(thread_id__in=subject.thread_ids).order_by("created_at")


def _journeys(contact: Contact) -> "QuerySet[Enrollment]":
    rows = Enrollment.objects.filter(brand_id=contact.brand_id, contact=contact).select_related("journey")
    return rows.prefetch_related("visits__stage").order_by("enrolled_at")


def _journey(row: Enrollment) -> dict[str, Any]:
    return {
        "journey": row.journey.name,
        "status": row.get_status_display(),
        "began_at": _moment(row.enrolled_at),
        "ended_at": _moment(row.ended_at),
        "stages": [
            {"stage": visit.stage.name, "at": _moment(visit.entered_at), "problem": visit.problem}
            for visit in row.visits.all()
        ],
    }


def _join_requests(subject: Subject) -> "QuerySet[JoinRequest]":
    rows = JoinRequest.objects.filter(point_id__in=subject.point_ids)
    return rows.select_related("program").order_by("asked_at")


def _join_request(row: JoinRequest) -> dict[str, Any]:
    return {
        "program": row.program.name,
        "asked_at": _moment(row.asked_at),
        "method": row.method,
        "locale": row.locale,
        "outcome": row.get_outcome_display() or "open",
        "ended_at": _moment(row.ended_at),
    }


def _reopenings(subject: Subject) -> "QuerySet[Reopening]":
    return Reopening.objects.filter(point_id__in=subject.point_ids).order_by("asked_at")


def _reopening(row: Reopening) -> dict[str, Any]:
    return {
        "asked_at": _moment(row.asked_at),
        "agreed_at": _moment(row.agreed_at),
        "evidence": row.evidence,
        "decided_at": _moment(row.decided_at),
        "is_approved": row.is_approved,
        "answer": row.answer,
    }


def _import_row(row: ImportRow) -> dict[str, Any]:
    return {
        "file": row.contact_import.filename,
        "line": row.line,
        "outcome": row.get_outcome_display(),
        "reasons": row.reasons,
        "detail": row.detail,
        "phone": row.phone,
    }


def _request(row: Any) -> dict[str, Any]:
    return {"at": _moment(row.received_at), "kind": row.kind, "parameters": row.params}


def _looks(contact: Contact) -> list[dict[str, Any]]:
    rows = Access.objects.filter(brand_id=contact.brand_id, contact_id=contact.id).order_by("at", "id")
    members = TeamMember.objects.filter(brand_id=contact.brand_id)
    roles = {member.user_id: member.get_role_display() for member in members}
    return [
        {
            "at": _moment(row.at),
            "page": row.page,
            "by": roles.get(row.user_id or 0, "somebody who has left the team"),
        }
        for row in rows
    ]
