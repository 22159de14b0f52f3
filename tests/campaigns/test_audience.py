"""Whom a campaign is for."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from campaigns import audience
from campaigns.models import Campaign
from consent import ledger
from consent.models import Act, Method
from contacts import clock
from contacts.models import Channel, ContactPoint, Segment
from tests.campaigns.conftest import campaign_of
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller]) -> None:
    """Every test of this file is a Wednesday at 13:00 New York."""


def segment(acme: Cast, **fields: Any) -> Segment:
    return Segment.objects.create(brand=acme.brand, slug="some", name="Some", **fields)


def numbers(campaign: Campaign) -> set[str]:
    return set(audience.points(campaign).values_list("address", flat=True))


def second_number(acme: Cast, point: ContactPoint, address: str, **fields: Any) -> ContactPoint:
    defaults = {"brand": acme.brand, "contact": point.contact, "country": "US", "created_at": clock.now()}
    return ContactPoint.objects.create(address=address, **(defaults | fields))


def test_everyone_who_ever_was_in_the_program_is_in_it(acme: Cast) -> None:
    joined, left = acme.person(), acme.person()
    ledger.record(
        ledger.Entry(
            point_id=left.id, program_id=acme.program.id, act=Act.REVOKED, method=Method.AGENT, actor="user:1"
        )
    )
    acme.person(agrees_to=())
    assert numbers(campaign_of(acme)) == {joined.address, left.address}


def test_a_stop_keeps_the_person_in_it_so_that_the_refusal_shows(acme: Cast) -> None:
    point = acme.person()
    acme.stop(point)
    assert numbers(campaign_of(acme)) == {point.address}


def test_another_brands_people_are_not_in_it(acme: Cast, rival: Cast) -> None:
    rival.person()
    ours = acme.person()
    assert numbers(campaign_of(acme)) == {ours.address}


def test_a_person_with_two_numbers_is_in_it_once_on_the_newest_agreement(acme: Cast) -> None:
    old = acme.person()
    new = second_number(acme, old, "+12065550901")
    acme.grant(new, occurred_at=clock.now() - dt.timedelta(days=1))
    assert numbers(campaign_of(acme)) == {new.address}


def test_a_number_still_in_the_program_goes_before_a_newer_one_that_left(acme: Cast) -> None:
    old = acme.person()
    new = second_number(acme, old, "+12065550901")
    acme.grant(new, occurred_at=clock.now() - dt.timedelta(days=1))
    ledger.record(
        ledger.Entry(
            point_id=new.id, program_id=acme.program.id, act=Act.REVOKED, method=Method.AGENT, actor="user:1"
        )
    )
    assert numbers(campaign_of(acme)) == {old.address}


def test_an_address_of_another_channel_is_not_in_it(acme: Cast) -> None:
    point = acme.person()
    other = second_number(acme, point, "+12065550901", channel=Channel.WHATSAPP)
    acme.grant(other, occurred_at=clock.now() - dt.timedelta(days=1))
    assert numbers(campaign_of(acme)) == {point.address}


def test_a_segment_narrows_it(acme: Cast) -> None:
    vip = acme.person(tags=["vip"], attributes={"roast": "dark"})
    acme.person(tags=["vip"], attributes={"roast": "light"})
    acme.person(attributes={"roast": "dark"})
    narrow = segment(acme, tags=["vip"], attributes={"roast": "dark"})
    assert numbers(campaign_of(acme, segment=narrow)) == {vip.address}


def test_a_segment_can_ask_for_a_purpose_agreed_to(acme: Cast) -> None:
    both = acme.person(agrees_to=("marketing", "informational"))
    acme.person(agrees_to=("marketing",))
    assert numbers(campaign_of(acme, segment=segment(acme, consents_to="informational"))) == {both.address}


def test_a_purpose_the_program_does_not_send_has_nobody(acme: Cast) -> None:
    acme.person()
    del acme.program.purposes["informational"]
    acme.program.save()
    assert numbers(campaign_of(acme, segment=segment(acme, consents_to="informational"))) == set()


def test_pages_hold_everybody_once_in_order(acme: Cast) -> None:
    people = {acme.person().id for _ in range(7)}
    pages = list(audience.pages(campaign_of(acme), size=3))
    assert [len(page) for page in pages] == [3, 3, 1]
    ids = [point.id for page in pages for point in page]
    assert ids == sorted(people)


def test_a_page_costs_one_query(acme: Cast, django_assert_num_queries: Any) -> None:
    for _ in range(5):
        acme.person()
    brew_tips = campaign_of(acme)
    with django_assert_num_queries(1):
        assert {point.contact.first_name for point in audience.page(brew_tips, after=None, size=5)} == {
            "Maria"
        }
