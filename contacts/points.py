"""The way to a contact point by its address: known, or made for somebody new, without any permission."""

import uuid

from django.db import IntegrityError, transaction

from contacts import clock
from contacts.models import Channel, Contact, ContactPoint


def known_or_new(brand_id: uuid.UUID, *, channel: str, address: str, country: str = "") -> ContactPoint:
    """The brand's contact point with this address; an address that is new gets a contact of its own."""
    known = ContactPoint.objects.filter(brand_id=brand_id, channel=channel, address=address)
    point = known.first()
    if point is not None:
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
        return known.get()
