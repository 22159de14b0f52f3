"""The people of an import: who is new, who is known and changed, and who shares another person's number."""

import unicodedata
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from consent.intake_columns import PERSON_COLUMNS
from consent.intake_staging import Staged
from consent.intake_writing import Writer
from contacts import clock
from contacts.models import Brand, Channel, Contact, ContactPoint

_NAMES = ("first_name", "last_name")


def new_people(rows: Sequence[Staged], brand: Brand) -> tuple[ContactPoint, dict[int, Contact]]:
    """A contact point for the number of these rows, and the person of each line.

    The first person under a number owns it.
    """
    now = clock.now()
    owner = Contact(brand_id=brand.id, created_at=now)
    point = ContactPoint(
        brand_id=brand.id, contact=owner, channel=Channel.SMS, address=rows[0].address,
        country=rows[0].country, created_at=now,
    )  # fmt: skip
    people = [owner]
    who = {}
    for row in rows:
        who[row.line] = _person_of(row, people, point)
        merge(row.person, who[row.line])
    return point, who


def bring_up_to_date(
    groups: list[list[Staged]], brand: Brand, writer: Writer
) -> tuple[dict[int, Contact], set[uuid.UUID]]:
    """Find or make the person of each row and merge what the file says of them.

    Returns the contact of each line, and the ids of the contacts that this changed or made.
    """
    ids = [group[0].point_id for group in groups if group[0].point_id]
    points = {point.id: point for point in ContactPoint.objects.filter(id__in=ids).select_related("contact")}
    sharers: dict[uuid.UUID, list[Contact]] = {}
    for contact in Contact.objects.filter(brand=brand, shares_point_id__in=ids).order_by("id"):
        sharers.setdefault(contact.shares_point_id, []).append(contact)  # type: ignore[arg-type]
    who: dict[int, Contact] = {}
    changed: set[uuid.UUID] = set()
    for group in groups:
        point = points[group[0].point_id]  # type: ignore[index]
        people = [point.contact, *sharers.get(point.id, [])]
        before = {person.id: _state(person) for person in people}
        for row in group:
            who[row.line] = _person_of(row, people, point)
            merge(row.person, who[row.line])
        changed |= {person.id for person in people if before.get(person.id) != _state(person)}
    people_changed = {person.id: person for person in who.values() if person.id in changed}
    writer.bring_up_to_date(people_changed.values())
    return who, changed


def is_same_person(said: Mapping[str, Any], contact: Contact) -> bool:
    """The same first name; or, where one of the two has none, no last name that contradicts.

    A last name changes and is spelled in many ways; but two first names on one number are a household.
    """
    first, last = _plain(said.get("first_name", "")), _plain(said.get("last_name", ""))
    own_first, own_last = _plain(contact.first_name), _plain(contact.last_name)
    if first and own_first:
        return first == own_first
    return not last or not own_last or last == own_last


def merge(said: Mapping[str, Any], contact: Contact) -> None:
    """Let what the file says win, and what it leaves blank stay."""
    for name, value in said.items():
        if name == "attributes":
            contact.attributes = contact.attributes | value
        elif not (name in _NAMES and _is_only_louder(value, getattr(contact, name))):
            setattr(contact, name, value)


def _is_only_louder(value: str, known: str) -> bool:
    """MARIA, or maria, for a person known as Maria."""
    return value.casefold() == known.casefold() and value in {value.upper(), value.lower()}


def _plain(name: str) -> str:
    if not name.isascii():
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(name.casefold().split())


def _person_of(row: Staged, people: list[Contact], point: ContactPoint) -> Contact:
    for person in people:
        if is_same_person(row.person, person):
            return person
    sharer = Contact(brand_id=point.brand_id, shares_point=point, created_at=clock.now())
    people.append(sharer)
    return sharer


def _state(contact: Contact) -> tuple[Any, ...]:
    return (*(getattr(contact, name) for name in PERSON_COLUMNS), contact.attributes)
