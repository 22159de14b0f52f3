"""The people behind one number of a preflight, a page at a time, found by the same walk that counted them."""

import dataclasses
import datetime as dt
import uuid
from typing import Final

from campaigns import personal, preflight
from campaigns.models import Campaign
from consent.reasons import Reason
from contacts.models import Contact

# People on a page of the list, and how many are looked at for one page before somebody asks for more.
MOST, LOOKED_AT = 50, 20_000
SKIPPED: Final = "skipped"
# What may be asked for: a reason of the gate, or those for whom the text cannot be written.
KINDS = (*Reason.values, SKIPPED)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One person: the words of every reason, and for a hold the earliest moment (aware UTC)."""

    contact: Contact
    words: list[str]
    until: dt.datetime | None = None


@dataclasses.dataclass(slots=True, kw_only=True)
class Page:
    """Some of the people of a kind. `after`: the number to go on beyond (None: these were the last)."""

    rows: list[Row] = dataclasses.field(default_factory=list)
    after: uuid.UUID | None = None
    looked_at: int = 0


def people(campaign: Campaign, kind: str, *, after: uuid.UUID | None = None) -> Page:
    """The next people whose first reason is `kind` (one of KINDS), judged as the preflight judges, now.

    Nothing is kept of the count: the list is as true as the moment it is looked at, and costs memory for one page.
    """
    found = Page()
    sender = personal.sender_for(campaign.program)
    if sender is None:
        return found
    at = preflight.moment_of(campaign)
    for page in preflight.judged(campaign, sender, at=at, after=after):
        rows = _rows(page, kind)
        for point in page.points:
            found.looked_at += 1
            if point.id not in rows:
                continue
            found.rows.append(rows[point.id])
            if len(found.rows) == MOST:
                found.after = point.id
                return found
        if found.looked_at >= LOOKED_AT:
            found.after = page.points[-1].id
            return found
    return found


def _rows(page: preflight.Judged, kind: str) -> dict[uuid.UUID, Row]:
    """The people of this kind on a page, by their number."""
    contacts = {point.contact_id: point for point in page.points}
    if kind == SKIPPED:
        return {
            contacts[one.contact_id].id: Row(contact=contacts[one.contact_id].contact, words=[one.problem])
            for one in page.unwritten
        }
    return {
        draft.point_id: Row(
            contact=contacts[draft.contact_id].contact,
            words=[str(Reason(reason).label) for reason in verdict.reasons],
            until=verdict.until,
        )
        for draft, verdict in page.texts
        if verdict.reasons[0] == kind
    }
