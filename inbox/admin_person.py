"""Everything a person of the team must see to answer somebody: standing, history, stages, numbers."""

import dataclasses
import datetime as dt
import zoneinfo
from typing import Any

from campaigns import journeys
from consent.admin_history import Told, told_of_contact, way
from consent.models import Program, Status, Subscription
from consent.projection import FINAL, FROM_HANDSET
from contacts.admin_words import pill, words_of
from contacts.models import Contact, ContactPoint
from contacts.zones import check_zone
from messaging.models import Thread

SILENT = "The number is closed, so nothing goes out."
NOTHING_CLOSED = "Nothing has closed it."


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """Where a permission stands, in a word and a sentence. `place` is a program or "The number"."""

    place: str
    status: str
    pill: str
    sentence: str


@dataclasses.dataclass(frozen=True, slots=True)
class Person:
    """One contact as the team sees them."""

    contact: Contact
    points: list[ContactPoint]
    zone: dt.tzinfo
    zone_name: str
    closed_points: list[ContactPoint]  # closed as a number, or in a program
    is_closed: bool
    is_held: bool
    standings: list[Standing]
    stages: list[Any]
    thread: Thread | None


def person(contact: Contact) -> Person:
    """Gather it, in a constant number of queries."""
    points = list(contact.points.order_by("created_at"))
    rows = list(
        Subscription.objects.filter(brand_id=contact.brand_id, point__in=points).select_related(
            "program", "point"
        )
    )
    numbers = [row for row in rows if row.program_id is None]
    zone = zone_of(contact)
    return Person(
        contact=contact,
        points=points,
        zone=zone,
        zone_name=str(zone),
        closed_points=[
            point for point in points if any(row.point_id == point.id for row in rows if row.closed_by)
        ],
        is_closed=any(row.closed_by for row in numbers),
        is_held=any(row.held_by and not row.closed_by for row in numbers),
        standings=_standings(contact, rows),
        stages=stages_of(contact),
        thread=Thread.objects.filter(brand_id=contact.brand_id, contact=contact).first(),
    )


def timeline(who: Person) -> list[Told]:
    """The consent history of the person's numbers, newest first."""
    return told_of_contact(who.contact.brand_id, [point.id for point in who.points])


def stages_of(contact: Contact) -> list[Any]:
    """Where the person is in each journey."""
    return list(journeys.stage_of(contact))


def zone_of(contact: Contact) -> dt.tzinfo:
    """The zone times are shown in: the person's own, else the brand's."""
    name = contact.timezone or contact.brand.timezone
    return zoneinfo.ZoneInfo(name) if name and not check_zone(name) else dt.UTC


def _standings(contact: Contact, rows: list[Subscription]) -> list[Standing]:
    """The number first, then each program; programs the person never joined are shown as such."""
    by_program = {row.program_id: row for row in rows}
    number = by_program.get(None)
    told = [
        Standing("The number", number.status, _pill(number), _sentence(number))
        if number
        else Standing("The number", "open", pill("active", "Open"), NOTHING_CLOSED)
    ]
    for program in Program.objects.filter(brand_id=contact.brand_id):
        row = by_program.get(program.id)
        if row is None:
            told.append(
                Standing(program.name, "none", pill("none", "No permission"), "Never agreed to this program.")
            )
        else:
            is_silent = number is not None and bool(number.closed_by) and not row.closed_by
            shown, sentence = (
                (_silent(), f"{_sentence(row)} {SILENT}") if is_silent else (_pill(row), _sentence(row))
            )
            told.append(Standing(program.name, row.status, shown, sentence))
    return told


def _silent() -> str:
    """A program under a closed number: what was agreed to is told, and not as if it let a text out."""
    return pill("none", "Closed with the number")


def _pill(row: Subscription) -> str:
    if row.program_id is None and row.status in {Status.NONE, Status.ACTIVE}:
        return pill("active", "Open")
    return pill(row.status, words_of(Status, row.status))


def _sentence(row: Subscription) -> str:
    kinds = " and ".join(sorted({key.partition(":")[0] for key in row.purposes}))
    if FINAL & set(row.closed_by):
        return "Erased. Nothing opens it again; should the person write, they are somebody new."
    if row.closed_by:
        how = " and ".join(map(way, row.closed_by))
        when = f" on {row.closed_at:%-d %b %Y}" if row.closed_at else ""
        is_theirs = set(row.closed_by) <= FROM_HANDSET
        by = "their own START or join word" if is_theirs else "their new agreement and two people of the team"
        return f"Closed {how}{when}. It opens by {by}."
    if row.held_by:
        return "Nothing automatic goes out until somebody has looked at what they wrote."
    if kinds and row.granted_at:
        return f"Agreed to {kinds} texts on {row.granted_at:%-d %b %Y}."
    if row.program_id is None and row.status in {Status.NONE, Status.ACTIVE}:
        return NOTHING_CLOSED
    return str(row.get_status_display()) + "."
