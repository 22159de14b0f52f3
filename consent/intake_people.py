"""The people of an import: who is new, who is known and changed, and who shares another person's number."""

import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from consent.intake_staging import Settlement, Staged, tie_to_points
from contacts import clock
from contacts.copying import copy_in
from contacts.csv_rows import PERSON_COLUMNS
from contacts.models import Brand, Channel, Contact, ContactPoint, RowOutcome

_NAMES = ("first_name", "last_name")


def add_new(groups: list[list[Staged]], brand: Brand) -> None:
    """Make a contact and a contact point for each number that has none.

    The first person under a number owns it. A number that somebody else wrote meanwhile stays theirs.
    """
    now = clock.now()
    made: dict[uuid.UUID, Contact] = {}
    points = []
    for group in groups:
        owner = Contact(brand=brand, created_at=now)
        for row in group:
            if is_same_person(row.person, owner):
                merge(row.person, owner)
        point = ContactPoint(
            brand=brand, contact=owner, channel=Channel.SMS, address=group[0].address,
            country=group[0].country, created_at=now,
        )  # fmt: skip
        points.append(point)
        made[point.id] = owner
    copy_in(list(made.values()))
    ContactPoint.objects.bulk_create(points, ignore_conflicts=True)
    ours = set(ContactPoint.objects.filter(brand=brand, id__in=made).values_list("id", flat=True))
    Contact.objects.filter(
        id__in=[owner.id for point_id, owner in made.items() if point_id not in ours]
    ).delete()
    tie_to_points(brand.id, created=sorted(ours), addresses=[group[0].address for group in groups])


def bring_up_to_date(groups: list[list[Staged]], brand: Brand) -> tuple[dict[int, Contact], set[uuid.UUID]]:
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
        if group[0].is_new:
            changed.add(point.contact_id)
        people = [point.contact, *sharers.get(point.id, [])]
        before = {person.id: _state(person) for person in people}
        for row in group:
            who[row.line] = _person_of(row, people, point)
            merge(row.person, who[row.line])
        changed |= {person.id for person in people if before.get(person.id) != _state(person)}
    _write(people for people in who.values() if people.id in changed)
    return who, changed


def settle_sharer(row: Staged, *, is_changed: bool) -> Settlement:
    """A row of somebody whose number is another person's: the person is kept, their consent is not on it."""
    return Settlement(
        line=row.line, outcome=RowOutcome.CANNOT_TEXT, reasons=("number_shared",), unchanged=not is_changed
    )


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
    for name in PERSON_COLUMNS:
        value, known = said.get(name, ""), getattr(contact, name)
        if value and not (name in _NAMES and _is_only_louder(value, known)):
            setattr(contact, name, value)
    contact.attributes = contact.attributes | said.get("attributes", {})


def _is_only_louder(value: str, known: str) -> bool:
    """MARIA, or maria, for a person known as Maria."""
    return value.casefold() == known.casefold() and value in {value.upper(), value.lower()}


def _plain(name: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def _person_of(row: Staged, people: list[Contact], point: ContactPoint) -> Contact:
    for person in people:
        if is_same_person(row.person, person):
            return person
    sharer = Contact(brand_id=point.brand_id, shares_point=point, created_at=clock.now())
    people.append(sharer)
    return sharer


def _state(contact: Contact) -> tuple[Any, ...]:
    return (*(getattr(contact, name) for name in PERSON_COLUMNS), contact.attributes)


def _write(people: Iterable[Contact]) -> None:
    rows = {person.id: person for person in people}
    Contact.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*PERSON_COLUMNS, "attributes"],
    )
