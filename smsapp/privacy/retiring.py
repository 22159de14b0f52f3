"""What each kind of retention takes away: which rows are due, and what becomes of them."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from consent import admin_upload, evidence, ledger
from consent.models import Access, ConsentEvent, Evidence, SignupAttempt, Subscription
from consent.models import Status as Standing
from contacts import clock
from contacts.models import ContactImport, ImportRow, Kept, RetentionRule
from messaging.models import Decision, Message, MessageEvent, Sender, Status
from smsapp.privacy import requests
from webhooks.models import QuarantinedRequest, WebhookEvent

# What may still go out, or be looked for by its words.
_OPEN = (Status.QUEUED, Status.HELD, Status.SENDING, Status.UNKNOWN)


@dataclasses.dataclass(frozen=True, slots=True)
class Kind:
    """One kind of data, over any model.

    `due(rule, before)` are the rows older than that moment (aware UTC), `dated` the column of their age, and
    `retire(rows)` takes them away and returns how many.
    """

    due: Callable[[RetentionRule, dt.datetime], "QuerySet[Any]"]
    dated: str
    retire: Callable[["QuerySet[Any]"], int]


def _bodies(rule: RetentionRule, before: dt.datetime) -> "QuerySet[Message]":
    rows = Message.objects.filter(brand_id=rule.brand_id, created_at__lt=before, redacted_at=None)
    return rows.exclude(status__in=_OPEN).exclude(body="", media=[])


def _blank(rows: "QuerySet[Message]") -> int:
    return rows.update(body="", media=[], redacted_at=clock.now())


def _requests(rule: RetentionRule, before: dt.datetime) -> "QuerySet[WebhookEvent]":
    rows = WebhookEvent.objects.filter(brand_id=rule.brand_id, received_at__lt=before)
    return rows.exclude(processed_at=None).filter(params__has_any_keys=["From", "To", "Body"])


def _quarantined(rule: RetentionRule, before: dt.datetime) -> "QuerySet[QuarantinedRequest]":
    """Requests to the brand's numbers; those to nobody's number go by the longest rule of all brands."""
    rows = QuarantinedRequest.objects.filter(received_at__lt=before)
    numbers = Sender.objects.exclude(address="").values_list("brand_id", "address")
    own = requests.to_numbers(rows, [address for brand_id, address in numbers if brand_id == rule.brand_id])
    if RetentionRule.objects.filter(kind=Kept.QUARANTINE, days__gt=rule.days).exists():
        return own
    somebodys = requests.to_numbers(rows, [address for _, address in numbers])
    return rows.filter(Q(id__in=own.values("id")) | ~Q(id__in=somebodys.values("id")))


def _imports(rule: RetentionRule, before: dt.datetime) -> "QuerySet[ContactImport]":
    """Imports of which rows or files are left, and that nobody works on any more."""
    rows = ContactImport.objects.annotate(over_at=Coalesce("finished_at", "started_at"))
    old = rows.filter(brand_id=rule.brand_id, over_at__lt=before).exclude(status__in=["waiting", "running"])
    has_rows = Exists(ImportRow.objects.filter(contact_import=OuterRef("pk")))
    return old.filter(has_rows | Q(id__in=[row.id for row in old if admin_upload.has_files(row)]))


def _forget(rows: "QuerySet[ContactImport]") -> int:
    imports = list(rows)
    ImportRow.objects.filter(contact_import__in=imports).delete()
    for row in imports:
        admin_upload.forget(row)
    return len(imports)


def _tries(rule: RetentionRule, before: dt.datetime) -> "QuerySet[SignupAttempt]":
    return SignupAttempt.objects.filter(brand_id=rule.brand_id, at__lt=before)


def _looks(rule: RetentionRule, before: dt.datetime) -> "QuerySet[Access]":
    return Access.objects.filter(brand_id=rule.brand_id, at__lt=before)


def _changes(rule: RetentionRule, before: dt.datetime) -> "QuerySet[MessageEvent]":
    return MessageEvent.objects.filter(brand_id=rule.brand_id, at__lt=before)


def _decisions(rule: RetentionRule, before: dt.datetime) -> "QuerySet[Decision]":
    return Decision.objects.filter(brand_id=rule.brand_id, at__lt=before)


def _delete(rows: "QuerySet[Any]") -> int:
    return int(rows.delete()[0])


def _evidence(rule: RetentionRule, before: dt.datetime) -> "QuerySet[Evidence]":
    """Evidence of permissions that have ended, or whose number is closed, with nothing recorded there since."""
    last = ConsentEvent.objects.filter(
        brand_id=rule.brand_id, point=OuterRef("point"), seq=OuterRef("last_seq")
    )
    quiet = Subscription.objects.filter(brand_id=rule.brand_id).alias(
        last_at=Subquery(last.values("recorded_at"))
    )
    quiet = quiet.filter(last_at__lt=before)
    closed_numbers = quiet.filter(program=None, status=Standing.CLOSED).values("point")
    never = Q(status=Standing.NONE, program__isnull=False)
    over = quiet.filter(
        Q(status__in=[Standing.CLOSED, Standing.EXPIRED]) | never | Q(point__in=closed_numbers)
    )
    there = over.filter(point=OuterRef("event__point"))
    in_program = Exists(there.filter(program=OuterRef("event__program")))
    in_brand = Q(event__program=None) & Exists(there.filter(program=None))
    return Evidence.objects.filter(in_program | in_brand, brand_id=rule.brand_id).annotate(
        recorded_at=F("event__recorded_at")
    )


@transaction.atomic
def _delete_evidence(rows: "QuerySet[Evidence]") -> int:
    """Under the numbers' locks, look again: somebody may have come back in between."""
    ledger.lock_points(set(rows.values_list("event__point_id", flat=True)))
    places = rows.values_list("event__point_id", "event__contact_id", "event__program_id")
    return evidence.delete({evidence.Place(*place) for place in places}, actor="system")


KINDS: dict[str, Kind] = {
    Kept.MESSAGE_BODIES: Kind(_bodies, "created_at", _blank),
    Kept.WEBHOOK_BODIES: Kind(_requests, "received_at", requests.strip),
    Kept.QUARANTINE: Kind(_quarantined, "received_at", _delete),
    Kept.IMPORT_ROWS: Kind(_imports, "over_at", _forget),
    Kept.SIGNUP_ATTEMPTS: Kind(_tries, "at", _delete),
    Kept.ACCESS_LOG: Kind(_looks, "at", _delete),
    Kept.MESSAGE_CHANGES: Kind(_changes, "at", _delete),
    Kept.DECISIONS: Kind(_decisions, "at", _delete),
    Kept.CLOSED_EVIDENCE: Kind(_evidence, "recorded_at", _delete_evidence),
}
