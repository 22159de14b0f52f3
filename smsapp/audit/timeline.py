"""Everything that happened with one person, of every kind, on one line of time, newest first."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast

from campaigns.models import Enrollment, StageVisit
from consent.models import Access, Act, ConsentEvent, JoinRequest, Reopening
from contacts.admin_scope import BoundedPaginator
from contacts.models import Contact, ContactPoint
from messaging.models import Message

PER_PAGE = 40
_HOLDING = (Act.HELD, Act.RELEASED)

# What a filter shows, by its name in the address; the first is shown when none is chosen.
KINDS = {
    "all": "Everything",
    "consent": "Consent",
    "holds": "Holds",
    "texts": "Texts",
    "kept-back": "Texts held or refused",
    "journeys": "Journeys",
    "looks": "Looks of the team",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Whose:
    """The person, their numbers, and the zone their days are counted in."""

    contact: Contact
    points: tuple[ContactPoint, ...]
    zone: dt.tzinfo

    @classmethod
    def of(cls, contact: Contact, zone: dt.tzinfo) -> "Whose":
        """With the numbers in the order in which they became known."""
        return cls(contact, tuple(contact.points.order_by("created_at", "id")), zone)

    @property
    def point_ids(self) -> list[uuid.UUID]:
        return [point.id for point in self.points]

    @property
    def chains(self) -> list[ContactPoint]:
        """Their numbers, and those on which they agreed to something while the phone was somebody else's."""
        agreed = ContactPoint.objects.filter(
            brand_id=self.contact.brand_id, consent_events__contact=self.contact
        )
        others = agreed.exclude(id__in=self.point_ids).distinct().order_by("id")
        return [*self.points, *others]

    def is_about(self, path: str = "") -> Q:
        """Rows of the person, or of a number of theirs."""
        return Q(**{f"{path}contact_id": self.contact.id}) | Q(**{f"{path}point_id__in": self.point_ids})


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """One table of the timeline: its rows about a person, and the column that says when."""

    model: Any
    at: str
    rows: Callable[[Whose], "QuerySet[Any]"]
    shown_by: frozenset[str]


def _consent(whose: Whose) -> "QuerySet[Any]":
    return ConsentEvent.objects.filter(whose.is_about(), brand_id=whose.contact.brand_id)


def _texts(whose: Whose) -> "QuerySet[Any]":
    return Message.objects.filter(whose.is_about(), brand_id=whose.contact.brand_id)


def _journeys(whose: Whose) -> "QuerySet[Any]":
    return Enrollment.objects.filter(brand_id=whose.contact.brand_id, contact=whose.contact)


def _stages_without_text(whose: Whose) -> "QuerySet[Any]":
    """A stage with a text is told by its text."""
    return StageVisit.objects.filter(
        brand_id=whose.contact.brand_id, enrollment__contact=whose.contact, message=None
    )


def _looks(whose: Whose) -> "QuerySet[Any]":
    return Access.objects.filter(brand_id=whose.contact.brand_id, contact_id=whose.contact.id)


SOURCES = {
    "consent": Source(ConsentEvent, "occurred_at", _consent, frozenset({"all", "consent"})),
    "hold": Source(
        ConsentEvent, "occurred_at", lambda w: _consent(w).filter(act__in=_HOLDING), frozenset({"holds"})
    ),
    "request": Source(
        JoinRequest,
        "asked_at",
        lambda w: JoinRequest.objects.filter(brand_id=w.contact.brand_id, point_id__in=w.point_ids),
        frozenset({"all", "consent"}),
    ),
    "reopening": Source(
        Reopening,
        "asked_at",
        lambda w: Reopening.objects.filter(brand_id=w.contact.brand_id, point_id__in=w.point_ids),
        frozenset({"all", "consent", "holds"}),
    ),
    "text": Source(Message, "created_at", _texts, frozenset({"all", "texts"})),
    "kept_back": Source(
        Message,
        "created_at",
        lambda w: _texts(w).filter(decisions__outcome__in=["hold", "refuse"]).distinct(),
        frozenset({"kept-back"}),
    ),
    "journey": Source(Enrollment, "enrolled_at", _journeys, frozenset({"all", "journeys"})),
    "stage": Source(StageVisit, "entered_at", _stages_without_text, frozenset({"all", "journeys"})),
    "look": Source(Access, "at", _looks, frozenset({"all", "looks"})),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Period:
    """Days of the person's own calendar, both included; None: from the beginning, or until today."""

    first: dt.date | None = None
    last: dt.date | None = None

    def limits(self, column: str, zone: dt.tzinfo) -> Q:
        """The rows whose `column` lies in it."""
        found = Q()
        if self.first:
            found &= Q(**{f"{column}__gte": dt.datetime.combine(self.first, dt.time.min, zone)})
        if self.last:
            after = self.last + dt.timedelta(days=1)
            found &= Q(**{f"{column}__lt": dt.datetime.combine(after, dt.time.min, zone)})
        return found


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One row of the timeline: which source, and which of its rows."""

    source: str
    id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Turned:
    """A page of the timeline."""

    entries: Sequence[Entry]
    page: Any


def turn_to(whose: Whose, *, kind: str, period: Period, page: str) -> Turned:
    """One page of what happened, newest first; one query for the page and one for the count.

    Consent stands at the moment at which it happened; what was recorded only later says so.
    """
    chosen = {name: source for name, source in SOURCES.items() if kind in source.shown_by}
    first, *others = [_keys(name, source, whose, period) for name, source in chosen.items()]
    rows = first.union(*others, all=True) if others else first
    found = BoundedPaginator(rows.order_by("-moment", "-id_text"), PER_PAGE).get_page(page)
    return Turned([Entry(row["source"], row["id_text"]) for row in found], found)


def _keys(name: str, source: Source, whose: Whose, period: Period) -> "QuerySet[Any]":
    rows = source.rows(whose).filter(period.limits(source.at, whose.zone))
    # The names must be no columns of a table: a union takes them in this order.
    keys: QuerySet[Any] = (
        rows.order_by()
        .annotate(
            moment=F(source.at),
            source=Value(name, output_field=CharField()),
            id_text=Cast("pk", CharField()),
        )
        .values("moment", "source", "id_text")
    )
    return keys
