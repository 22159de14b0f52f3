"""The register: every column of text in the database, whether it may tell of a person, and how it is erased.

A test walks all models and fails on a column that is in neither of the two lists.
"""

from typing import Any

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.db.models import Q, QuerySet

from campaigns.models import Campaign, CampaignEvent, Stage, StageVisit, Template
from consent.models import Evidence, JoinRequest, Reopening, SignupAttempt
from contacts.models import ERASED, Contact, ContactImport, ContactPoint, ImportRow, Segment
from inbox.models import AutoAnswer, Note, SavedReply
from messaging.models import Message, MessageEvent
from smsapp.privacy import requests
from smsapp.privacy.spelling import MASK
from smsapp.privacy.steps import Rows, Step, blank, delete, mask
from smsapp.privacy.subject import Subject
from webhooks.models import QuarantinedRequest, WebhookEvent


def _about(subject: Subject, path: str = "") -> Q:
    """Rows of the person, or of a number of theirs."""
    return Q(**{f"{path}contact_id__in": subject.contact_ids}) | Q(
        **{f"{path}point_id__in": subject.point_ids}
    )


def _of_brand(model: Any, path: str = "brand_id") -> Rows:
    return lambda subject: model.objects.filter(**{f"{path}__in": subject.brand_ids})


def _erase_addresses(subject: Subject) -> int:
    """An address becomes "erased:" and the point's own id: unique, and no number."""
    rows = ContactPoint.objects.filter(id__in=subject.point_ids).exclude(address__startswith=ERASED)
    return sum(
        ContactPoint.objects.filter(id=point_id).update(address=f"{ERASED}{point_id}", country="")
        for point_id in rows.values_list("id", flat=True)
    )


def _erase_provider_words(subject: Subject) -> int:
    """The provider's own sentences name the number they could not reach; codes stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE messaging_messageevent e SET detail = e.detail - 'why' FROM messaging_message m
             WHERE m.id = e.message_id AND e.detail ? 'why'
               AND (m.contact_id = ANY(%s) OR m.point_id = ANY(%s))
            """,
            [list(subject.contact_ids), list(subject.point_ids)],
        )
        return int(cursor.rowcount)


def import_rows(subject: Subject) -> "QuerySet[ImportRow]":
    """Rows of files that were refused, or kept without permission, under a number of the person."""
    rows = ImportRow.objects.filter(contact_import__brand_id__in=subject.brand_ids).exclude(phone=MASK)
    ids = [
        row_id
        for spelled in subject.spellings
        for row_id, phone in spelled.rows_with(rows, "phone").values_list("id", "phone")
        if spelled.is_in(phone)
    ]
    return ImportRow.objects.filter(id__in=ids)


def _log_entries(subject: Subject) -> "QuerySet[LogEntry]":
    ids = (*subject.contact_ids, *subject.point_ids, *subject.thread_ids, *subject.message_ids)
    return LogEntry.objects.filter(object_id__in=[str(each) for each in ids])


# In this order; all in one transaction.
ERASING: tuple[Step, ...] = (
    delete(
        Evidence,
        lambda s: Evidence.objects.filter(Q(event__point_id__in=s.point_ids) | Q(event__contact_id__in=s.contact_ids)),
        "salt", "data",
    ),
    blank(JoinRequest, lambda s: JoinRequest.objects.filter(point_id__in=s.point_ids), locale=""),
    blank(Reopening, lambda s: Reopening.objects.filter(point_id__in=s.point_ids), evidence={}, answer=""),
    delete(
        SignupAttempt,
        lambda s: SignupAttempt.objects.filter(brand_id__in=s.brand_ids, number_digest__in=s.signup_digests),
        "number_digest", "visitor_digest",
    ),
    blank(Message, lambda s: Message.objects.filter(_about(s)), stamp="redacted_at", body="", media=[]),
    Step(MessageEvent, ("detail",), _erase_provider_words, "the provider's sentence is taken out"),
    blank(StageVisit, lambda s: StageVisit.objects.filter(_about(s, "enrollment__")), problem=""),
    delete(Note, lambda s: Note.objects.filter(thread_id__in=s.thread_ids), "text"),
    Step(
        WebhookEvent, ("params", "query", "problem"), lambda s: requests.strip(requests.events(s)),
        "all but ids, states and codes is taken out",
    ),
    Step(
        QuarantinedRequest, ("body", "remote_address"), lambda s: requests.empty(requests.quarantined(s)),
        "body and origin are taken out",
    ),
    blank(ImportRow, import_rows, phone=MASK, detail=""),
    blank(LogEntry, _log_entries, object_repr="", change_message=""),
    mask(Note, _of_brand(Note), "text"),
    mask(SavedReply, _of_brand(SavedReply), "title", "body"),
    mask(AutoAnswer, _of_brand(AutoAnswer), "question", "body"),
    mask(Template, _of_brand(Template), "name", "body"),
    mask(Campaign, _of_brand(Campaign), "name", "body", "problem"),
    mask(CampaignEvent, _of_brand(CampaignEvent), "why"),
    mask(Stage, _of_brand(Stage), "name", "body"),
    mask(Segment, _of_brand(Segment), "name"),
    mask(ContactImport, _of_brand(ContactImport), "filename", "problem"),
    mask(LogEntry, lambda _: LogEntry.objects.all(), "object_repr", "change_message"),
    blank(
        Contact,
        lambda s: Contact.objects.filter(id__in=s.contact_ids),
        first_name="", last_name="", locale="", timezone="", postal_code="", region="", country="", tags=[],
        attributes={},
    ),
    Step(ContactPoint, ("address", "country"), _erase_addresses, 'becomes "erased:" and the id of the row'),
)  # fmt: skip

