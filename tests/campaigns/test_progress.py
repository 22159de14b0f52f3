"""How far a campaign has come."""

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from campaigns import fill
from campaigns.models import Campaign
from campaigns.progress import progress
from messaging.models import Message, Status
from tests.campaigns.conftest import campaign_of, launched
from tests.cast import Cast
from tests.conftest import NOON


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file is a Wednesday at 13:00 New York, and no broker is asked."""


def half_way(acme: Cast) -> Campaign:
    """Three went out a moment ago, three wait, one was refused, one failed."""
    for _ in range(7):
        acme.person()
    acme.stop(acme.person())
    campaign = launched(acme)
    fill.fill(campaign.id)
    queued = list(Message.objects.filter(status=Status.QUEUED).values_list("id", flat=True))
    Message.objects.filter(id__in=queued[:3]).update(status=Status.SENT, handed_off_at=NOON)
    Message.objects.filter(id=queued[3]).update(status=Status.FAILED, reason="30003")
    campaign.refresh_from_db()
    return campaign


def test_it_counts_by_status_and_reason(acme: Cast) -> None:
    told = progress(half_way(acme))
    assert told["statuses"] == {"failed": 1, "queued": 3, "refused": 1, "sent": 3}
    assert told["reasons"] == {"30003": 1, "number_closed": 1}
    assert (told["messages"], told["went_out"], told["done_percent"]) == (8, 3, 62.5)


def test_it_tells_the_speed_and_when_the_rest_will_be_through(acme: Cast) -> None:
    told = progress(half_way(acme))
    assert (told["per_second"], told["eta"]) == (0.1, (NOON + dt.timedelta(seconds=30)).isoformat())


def test_speed_is_of_the_last_moments_only(acme: Cast, noon: time_machine.Traveller) -> None:
    campaign = half_way(acme)
    noon.shift(dt.timedelta(minutes=1))
    told = progress(campaign)
    assert (told["per_second"], told["eta"]) == (0, None)


def test_a_draft_has_come_nowhere(acme: Cast) -> None:
    told = progress(campaign_of(acme))
    assert (told["messages"], told["done_percent"], told["status"]) == (0, None, "draft")


def test_it_is_one_query_and_json(acme: Cast, django_assert_num_queries: Any) -> None:
    campaign = half_way(acme)
    with django_assert_num_queries(1):
        assert json.loads(json.dumps(progress(campaign)))["audience"] == 8
