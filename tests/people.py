"""Many people at once, made in sets."""

from consent import ledger
from consent.models import Act, Method
from contacts import clock
from contacts.models import Contact, ContactPoint
from tests.cast import Cast


def many(acme: Cast, count: int) -> list[ContactPoint]:
    """So many people in New York who agreed to marketing."""
    now = clock.now()
    contacts = Contact.objects.bulk_create(
        Contact(
            brand=acme.brand, first_name=f"P{n}", timezone="America/New_York", region="NY", created_at=now
        )
        for n in range(count)
    )
    points = ContactPoint.objects.bulk_create(
        ContactPoint(
            brand=acme.brand,
            contact=contact,
            address=f"+1212{5550000 + n:07d}"[:12],
            country="US",
            created_at=now,
        )
        for n, contact in enumerate(contacts)
    )
    key = acme.program.purpose_key("marketing")
    assert key
    ledger.record_many(
        [
            ledger.Entry(
                point_id=point.id,
                program_id=acme.program.id,
                act=Act.GRANTED,
                method=Method.WEB_FORM,
                actor="customer",
                purposes=(key,),
                disclosure_id=acme.disclosure.id,
            )
            for point in points
        ]
    )
    return points
