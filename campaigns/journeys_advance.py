"""The clock of journeys: whose moment has come enters the next stage, exactly once, or ends."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import connection, transaction

from campaigns import personal
from campaigns.models import Enrollment, EnrollmentStatus, Stage, StageVisit
from consent.models import Status, Subscription
from consent.reasons import Reason
from contacts import clock
from contacts.ids import new_id
from contacts.models import ContactPoint
from messaging import outbox, rendering
from messaging.models import Message, Origin, Sender
from messaging.outbox import LOOK_AGAIN, Draft
from messaging.states import WAITING

# Small, because a STOP of one of these numbers waits until the page has committed.
PAGE = 200
# A stage without a wait still comes after the one before it has left.
LEAST_WAIT = dt.timedelta(seconds=1)
# Neither yes nor no: a pause or a hold of consent ends some day, and the journey waits for it.
SUSPENDED = (Status.PAUSED, Status.HELD)
UNSET = (None, "", False)

Standing = dict[tuple[uuid.UUID, uuid.UUID | None], str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one page of enrollments is decided on.

    `standings`: status by (point, program or None for the number itself); `stages` by journey, in order;
    `before`: the text of an earlier stage that still waits, by enrollment; `visited`: (enrollment, stage);
    `senders` by program.
    """

    standings: Standing
    stages: dict[uuid.UUID, list[Stage]]
    before: dict[uuid.UUID, Message]
    visited: set[tuple[uuid.UUID, uuid.UUID]]
    senders: dict[uuid.UUID, Sender | None]


@dataclasses.dataclass(slots=True)
class Outcome:
    """What a page does besides changing its enrollments."""

    visits: list[StageVisit] = dataclasses.field(default_factory=list)
    drafts: list[Draft] = dataclasses.field(default_factory=list)
    canceled: list[uuid.UUID] = dataclasses.field(default_factory=list)


def advance_due() -> int:
    """Move on everybody whose moment has come; returns how many enrollments were looked at."""
    total = 0
    while found := advance_page():
        total += found
    return total


def advance_page() -> int:
    """Advance one page of due enrollments in one transaction; returns how many, 0 when none is left.

    1. Claim them, passing over those that another worker or an inbound text holds.
    2. Hold their numbers, passing over one that is closing now: what we queue is seen by the STOP that comes
       after us, and a STOP before us is seen by us.
    3. Decide each: left, goal reached, wait on, or enter the next stage.
    4. Queue the stages' texts, write the visits and the enrollments. All of it commits, or none.
    """
    now = clock.now()
    with transaction.atomic():
        enrollments = _hold_numbers(_claim(now))
        if not enrollments:
            return 0
        facts, outcome = _facts(enrollments), Outcome()
        for enrollment in enrollments:
            _step(enrollment, facts, outcome, now)
        outbox.queue(outcome.drafts)
        outbox.cancel(outcome.canceled, reason=Reason.JOURNEY_ENDED, cause="journey")
        StageVisit.objects.bulk_create(outcome.visits)
        _write(enrollments)
    return len(enrollments)


def _write(enrollments: Sequence[Enrollment]) -> None:
    rows = [(one.id, str(one.status), one.position, one.due_at, one.ended_at) for one in enrollments]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE campaigns_enrollment e
               SET status = n.status, position = n.position, due_at = n.due_at, ended_at = n.ended_at
              FROM unnest(%s::uuid[], %s::text[], %s::smallint[], %s::timestamptz[], %s::timestamptz[])
                   AS n(id, status, position, due_at, ended_at)
             WHERE e.id = n.id
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )


def _claim(now: dt.datetime) -> list[Enrollment]:
    due = Enrollment.objects.filter(
        status=EnrollmentStatus.ACTIVE, due_at__lte=now, journey__active_since__isnull=False
    )
    locked = due.select_for_update(of=("self",), skip_locked=True)
    return list(
        locked.select_related("contact", "point", "journey__program__brand").order_by("due_at")[:PAGE]
    )


def _hold_numbers(enrollments: list[Enrollment]) -> list[Enrollment]:
    wanted = {enrollment.point_id for enrollment in enrollments}
    points = ContactPoint.objects.filter(id__in=wanted).order_by("id")
    held = set(points.select_for_update(skip_locked=True, no_key=True).values_list("id", flat=True))
    return [enrollment for enrollment in enrollments if enrollment.point_id in held]


