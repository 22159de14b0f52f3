"""Whom an erasure or an export is about: the ids and addresses by which a person's rows are found."""

import dataclasses
import uuid
from collections.abc import Iterable
from typing import Self

from django.db.models import Q

from contacts.models import ERASED, Contact, ContactPoint
from messaging.models import Message, Thread
from smsapp.privacy.spelling import Spelled
from webhooks.signup import limits


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One person of a brand, or several erased ones whose late traces are looked for (these have no address)."""

    brand_ids: tuple[uuid.UUID, ...] = ()
    contact_ids: tuple[uuid.UUID, ...] = ()
    point_ids: tuple[uuid.UUID, ...] = ()
    thread_ids: tuple[uuid.UUID, ...] = ()
    message_ids: tuple[uuid.UUID, ...] = ()
    sids: tuple[str, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()  # (channel, address)

    @classmethod
    def of(cls, contact_ids: Iterable[uuid.UUID]) -> Self:
        """Gather them, in a constant number of queries."""
        people = list(Contact.objects.filter(id__in=list(contact_ids)))
        ids = tuple(person.id for person in people)
        points = list(ContactPoint.objects.filter(contact_id__in=ids).order_by("created_at", "id"))
        about = Q(contact_id__in=ids) | Q(point_id__in=[point.id for point in points])
        texts = list(Message.objects.filter(about).values_list("id", "provider_sid"))
        return cls(
            brand_ids=tuple({person.brand_id for person in people}),
            contact_ids=ids,
            point_ids=tuple(point.id for point in points),
            thread_ids=tuple(Thread.objects.filter(contact_id__in=ids).values_list("id", flat=True)),
            message_ids=tuple(message_id for message_id, _ in texts),
            sids=tuple(sid for _, sid in texts if sid),
            addresses=tuple((p.channel, p.address) for p in points if not p.address.startswith(ERASED)),
        )

    @property
    def spellings(self) -> list[Spelled]:
        """Each address in all its spellings."""
        return [Spelled.of(address) for _, address in self.addresses]

    @property
    def signup_digests(self) -> list[str]:
        """What the tries on sign-up pages know of the numbers."""
        return [limits.digest("number", address) for _, address in self.addresses]

    def are_in(self, text: str) -> bool:
        """Whether a text names one of the addresses."""
        return any(spelled.is_in(text) for spelled in self.spellings)


NOBODY = Subject()
