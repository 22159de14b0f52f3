"""How a request to join ends: confirmed, under age, left before it was answered, or not answered in time."""

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from consent import ledger
from consent.models import Act, JoinRequest, Method
from contacts import clock, reading

Ended = JoinRequest.Outcome


def open_of(point_id: uuid.UUID) -> QuerySet[JoinRequest]:
    """The open requests of a number."""
    return JoinRequest.objects.filter(point_id=point_id, ended_at=None)


def open_ids(point_id: uuid.UUID) -> reading.Question[list[uuid.UUID]]:
    """Which open requests a number has: mostly none, which is found out at little cost."""
    return reading.column(
        "SELECT id FROM consent_joinrequest WHERE point_id = %s AND ended_at IS NULL", [point_id]
    )


def open_rows(point_id: uuid.UUID) -> list[JoinRequest]:
    """The open requests of a number, the newest first."""
    return list(open_of(point_id).select_related("program", "event").order_by("-asked_at", "-id"))


def close(row: JoinRequest, outcome: Ended, *, at: dt.datetime) -> None:
    """Mark a request as over since `at` (aware UTC); what it means for consent is recorded by the caller."""
    row.ended_at, row.outcome = at, outcome
    row.save(update_fields=["ended_at", "outcome"])


def end(
    row: JoinRequest, outcome: Ended, *, method: str, actor: str, at: dt.datetime, evidence: dict[str, Any]
) -> None:
    """End a request without an agreement, and say so in the ledger; under the number's lock."""
    close(row, outcome, at=at)
    ledger.record(
        ledger.Entry(
            point_id=row.point_id,
            contact_id=row.event.contact_id,
            program_id=row.program_id,
            act=Act.WITHDRAWN,
            method=method,
            actor=actor,
            occurred_at=at,
            evidence=evidence | {"request": str(row.event_id)},
        )
    )


def withdraw(
    point_id: uuid.UUID,
    *,
    method: str,
    actor: str,
    program_id: uuid.UUID | None = None,
    said_at: dt.datetime | None = None,
) -> int:
    """The number closes, or leaves one program: its open requests end unanswered; returns how many.

    Call it under the number's lock. A confirm word that comes later confirms nothing.
    """
    rows = [row for row in open_rows(point_id) if program_id in {None, row.program_id}]
    for row in rows:
        why = {"why": "left before it was confirmed"}
        end(row, Ended.WITHDRAWN, method=method, actor=actor, at=said_at or clock.now(), evidence=why)
    return len(rows)


def lapse(*, limit: int = 500) -> int:
    """End the requests that were not answered in time; nobody is told. Returns how many; two at once do no harm."""
    now = clock.now()
    due = JoinRequest.objects.filter(ended_at=None, expires_at__lte=now).order_by("expires_at")
    lapsed = 0
    for request_id, point_id in list(due.values_list("id", "point_id")[:limit]):
        with transaction.atomic(savepoint=False):
            ledger.lock_points([point_id])
            row = JoinRequest.objects.filter(id=request_id, ended_at=None).select_related("event").first()
            if row is not None:
                why = {"why": "not answered in time"}
                end(row, Ended.LAPSED, method=Method.SYSTEM, actor="system", at=now, evidence=why)
                lapsed += 1
    return lapsed
