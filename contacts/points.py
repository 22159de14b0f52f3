"""The way to a contact point by its address: known, or made for somebody new, without any permission."""

import uuid

from django.db import IntegrityError, transaction

from contacts import clock, reading
from contacts.models import Channel, Contact, ContactPoint

_KNOWN = reading.Reader(
    ContactPoint, "FROM contacts_contactpoint row WHERE brand_id = %s AND channel = %s AND address = %s"
)


def known_or_new(brand_id: uuid.UUID, *, channel: str, address: str, country: str = "") -> ContactPoint:
    """The brand's contact point with this address; an address that is new gets a contact of its own."""
    if point := _KNOWN.first([brand_id, channel, address]):
        return point
    now = clock.now()
    try:
        with transaction.atomic():
            contact = Contact.objects.create(brand_id=brand_id, created_at=now)
            return ContactPoint.objects.create(
                brand_id=brand_id,
                contact=contact,
                channel=channel if channel in Channel.values else Channel.SMS,
                address=address,
                country=country,
                created_at=now,
            )
    except IntegrityError:
        # Two of a new address at once: the other one was first.
        return ContactPoint.objects.get(brand_id=brand_id, channel=channel, address=address)
