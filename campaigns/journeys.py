"""Journeys as the rest of the product meets them: a person writes, is answered, or leaves; where she is."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from campaigns import waiting
from campaigns.journeys_advance import advance_due
from campaigns.journeys_enroll import enroll_joined
from campaigns.models import Enrollment, EnrollmentStatus, Stage
from consent.reasons import Reason
from contacts import clock, reading
from contacts.models import Contact
from messaging.models import Message
from messaging.models import Status as MessageStatus

__all__ = [
    "Place",
    "active_of",
    "advance_due",
    "answered",
    "ending",
    "enroll_joined",
    "hear",
    "leave",
    "stage_of",
]

ON_THE_WAY = (EnrollmentStatus.ACTIVE, EnrollmentStatus.PAUSED)
_ACTIVE = "SELECT id FROM campaigns_enrollment WHERE brand_id = %s AND contact_id = %s AND status = 'active'"
_LEAVE = """
UPDATE campaigns_enrollment enrollment SET status = 'left', due_at = NULL, ended_at = %(now)s
  FROM campaigns_journey journey
 WHERE journey.id = enrollment.journey_id AND enrollment.brand_id = %(brand)s AND enrollment.point_id = %(point)s
   AND enrollment.status = ANY(%(on_the_way)s)
   AND (%(program)s::uuid IS NULL OR journey.program_id = %(program)s)
"""


def active_of(brand_id: uuid.UUID, contact_id: uuid.UUID) -> reading.Question[list[uuid.UUID]]:
    """The enrollments of a person that are on their way; nearly nobody who writes has any."""
    return reading.column(_ACTIVE, [brand_id, contact_id])


def hear(message: Message) -> bool:
    """A person has written: her journeys pause until she is answered, or end where the journey says so.

    Call it in the transaction of the inbound text. A stage's text that still waits is held with its journey,
    or canceled. Returns whether any journey was on its way.
    """
    with transaction.atomic(savepoint=False):
        active = _locked(
            Enrollment.objects.filter(
                brand_id=message.brand_id, contact_id=message.contact_id, status=EnrollmentStatus.ACTIVE
            )
        )
        if not active:
            return False
        ending = [enrollment for enrollment in active if enrollment.journey.exit_on_reply]
        pausing = [enrollment for enrollment in active if not enrollment.journey.exit_on_reply]
        _rows(ending).update(status=EnrollmentStatus.REPLIED, due_at=None, ended_at=clock.now())
        _rows(pausing).update(status=EnrollmentStatus.PAUSED, due_at=None)
        waiting.cancel(_texts(ending), reason=Reason.JOURNEY_ENDED, cause="reply")
        waiting.hold(_texts(pausing), reason=Reason.JOURNEY_PAUSED, cause="reply")
    return True


def answered(contact_id: uuid.UUID) -> None:
    """A person was answered: her paused journeys go on, with the next stage's wait counted from now.

    So nothing piled up meanwhile: a stage's text that was held waits its stage's time again, from the answer.
    """
    now = clock.now()
    with transaction.atomic(savepoint=False):
        for enrollment in _locked(
            Enrollment.objects.filter(contact_id=contact_id, status=EnrollmentStatus.PAUSED)
        ):
            stage = (
                enrollment.journey.stages.filter(position__gt=enrollment.position)
                .order_by("position")
                .first()
            )
            _rows([enrollment]).update(
                status=EnrollmentStatus.ACTIVE, due_at=now + stage.wait if stage else now
            )
            _let_go(enrollment, now)


def leave(brand_id: uuid.UUID, point_id: uuid.UUID, *, program_id: uuid.UUID | None = None) -> int:
    """A number has closed, or left one program: its journeys end; returns how many."""
    return ending(brand_id, point_id, program_id=program_id).ask()


def ending(
    brand_id: uuid.UUID, point_id: uuid.UUID, *, program_id: uuid.UUID | None = None
) -> reading.Question[int]:
    """The end of a number's journeys, that go together with others; a later START does not bring them back.

    For the transaction that closes the number; the outbox cancels what waits.
    """
    wanted: dict[str, Any] = {
        "now": clock.now(),
        "brand": brand_id,
        "point": point_id,
        "program": program_id,
        "on_the_way": [str(status) for status in ON_THE_WAY],
    }
    return reading.change(_LEAVE, wanted)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a person is in a journey. `stage`: None before the first; `due_at` (aware UTC): of the next."""

    enrollment: Enrollment
    stage: Stage | None
    stages: int
    due_at: dt.datetime | None


def stage_of(contact: Contact) -> list[Place]:
    """The person's place in each of her journeys, the newest first."""
    rows = Enrollment.objects.filter(brand_id=contact.brand_id, contact_id=contact.id)
    places = []
    for enrollment in (
        rows.select_related("journey").prefetch_related("journey__stages").order_by("-enrolled_at")
    ):
        stages = list(enrollment.journey.stages.all())
        reached = [stage for stage in stages if stage.position <= enrollment.position]
        stage = max(reached, key=lambda one: one.position, default=None)
        places.append(Place(enrollment=enrollment, stage=stage, stages=len(stages), due_at=enrollment.due_at))
    return places


def _locked(rows: QuerySet[Enrollment]) -> list[Enrollment]:
    return list(rows.select_for_update(of=("self",)).select_related("journey").order_by("id"))


def _rows(enrollments: Iterable[Enrollment]) -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(id__in=[enrollment.id for enrollment in enrollments])


def _texts(enrollments: Iterable[Enrollment]) -> QuerySet[Message]:
    return Message.objects.filter(stage_visit__enrollment__in=[enrollment.id for enrollment in enrollments])


def _let_go(enrollment: Enrollment, now: dt.datetime) -> None:
    held = enrollment.visits.filter(
        message__status=MessageStatus.HELD, message__reason=Reason.JOURNEY_PAUSED
    ).select_related("stage")
    for visit in held:
        text = Message.objects.filter(stage_visit=visit)
        waiting.let_go(text, due_at=now + visit.stage.wait, cause="answered")
