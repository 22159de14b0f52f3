"""Brands and their people: the tables of who."""

from contacts.models.api_key import ApiKey
from contacts.models.brand import Brand, Role, TeamMember
from contacts.models.contact import ERASED, Channel, Contact, ContactPoint
from contacts.models.intake import ContactImport, ImportRow, RowOutcome
from contacts.models.pause import Pause
from contacts.models.retention import Kept, RetentionRule
from contacts.models.segment import Segment

__all__ = [
    "ERASED",
    "ApiKey",
    "Brand",
    "Channel",
    "Contact",
    "ContactImport",
    "ContactPoint",
    "ImportRow",
    "Kept",
    "Pause",
    "RetentionRule",
    "Role",
    "RowOutcome",
    "Segment",
    "TeamMember",
]
