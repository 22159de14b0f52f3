"""What a text may say of its reader, the number a program speaks from, and both put together as drafts."""

import dataclasses
import uuid
from collections.abc import Iterable
from typing import Any

from consent import preferences
from consent.models import Program
from contacts.models import Contact, ContactPoint
from messaging import rendering
from messaging.models import Route, Sender
from messaging.outbox import Draft


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text to many: whose it is, what it brings, and the words before the names are filled in."""

    program: Program
    sender: Sender
    purpose: str
    value: str
    body: str
    origin: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unwritten:
    """A person for whom the text could not be written, and why."""

    contact_id: uuid.UUID
    problem: str


def variables(contact: Contact, *, program: Program, point: ContactPoint | None = None) -> dict[str, Any]:
    """What a body may name: the person's names and attributes, the brand, the program, their preference page.

    Without a number the link to that page is a sample: it is the person's own, and a preview is read by others.
    """
    return {
        "attributes": contact.attributes,
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "brand": program.brand.name,
        "program": program.name,
        "preferences_url": preferences.link(point) if point else preferences.sample_link(),
    }


def sender_for(program: Program) -> Sender | None:
    """The first sender of the program that can send now, else the first; None when there is none."""
    routes = Route.objects.filter(program=program, sender__brand_id=program.brand_id)
    ordered = routes.select_related("sender__account").order_by("priority", "id")
    senders = [route.sender for route in ordered]
    return next((sender for sender in senders if not sender.problem), senders[0] if senders else None)


def draft(text: Text, point: ContactPoint, contact: Contact, *, origin_id: uuid.UUID) -> Draft:
    """The text as this person will read it. Raises rendering.CannotRender when it cannot be written."""
    # To sign a link that nobody will read takes longer than to fill in a name.
    signed_for = point if rendering.uses(text.body, "preferences_url") else None
    return Draft(
        brand_id=text.program.brand_id,
        contact_id=contact.id,
        point_id=point.id,
        sender_id=text.sender.id,
        program_id=text.program.id,
        purpose=text.purpose,
        value=text.value,
        body=rendering.render(text.body, variables(contact, program=text.program, point=signed_for)),
        origin=text.origin,
        origin_id=origin_id,
        template=text.body,
    )


def drafts(
    text: Text, points: Iterable[ContactPoint], *, origin_id: uuid.UUID
) -> tuple[list[Draft], list[Unwritten]]:
    """The text for each of these numbers; one person's missing word never stops the others."""
    written, unwritten = [], []
    for point in points:
        try:
            written.append(draft(text, point, point.contact, origin_id=origin_id))
        except rendering.CannotRender as error:
            unwritten.append(Unwritten(contact_id=point.contact_id, problem=str(error)))
    return written, unwritten
