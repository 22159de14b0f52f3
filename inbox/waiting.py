"""Who waits for an answer, and for how long; the threads of a box of the inbox."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from contacts import clock
from contacts.admin_scope import BoundedPaginator, scope_of
from contacts.admin_search import points_matching
from contacts.admin_words import ago
from contacts.models import ContactPoint
from messaging.models import Direction, Message, Thread

BOXES = {"waiting": "Waiting", "mine": "Mine", "all": "All"}
PER_PAGE = 50
_MOST_FOUND = 1000
# From when on a wait is shown as long; a customer expects an answer within minutes.
LONG_WAIT = dt.timedelta(minutes=15)


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One thread of the list."""

    id: uuid.UUID
    name: str
    address: str
    last: str
    is_last_theirs: bool
    at: dt.datetime | None
    waits: str
    is_long: bool
    answerer: str
    brand: str


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A page of rows, and how many wait in all (at most the paginator's bound)."""

    rows: list[Row]
    page: Any
    waiting: int
    boxes: list[tuple[str, str]]


def find(request: HttpRequest, *, box: str, search: str = "", page: str = "") -> Found:
    """The threads of a box that the user may see: waiting longest first, the others newest first."""
    scope = scope_of(request)
    rows = scope.only(Thread.objects.all())
    waiting = rows.filter(waiting_since__isnull=False)
    chosen = {"waiting": waiting, "mine": rows.filter(assignment__user=request.user.pk)}.get(
        box, rows.filter(last_message_at__isnull=False)
    )
    if search.strip():
        people = points_matching(request, search.strip()).values_list("contact_id", flat=True)[:_MOST_FOUND]
        chosen = chosen.filter(contact_id__in=list(people))
    order = ["waiting_since"] if box == "waiting" else ["-last_message_at"]
    found = BoundedPaginator(_with_last_words(chosen).order_by(*order, "id"), PER_PAGE).get_page(page)
    now = clock.now()
    return Found(
        rows=[_row(thread, now) for thread in found],
        page=found,
        waiting=waiting.order_by()[: BoundedPaginator.most].count(),
        boxes=list(BOXES.items()),
    )


def _with_last_words(rows: "QuerySet[Thread]") -> "QuerySet[Thread]":
    last = Message.objects.filter(brand_id=OuterRef("brand_id"), thread_id=OuterRef("id")).order_by(
        "-created_at"
    )
    point = ContactPoint.objects.filter(brand_id=OuterRef("brand_id"), contact_id=OuterRef("contact_id"))
    return rows.select_related("contact", "brand", "assignment__user").annotate(
        last_body=Subquery(last.values("body")[:1]),
        last_direction=Subquery(last.values("direction")[:1]),
        address=Subquery(point.order_by("created_at").values("address")[:1]),
    )


def _row(thread: Any, now: dt.datetime) -> Row:
    waited = now - thread.waiting_since if thread.waiting_since else dt.timedelta()
    assignment = getattr(thread, "assignment", None)
    return Row(
        id=thread.id,
        name=thread.contact.full_name or thread.address or "Unnamed contact",
        address=thread.address or "",
        last=thread.last_body or "",
        is_last_theirs=thread.last_direction == Direction.IN,
        at=thread.last_message_at,
        waits=ago(waited) if thread.waiting_since else "",
        is_long=waited >= LONG_WAIT,
        answerer=(assignment.user.get_full_name() or assignment.user.get_username()) if assignment else "",
        brand=thread.brand.name,
    )
