"""The access log: which team member looked at whose data, when and where."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest

from consent.models import Access
from contacts.admin_scope import BoundedPaginator
from contacts.models import Contact
from smsapp.audit import permission

PER_PAGE = 50
# What was opened, as the end of a sentence that begins with a name.
PAGES = {
    "timeline": "opened the person's timeline at the auditor's desk",
    "thread": "opened the conversation",
    "contact": "opened the person's page",
    "then": "asked whether the person could be texted at a moment",
    "search": "searched for a person",
    "export": "took or ordered an export",
    "download": "downloaded an export pack",
    "receipt": "downloaded a receipt",
    "opt-outs": "read recent opt-outs",
    "holds": "read the holds that wait",
    "preference link": "took the person's preference link",
    "preference link renewed": "renewed the person's preference link",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """One row: who, when, what was opened, and of whom (None: of nobody in particular)."""

    at: dt.datetime
    user: Any
    name: str
    what: str
    detail: str
    contact: Contact | None


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    """A page of the log, and the team members one may choose from."""

    rows: list[Look]
    page: Any
    users: list[Any]


def read(request: HttpRequest, *, user: str, contact: str, page: str) -> Looked:
    """The log of the user's brands, newest first; of one team member (id) and of one person (id) when given."""
    rows = permission.only(request, Access.objects.select_related("user"))
    if user.isdigit():
        rows = rows.filter(user_id=int(user))
    if contact_id := id_of(contact):
        rows = rows.filter(contact_id=contact_id)
    found = BoundedPaginator(rows.order_by("-at", "-id"), PER_PAGE).get_page(page)
    people = permission.only(request, Contact.objects.select_related("brand")).in_bulk(
        [row.contact_id for row in found if row.contact_id]
    )
    return Looked(
        [
            Look(
                at=row.at,
                user=row.user,
                name=name_of(row.user),
                what=PAGES.get(row.page, row.page),
                detail=row.detail,
                contact=people.get(row.contact_id),
            )
            for row in found
        ],
        found,
        _team(request),
    )


def name_of(user: Any) -> str:
    """A team member as people call them."""
    return (user.get_full_name() or user.get_username()) if user else "a command, or a former team member"


def _team(request: HttpRequest) -> list[Any]:
    members = get_user_model().objects.filter(memberships__brand__in=permission.brands(request))
    return list(members.distinct().order_by("username"))


def id_of(text: str) -> uuid.UUID | None:
    """The id that a filter names, if it is one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
