"""Whom a campaign is for: one number per person, in pages that start where the last one ended."""

import datetime as dt
import uuid
from collections.abc import Iterator

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
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
    return ContactPoint.objects.filter(id__in=_chosen(campaign).values("point_id"))


def page(campaign: Campaign, *, after: uuid.UUID | None, size: int) -> list[ContactPoint]:
    """The next `size` numbers beyond the id `after` (None: from the start), with their contacts."""
    chosen = _chosen(campaign).order_by("point_id")
    if after is not None:
        chosen = chosen.filter(point_id__gt=after)
    found = ContactPoint.objects.filter(id__in=chosen.values("point_id")[:size]).select_related("contact")
    # Moments are slow to read, and no text says when somebody became known.
    return list(found.defer("created_at", "contact__created_at").order_by("id"))


def pages(campaign: Campaign, *, size: int) -> Iterator[list[ContactPoint]]:
    """Yield all numbers of the campaign in pages; memory holds one page."""
    after = None
    while found := page(campaign, after=after, size=size):
        yield found
        after = found[-1].id


def _chosen(campaign: Campaign) -> QuerySet[Subscription]:
    rows = _ranked(
        Subscription.objects.filter(
            brand_id=campaign.brand_id,
            program_id=campaign.program_id,
            point__brand_id=campaign.brand_id,
            point__channel=Channel.SMS,
        )
    )
    others = _ranked(
        Subscription.objects.filter(
            brand_id=campaign.brand_id,
            program_id=campaign.program_id,
            point__channel=Channel.SMS,
            point__contact_id=OuterRef("point__contact_id"),
        )
    )
    better = Q(is_active__gt=OuterRef("is_active")) | Q(is_active=OuterRef("is_active")) & (
        Q(agreed_at__gt=OuterRef("agreed_at"))
        | Q(agreed_at=OuterRef("agreed_at"), point_id__gt=OuterRef("point_id"))
    )
    chosen = rows.filter(~Exists(others.filter(better))).exclude(point__address__startswith=ERASED)
    return _narrowed(chosen, campaign)


def _ranked(rows: QuerySet[Subscription]) -> QuerySet[Subscription]:
    return rows.annotate(
        is_active=ExpressionWrapper(Q(status=Status.ACTIVE), output_field=BooleanField()),
        agreed_at=Coalesce("granted_at", Value(LONG_AGO)),
    )


def _narrowed(rows: QuerySet[Subscription], campaign: Campaign) -> QuerySet[Subscription]:
    segment = campaign.segment
    if segment is None:
        return rows
    rows = rows.filter(point__contact__in=segment.people())
    if not segment.consents_to:
        return rows
    key = campaign.program.purpose_key(segment.consents_to)
    return rows.filter(purposes__contains=[key]) if key else rows.none()
