"""Erasing a person: the number closes for good, and everything that tells of them goes; the ledger's chain stays."""

import datetime as dt
import logging
import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from campaigns import leaving
from consent import evidence, ledger, suppressions
from consent.models import Act, ConsentEvent, Erasure, Method, Reopening
from contacts import clock
from contacts.models import Contact, ContactPoint
from inbox.models import Assignment
from messaging import in_flight
from messaging.models import Thread
from smsapp.audit import packs
from smsapp.privacy import files
from smsapp.privacy import map as register
from smsapp.privacy.subject import Subject

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = logging.getLogger(__name__)

# An erasure that is not finished after so long has lost its process.
DIES_AFTER = dt.timedelta(minutes=2)
# Twilio tells of a text for days: its last callback, or a person who switches the phone on again.
LATE_FOR = dt.timedelta(days=14)
_AT_ONCE = 200


class CannotErase(ValueError):
    """The request cannot be carried out; the message says why and what to do."""


def erase(contact_id: uuid.UUID, *, asked_by: "User | None", reason: str) -> Erasure:
    """Erase a person of one brand; doing it again changes nothing and returns what was done.

    1. Close: under the locks of the person's numbers, cancel what waits, end journeys and requests to join,
       record `erased` in the ledger, and keep the keyed digest of each number. From the commit on nothing new is
       sent, and no file brings the number back.
    2. Wait, for a bounded time, for what Twilio is being sent already, as after a STOP.
    3. Clear: in one transaction under the same locks, everything in the register, and the uploaded files.

    What dies after the first step is taken up by the sweep. Raises CannotErase, or Contact.DoesNotExist.
    """
    erasure = _close(contact_id, asked_by, _checked(contact_id, reason))
    return finish(erasure)


def preview(contact_id: uuid.UUID) -> dict[str, int]:
    """What an erasure would change: rows by model, and rows of files. Does it all, and takes it back."""
    with transaction.atomic():
        subject = _locked(contact_id)
        beside = {"rows of uploaded files": files.blank_rows(subject, is_dry_run=True)}
        counts = _told(register.clear(subject), beside)
        transaction.set_rollback(True)
    return counts


def finish(erasure: Erasure) -> Erasure:
    """Steps 2 and 3 of an erasure that was begun."""
    left_over = in_flight.wait(erasure.point_ids, closed_since=erasure.asked_at)
    with transaction.atomic():
        subject = _locked(erasure.contact_id)
        erasure.refresh_from_db()
        if erasure.finished_at is not None:
            return erasure
        # First the files: should one of them resist, the numbers are still known to the next try.
        beside = {
            "rows of uploaded files": files.blank_rows(subject),
            "export packs": packs.forget(erasure.brand_id),
            "requests still under way": left_over,
        }
        erasure.counts = _told(register.clear(subject), beside)
        erasure.finished_at = clock.now()
        erasure.save(update_fields=["counts", "finished_at"])
    log.info("erasure %s finished", erasure.id)
    return erasure


def _checked(contact_id: uuid.UUID, reason: str) -> str:
    """The reason stays for ever, so it must not name the person."""
    reason = reason.strip()
    contact = Contact.objects.get(id=contact_id)
    if not reason:
        raise CannotErase("reason: is missing; say who asked and how, e.g. 'asked by mail on 3 March'")
    if len(reason) > _longest_reason():
        raise CannotErase(f"reason: is longer than {_longest_reason()} letters; shorten it")
    names = [name for name in (contact.first_name, contact.last_name) if name]
    if Subject.of([contact_id]).are_in(reason) or any(_names(reason, name) for name in names):
        raise CannotErase(
            "reason: names the person; it is kept after they are gone, so leave name and number out"
        )
    return reason


def _longest_reason() -> int:
    return int(Erasure._meta.get_field("reason").max_length or 0)


def _names(text: str, name: str) -> bool:
    return name.casefold() in text.casefold().replace(",", " ").replace(".", " ").split()


def _close(contact_id: uuid.UUID, asked_by: "User | None", reason: str) -> Erasure:
    with transaction.atomic():
        subject = _locked(contact_id)
        before = Erasure.objects.filter(contact_id=contact_id).first()
        if before is not None:
            return before
        actor = f"user:{asked_by.pk}" if asked_by else "system"
        for point in ContactPoint.objects.filter(id__in=subject.point_ids).order_by("id"):
            leaving.leave(point, method=Method.SYSTEM, actor=actor, act=Act.ERASED, evidence={})
        [brand_id] = subject.brand_ids
        suppressions.add(brand_id, subject.addresses)
        evidence.delete(_on_numbers_of_others(subject), actor=actor)
        _leave_no_work(subject)
        return Erasure.objects.create(
            brand_id=brand_id,
            contact_id=contact_id,
            point_ids=list(subject.point_ids),
            reason=reason,
            asked_by=asked_by,
            asked_at=clock.now(),
        )


def _locked(contact_id: uuid.UUID) -> Subject:
    """Lock the person, then the numbers, in the order of an import; an inbound text waits for the number alone.

    Two erasures of one person wait for each other here.
    """
    theirs = Q(id=contact_id) | Q(shares_point__contact=contact_id)
    list(Contact.objects.select_for_update(of=("self",), no_key=True).filter(theirs).order_by("id"))
    ledger.lock_points(ContactPoint.objects.filter(contact=contact_id).values_list("id", flat=True))
    return Subject.of([contact_id])


def _on_numbers_of_others(subject: Subject) -> set[evidence.Place]:
    """Agreements a person gave on a phone that is somebody else's: that number stays open."""
    rows = ConsentEvent.objects.filter(contact_id__in=subject.contact_ids, evidence__isnull=False)
    others = rows.exclude(point_id__in=subject.point_ids)
    return {evidence.Place(*place) for place in others.values_list("point_id", "contact_id", "program_id")}


def _leave_no_work(subject: Subject) -> None:
    """Nobody has to answer, or to decide about, somebody who is gone."""
    Assignment.objects.filter(thread_id__in=subject.thread_ids).delete()
    Thread.objects.filter(id__in=subject.thread_ids).update(waiting_since=None, mood="")
    waiting = Reopening.objects.filter(point_id__in=subject.point_ids, decided_at=None)
    waiting.update(decided_at=clock.now(), is_approved=False)


def _told(counts: dict[str, int], beside: dict[str, int]) -> dict[str, int]:
    return counts | {name: count for name, count in beside.items() if count}


def sweep() -> dict[str, int]:
    """Finish what was begun and died, and clear what came in late; returns how many of each.

    Late is, for a while after an erasure, a status callback that names the number, the provider's answer to a
    request that was under way, or a campaign's page that was being written.
    """
    now = clock.now()
    begun = Erasure.objects.filter(finished_at=None, asked_at__lt=now - DIES_AFTER)
    finished = [finish(erasure) for erasure in begun.order_by("asked_at")[:_AT_ONCE]]
    recent = Erasure.objects.filter(finished_at__gt=now - LATE_FOR).order_by("finished_at")
    ids = list(recent.values_list("contact_id", flat=True))
    late = 0
    for start in range(0, len(ids), _AT_ONCE):
        with transaction.atomic():
            late += sum(register.clear(Subject.of(ids[start : start + _AT_ONCE])).values())
    return {"finished": len(finished), "late": late}