def _facts(enrollments: Sequence[Enrollment]) -> Facts:
    journeys = {enrollment.journey_id for enrollment in enrollments}
    programs = {enrollment.journey.program_id: enrollment.journey.program for enrollment in enrollments}
    stages: dict[uuid.UUID, list[Stage]] = {journey: [] for journey in journeys}
    for stage in Stage.objects.filter(journey_id__in=journeys).order_by("position"):
        stages[stage.journey_id].append(stage)
    visits = StageVisit.objects.filter(enrollment__in=[enrollment.id for enrollment in enrollments])
    still = visits.filter(message__status__in=WAITING).select_related("message")
    subscriptions = Subscription.objects.filter(
        point_id__in={enrollment.point_id for enrollment in enrollments}
    )
    return Facts(
        standings={
            (point, program): status
            for point, program, status in subscriptions.values_list("point_id", "program_id", "status")
        },
        stages=stages,
        before={visit.enrollment_id: visit.message for visit in still if visit.message},
        visited=set(visits.values_list("enrollment_id", "stage_id")),
        senders={program_id: personal.sender_for(program) for program_id, program in programs.items()},
    )


def _step(enrollment: Enrollment, facts: Facts, outcome: Outcome, now: dt.datetime) -> None:
    standing, number = _standings(enrollment, facts)
    if number == Status.CLOSED or standing not in {Status.ACTIVE, *SUSPENDED}:
        return _end(enrollment, EnrollmentStatus.LEFT, facts, outcome, now)
    if _has_reached_goal(enrollment):
        return _end(enrollment, EnrollmentStatus.GOAL, facts, outcome, now)
    stage = _next_stage(enrollment, facts)
    if stage is None:
        return _end(enrollment, EnrollmentStatus.FINISHED, facts, outcome, now)
    sender = facts.senders[enrollment.journey.program_id]
    if standing in SUSPENDED or number in SUSPENDED or sender is None:
        enrollment.due_at = now + LOOK_AGAIN
        return None
    before = facts.before.get(enrollment.id)
    if before is not None:
        # "After the stage before" means after its text has left: two never pile up behind a night.
        leaves_at = max(now, before.due_at) if before.due_at else now + LOOK_AGAIN
        enrollment.due_at = leaves_at + max(stage.wait, LEAST_WAIT)
        return None
    return _enter(enrollment, stage, sender, facts, outcome, now)


def _standings(enrollment: Enrollment, facts: Facts) -> tuple[str, str]:
    program_id = enrollment.journey.program_id
    return (
        facts.standings.get((enrollment.point_id, program_id), Status.NONE),
        facts.standings.get((enrollment.point_id, None), Status.NONE),
    )


def _has_reached_goal(enrollment: Enrollment) -> bool:
    goal, attributes = enrollment.journey.goal_attribute, enrollment.contact.attributes
    return bool(goal) and isinstance(attributes, dict) and attributes.get(goal) not in UNSET


def _next_stage(enrollment: Enrollment, facts: Facts) -> Stage | None:
    ahead = (
        stage
        for stage in facts.stages[enrollment.journey_id]
        if stage.position > enrollment.position and (enrollment.id, stage.id) not in facts.visited
    )
    return next(ahead, None)


def _enter(
    enrollment: Enrollment, stage: Stage, sender: Sender, facts: Facts, outcome: Outcome, now: dt.datetime
) -> None:
    """One visit with its text; a text that cannot be written leaves its reason on the visit."""
    visit = StageVisit(
        id=new_id(), brand_id=enrollment.brand_id, enrollment=enrollment, stage=stage, entered_at=now
    )
    text = personal.Text(
        program=enrollment.journey.program,
        sender=sender,
        purpose=stage.purpose,
        value=stage.value,
        body=stage.body,
        origin=Origin.STAGE,
    )
    try:
        draft = personal.draft(text, enrollment.point, enrollment.contact, origin_id=visit.id)
    except rendering.CannotRender as error:
        visit.problem = str(error)[:200]
    else:
        outcome.drafts.append(draft)
        visit.message_id = draft.message_id
    outcome.visits.append(visit)
    enrollment.position = stage.position
    following = _next_stage(enrollment, facts)
    if following is None:
        enrollment.status, enrollment.due_at, enrollment.ended_at = EnrollmentStatus.FINISHED, None, now
    else:
        enrollment.due_at = now + following.wait


def _end(
    enrollment: Enrollment, status: EnrollmentStatus, facts: Facts, outcome: Outcome, now: dt.datetime
) -> None:
    enrollment.status, enrollment.due_at, enrollment.ended_at = status, None, now
    before = facts.before.get(enrollment.id)
    if before is not None and status != EnrollmentStatus.FINISHED:
        outcome.canceled.append(before.id)
