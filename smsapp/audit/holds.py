"""What waits for a person's decision: numbers that are held, and closings that the team wants undone."""

import dataclasses
import datetime as dt

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest

from consent.models import Act, ConsentEvent, Reopening, Status, Subscription
from contacts import clock
from contacts.admin_words import ago
from contacts.models import Contact
from inbox.models import Assignment
from inbox.waiting import LONG_WAIT
from smsapp.audit import permission
from smsapp.audit.looks import name_of

MOST_SHOWN = 200


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One number that nothing automatic is sent to until somebody has looked."""

    contact: Contact
    since: dt.datetime
    waits: str
    is_long: bool
    words: str
    why: str
    answerer: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One closing that a team member wants undone, and that waits for a second one."""

    contact: Contact
    where: str
    since: dt.datetime
    waits: str
    asked_by: str


def held(request: HttpRequest) -> list[Hold]:
    """The held numbers of the user's brands, the longest wait first, at most 200."""
    holding = ConsentEvent.objects.filter(
        brand_id=OuterRef("brand_id"), point_id=OuterRef("point_id"), program=None, act=Act.HELD
    )
    rows = permission.only(request, Subscription.objects.filter(program=None, status=Status.HELD))
    newest = rows.annotate(event=Subquery(holding.order_by("-seq").values("id")[:1]))
    found = list(newest.select_related("point__contact__brand")[: MOST_SHOWN * 5])
    events = ConsentEvent.objects.select_related("evidence").in_bulk(
        [row.event for row in found if row.event]
    )
    told = [_hold(row.point.contact, event) for row in found if (event := events.get(row.event))]
    longest = sorted(told, key=lambda each: each.since)[:MOST_SHOWN]
    return _with_answerers(longest)


def _hold(contact: Contact, event: ConsentEvent) -> Hold:
    kept = getattr(event, "evidence", None)
    said = kept.data if kept else {}
    waited = clock.now() - event.recorded_at
    return Hold(
        contact=contact,
        since=event.recorded_at,
        waits=ago(waited),
        is_long=waited >= LONG_WAIT,
        words=str(said.get("text", "")),
        why=str(said.get("why", "")),
        answerer="",
    )


def _with_answerers(holds: list[Hold]) -> list[Hold]:
    rows = Assignment.objects.filter(thread__contact__in=[hold.contact.id for hold in holds])
    whose = {row.thread.contact_id: row.user for row in rows.select_related("thread", "user")}
    return [
        dataclasses.replace(hold, answerer=name_of(whose[hold.contact.id]))
        if hold.contact.id in whose
        else hold
        for hold in holds
    ]


def to_reopen(request: HttpRequest) -> list[Request]:
    """The requests to undo a closing that nobody has decided, the oldest first, at most 200."""
    rows = permission.only(request, Reopening.objects.filter(decided_at=None))
    chosen = rows.select_related("point__contact__brand", "program", "asked_by").order_by("asked_at")
    return [
        Request(
            contact=row.point.contact,
            where=str(row.program or "the number"),
            since=row.asked_at,
            waits=ago(clock.now() - row.asked_at),
            asked_by=name_of(row.asked_by),
        )
        for row in chosen[:MOST_SHOWN]
    ]