_CODE = "a code of ours, out of a closed set"
_DIGEST = "a digest or a signature that tells nothing of what it covers"
_BRAND = "the brand's own words or settings, the same for everybody"
_TEAM = "about a member of the team, not about a customer"
_PROOF = "part of the proof, which holds ids and codes and never a person; the database refuses to change it"
_ID = "an id"
_DJANGO = "Django's own bookkeeping"

# Columns without personal data, and why. Columns with a closed set of choices need no entry.
KEPT: dict[str, dict[str, str]] = {
    "admin.LogEntry": {"object_id": _ID},
    "auth.Group": {"name": _TEAM},
    "auth.Permission": {"name": _DJANGO, "codename": _DJANGO},
    "auth.User": dict.fromkeys(("password", "username", "first_name", "last_name", "email"), _TEAM),
    "contenttypes.ContentType": {"app_label": _DJANGO, "model": _DJANGO},
    "sessions.Session": {
        "session_key": _DJANGO,
        "session_data": "a team member's login and the brand looked at; it ends by itself",
    },
    "campaigns.Campaign": {"slug": _BRAND, "paused_from": _CODE},
    "campaigns.CampaignEvent": {"was": _CODE, "became": _CODE, "by": _TEAM},
    "campaigns.Journey": dict.fromkeys(("slug", "name", "goal_attribute"), _BRAND),
    "campaigns.Template": {"slug": _BRAND},
    "consent.Access": {"page": _CODE, "detail": "a period or a count; who writes it is told to name nobody"},
    "consent.ConsentEvent": dict.fromkeys(
        ("purposes", "actor", "evidence_commitment", "previous_hash", "hash"), _PROOF
    ),
    "consent.Disclosure": dict.fromkeys(("slug", "locale", "text", "sha256"), _BRAND),
    "consent.Erasure": {
        "reason": "refused when it names the person",
        "point_ids": _ID,
        "counts": "how many rows",
    },
    "consent.HeadDelivery": {"problem": "why a witness could not be reached"},
    "consent.HeadWitness": {"address": _BRAND},
    "consent.JoinRequest": {"purposes": _CODE},
    "consent.Program": dict.fromkeys(
        (
            "slug", "name", "description", "country", "countries", "purposes", "frequency", "help_text", "welcome",
            "terms_url", "privacy_url", "join_words", "confirm_word", "locales",
        ),
        _BRAND,
    ),
    "consent.Reopening": {"purposes": _CODE},
    "consent.SignupAttempt": {"reason": _CODE},
    "consent.SignupPage": dict.fromkeys(("slug", "disclosure_slug", "words", "accent", "embed_origins"), _BRAND),
    "consent.SigningKey": dict.fromkeys(("id", "public_key", "endorsement"), _DIGEST),
    "consent.Subscription": dict.fromkeys(("purposes", "terms", "closed_by", "held_by"), _CODE),
    "consent.Suppression": {
        "digest": "keyed, and the one thing that must stay: it keeps the person from being texted again",
        "key_id": _ID,
    },
    "consent.TreeHead": dict.fromkeys(("root", "signature"), _DIGEST),
    "consent.TreeTile": {"hashes": _DIGEST},
    "contacts.ApiKey": {"name": _BRAND, "digest": _DIGEST},
    "contacts.Brand": dict.fromkeys(("slug", "name", "timezone", "customers_timezone", "support", "country"), _BRAND),
    "contacts.Pause": {"why": "the team's reason to pause everybody's texts"},
    "contacts.ContactImport": {
        "program_slug": _BRAND, "layout": _CODE, "mapping": _BRAND, "header": "the names of a file's columns",
        "sha256": _DIGEST, "reasons": "how many rows, by a code of ours",
    },
    "contacts.ImportRow": {"reasons": _CODE},
    "contacts.Segment": dict.fromkeys(("slug", "tags", "attributes", "consents_to"), _BRAND),
    "messaging.Account": dict.fromkeys(("name", "sid", "sealed_tokens", "halted_why"), _BRAND),
    "messaging.Decision": {
        "outcome": _CODE, "reasons": _CODE, "rule_pack": _CODE,
        "facts": "ids of wordings, the zones and places that ruled the hours, how the talk stood: no number, no name",
    },
    "messaging.Message": {
        "reason": _CODE, "provider_sid": "Twilio's id: what it needs to be erased there too", "sent_by": _TEAM,
    },
    "messaging.MessageEvent": dict.fromkeys(("was", "became", "cause"), _CODE),
    "messaging.Sender": dict.fromkeys(("address", "messaging_service_sid", "halted_why"), _BRAND),
    "webhooks.QuarantinedRequest": {"url": "our own address", "why": _CODE},
    "webhooks.Watermark": {"number": _BRAND, "problem": "why Twilio's list could not be read"},
    "webhooks.WebhookEvent": {"provider_sid": _ID, "status_key": _CODE, "closed_points": _ID},
}  # fmt: skip


def clear(subject: Subject) -> dict[str, int]:
    """Erase everything in the register about a person, in the caller's transaction; rows changed, by model.

    Erasing what is erased already changes nothing, so a second run is safe, and finds what came in late.
    """
    counts: dict[str, int] = {}
    for step in ERASING:
        counts[step.label] = counts.get(step.label, 0) + step.clear(subject)
    Contact.objects.filter(Q(id__in=subject.contact_ids) | Q(shares_point_id__in=subject.point_ids)).update(
        shares_point=None
    )
    Message.objects.filter(_about(subject), status="unknown").update(due_at=None)
    return {label: count for label, count in counts.items() if count}
