"""Who has joined a program since a journey of it was switched on begins that journey, once."""

from django.db import transaction
from django.db.models import Exists, OuterRef

from campaigns.models import Enrollment, Journey, Stage
from consent.models import Status, Subscription
from contacts import clock
from contacts.ids import new_id

PAGE = 1_000


def enroll_joined() -> int:
    """Enroll those who have joined since their journeys were switched on; returns how many.

    Both the agreement and its recording must be that new: an import of old agreements enrolls nobody.
    """
    total = 0
    for journey in Journey.objects.filter(active_since__isnull=False):
        first = journey.stages.order_by("position").first()
        if first is None:
            continue
        while found := _enroll_page(journey, first):
            total += found
    return total


def _enroll_page(journey: Journey, first: Stage) -> int:
    """Enroll a page of people; a number that is being closed at this moment is left to the next look."""
    already = Enrollment.objects.filter(journey=journey, contact_id=OuterRef("point__contact_id"))
    with transaction.atomic():
        joined = (
            Subscription.objects.select_for_update(of=("point",), skip_locked=True, no_key=True)
            .select_related("point")
            .filter(
                ~Exists(already),
                brand_id=journey.brand_id,
                program_id=journey.program_id,
                status=Status.ACTIVE,
                joined_at__gte=journey.active_since,
                granted_at__gte=journey.active_since,
            )[:PAGE]
        )
        now = clock.now()
        rows = [
            Enrollment(
                id=new_id(),
                brand_id=journey.brand_id,
                journey=journey,
                contact_id=row.point.contact_id,
                point=row.point,
                due_at=(row.joined_at or now) + first.wait,
                enrolled_at=now,
            )
            for row in joined
        ]
        Enrollment.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
