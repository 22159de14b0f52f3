"""Whom a campaign is for: one number per person, in pages that start where the last one ended."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from campaigns.models import Campaign
from consent.models import Status, Subscription
from contacts.models import ERASED, Channel, ContactPoint

LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def points(campaign: Campaign) -> QuerySet[ContactPoint]:
    """The numbers the campaign is for, in no order: who is, or ever was, in its program; erased people are nobody.

    Whatever their standing: the gate refuses, and the preflight shows why. A person with several numbers in
    the program has one here: an active one before others, then the newest agreement.
    """
    return _chosen(campaign, after=None)


def page(campaign: Campaign, *, after: uuid.UUID | None, size: int) -> list[ContactPoint]:
    """The next `size` numbers beyond the id `after` (None: from the start), with their contacts."""
    found = _chosen(campaign, after=after).select_related("contact").order_by("id")
    # Moments are slow to read, and no text says when somebody became known.
    return list(found.defer("created_at", "contact__created_at")[:size])


def pages(campaign: Campaign, *, size: int) -> Iterator[list[ContactPoint]]:
    """Yield all numbers of the campaign in pages; memory holds one page."""
    after = None
    while found := page(campaign, after=after, size=size):
        yield found
        after = found[-1].id


def _chosen(campaign: Campaign, *, after: uuid.UUID | None) -> QuerySet[ContactPoint]:
    program = {"brand_id": campaign.brand_id, "program_id": campaign.program_id}
    theirs = {f"subscriptions__{name}": value for name, value in program.items()}
    if after is not None:
        # Said of both tables: otherwise PostgreSQL may read one of them from its start for every page.
        theirs |= {"id__gt": after, "subscriptions__point_id__gt": after}
    rows = ContactPoint.objects.filter(brand_id=campaign.brand_id, channel=Channel.SMS, **theirs)
    rows = rows.exclude(address__startswith=ERASED).alias(
        **_rank("subscriptions__"), agreed_to=F("subscriptions__purposes")
    )
    others = Subscription.objects.alias(**_rank()).filter(
        **program, point__channel=Channel.SMS, point__contact_id=OuterRef("contact_id")
    )
    better = Q(is_active__gt=OuterRef("is_active")) | Q(is_active=OuterRef("is_active")) & (
        Q(granted__gt=OuterRef("granted")) | Q(granted=OuterRef("granted"), point_id__gt=OuterRef("id"))
    )
    return _narrowed(rows.filter(~Exists(others.filter(better))), campaign)


def _rank(path: str = "") -> dict[str, Any]:
    """Which of a person's subscriptions counts, the greatest: an active one, then the newest agreement."""
    return {
        "is_active": ExpressionWrapper(Q(**{f"{path}status": Status.ACTIVE}), output_field=BooleanField()),
        "granted": Coalesce(f"{path}granted_at", Value(LONG_AGO)),
    }


def _narrowed(rows: QuerySet[ContactPoint], campaign: Campaign) -> QuerySet[ContactPoint]:
    segment = campaign.segment
    if segment is None:
        return rows
    rows = rows.filter(contact__in=segment.people())
    if not segment.consents_to:
        return rows
    key = campaign.program.purpose_key(segment.consents_to)
    return rows.filter(Q(agreed_to__contains=[key])) if key else rows.none()
