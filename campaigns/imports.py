"""An import from its file to its last consequence: what waits for people whom it closed is stopped, and waited for."""

import dataclasses
import datetime as dt
import uuid
from pathlib import Path

from django.conf import settings

from campaigns import departed
from consent import admin_upload, intake
from consent.intake_progress import OnProgress
from consent.models import ConsentEvent, Program
from contacts import clock
from contacts.models import ContactImport
from messaging import in_flight
from messaging.models import Message
from messaging.models import Status as MessageStatus

Status = ContactImport.Status


@dataclasses.dataclass(frozen=True, slots=True)
class Taken:
    """A finished import. `in_flight`: texts to numbers it closed that were under way and could not be waited for."""

    imported: intake.Imported
    in_flight: int


def run(
    path: Path, contact_import: ContactImport, *, program: Program, on_progress: OnProgress | None = None
) -> Taken:
    """Import a file, and see to those who left by it.

    1. Take the file in, all rows or none; see `consent.intake.run` for that, and for what is raised.
    2. Cancel what waits for the numbers that it closed, and end their journeys and open requests.
    3. Wait, for a bounded time, for what is under way to them.
    4. Only now say that it is done.
    """
    imported = intake.run(path, contact_import, program=program, on_progress=on_progress)
    return Taken(imported, see_to_leavers(contact_import, on_progress))


def run_uploaded(import_id: uuid.UUID) -> None:
    """The same for a file that was uploaded in the admin, or its preview."""
    admin_upload.run(import_id)
    row = ContactImport.objects.get(id=import_id)
    if row.status == Status.SETTLING:
        see_to_leavers(row)


def sweep() -> int:
    """The same for imports whose process died in between, beat's part; returns how many these were."""
    before = clock.now() - dt.timedelta(seconds=settings.LEASE_SECONDS)
    left = list(ContactImport.objects.filter(status=Status.SETTLING, finished_at__lt=before))
    for row in left:
        see_to_leavers(row)
    return len(left)


def see_to_leavers(contact_import: ContactImport, on_progress: OnProgress | None = None) -> int:
    """Steps 2 to 4 of `run`; doing them again does no harm. Returns how many texts could not be waited for."""
    if not contact_import.opted_out:
        return 0
    departed.after_import(contact_import)
    closed = ConsentEvent.objects.filter(
        brand_id=contact_import.brand_id,
        recorded_at__gte=contact_import.started_at,
        act="revoked",
        actor=f"import:{contact_import.id}",
    )
    being_sent = Message.objects.filter(
        brand_id=contact_import.brand_id, status=MessageStatus.SENDING, point_id__in=closed.values("point_id")
    )

    def tell(going: int) -> None:
        if on_progress:
            on_progress(f"waiting for {going} texts that are under way", contact_import.rows, 1.0)

    left = in_flight.wait(
        list(being_sent.values_list("point_id", flat=True)),
        closed_since=contact_import.started_at,
        on_wait=tell,
    )
    contact_import.status = Status.DONE
    contact_import.save(update_fields=["status"])
    return left
