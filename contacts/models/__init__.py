"""Brands and their people: the tables of who."""

from contacts.models.brand import Brand, Role, TeamMember
from contacts.models.contact import Channel, Contact, ContactPoint
from contacts.models.intake import ContactImport, ImportRow, RowOutcome
from contacts.models.segment import Segment

__all__ = [
    "Brand",
    "Channel",
    "Contact",
    "ContactImport",
    "ContactPoint",
    "ImportRow",
    "Role",
    "RowOutcome",
    "Segment",
    "TeamMember",
]
