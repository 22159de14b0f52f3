"""What an import writes, in one place, so that a preview is the same import with a writer that writes nothing."""

import uuid
from collections.abc import Collection, Iterable, Sequence

from django.db import connection

from consent import ledger
from consent.intake_columns import PERSON_COLUMNS
from contacts.copying import copy_in
from contacts.ids import as_array
from contacts.models import Contact, ContactPoint


class Writer:
    """Writes in the transaction that is open."""

    def lock(self, point_ids: Collection[uuid.UUID]) -> None:
        """Take the fence of these numbers until the transaction ends."""
        ledger.lock_points(point_ids)

    def add(
        self, people: Sequence[Contact], points: Sequence[ContactPoint], sharers: Sequence[Contact]
    ) -> set[str]:
        """Insert new numbers with their people, and those who share one.

        Returns the addresses that somebody else wrote meanwhile: they stay theirs, and nothing of them is kept.
        """
        copy_in(people)
        lost = _insert(points)
        if lost:
            losers = {point.id for point in points if point.address in lost}
            Contact.objects.filter(
                id__in=[point.contact_id for point in points if point.address in lost]
            ).delete()
            sharers = [person for person in sharers if person.shares_point_id not in losers]
        copy_in(sharers)
        return lost

    def bring_up_to_date(self, people: Iterable[Contact]) -> None:
        """Insert or update these people."""
        Contact.objects.bulk_create(
            people,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*PERSON_COLUMNS, "attributes"],
        )

    def record(self, entries: Sequence[ledger.Entry], *, born: Sequence[ContactPoint] | None = None) -> None:
        """Append to the ledger; `born`: the numbers are these, and were added just now."""
        if born is None:
            ledger.record_many(entries)
        elif entries:
            ledger.append(entries, ledger.Locked.born(born))


class NoWriter(Writer):
    """Writes nothing, locks nothing."""

    def lock(self, point_ids: Collection[uuid.UUID]) -> None:
        pass

    def add(
        self, people: Sequence[Contact], points: Sequence[ContactPoint], sharers: Sequence[Contact]
    ) -> set[str]:
        del people, points, sharers
        return set()

    def bring_up_to_date(self, people: Iterable[Contact]) -> None:
        pass

    def record(self, entries: Sequence[ledger.Entry], *, born: Sequence[ContactPoint] | None = None) -> None:
        pass


def _insert(points: Sequence[ContactPoint]) -> set[str]:
    """The addresses of points that could not be inserted, because there is one of that address already."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO contacts_contactpoint (id, brand_id, contact_id, channel, address, country, created_at)
            SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[],
                %s::timestamptz[])
            ON CONFLICT (brand_id, channel, address) DO NOTHING RETURNING address
            """,
            [
                as_array(point.id for point in points),
                as_array(point.brand_id for point in points),
                as_array(point.contact_id for point in points),
                [str(point.channel) for point in points],
                [point.address for point in points],
                [point.country for point in points],
                [point.created_at for point in points],
            ],
        )
        inserted = {address for (address,) in cursor.fetchall()}
    return {point.address for point in points} - inserted
