"""A local business may say where its customers are; what a person said, or where they live, goes before that."""

import pytest
from django.core.exceptions import ValidationError

from consent import facts
from contacts.models import Brand, Contact, ContactPoint
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ANYWHERE = "+14155550123"  # an area code of California


def stranger(acme: Cast) -> ContactPoint:
    """Somebody of whom only the number is known."""
    point = acme.person(ANYWHERE)
    Contact.objects.filter(id=point.contact_id).update(timezone="", postal_code="", region="")
    return point


def zones_of(point: ContactPoint) -> tuple[tuple[str, ...], str]:
    found = facts.load_points({point.brand_id}, {point.id})[(point.brand_id, point.id)]
    return found.zones, found.zone_source


def test_without_a_rule_the_number_tells(acme: Cast) -> None:
    assert zones_of(stranger(acme)) == (("America/Los_Angeles",), "area_code")


def test_the_business_says_where_its_customers_are(acme: Cast) -> None:
    Brand.objects.filter(id=acme.brand.id).update(customers_timezone="America/Denver")
    assert zones_of(stranger(acme)) == (("America/Denver",), "brand_rule")


def test_what_a_person_said_goes_before(acme: Cast) -> None:
    Brand.objects.filter(id=acme.brand.id).update(customers_timezone="America/Denver")
    point = stranger(acme)
    Contact.objects.filter(id=point.contact_id).update(timezone="America/Chicago")
    assert zones_of(point) == (("America/Chicago",), "stated")


@pytest.mark.parametrize("field", ["timezone", "customers_timezone"])
@pytest.mark.parametrize("name", ["EST", "Mars/Olympus"])
def test_only_a_place_is_a_zone(acme: Cast, field: str, name: str) -> None:
    setattr(acme.brand, field, name)
    with pytest.raises(ValidationError, match="write a place such as America/New_York") as refused:
        acme.brand.full_clean()
    assert set(refused.value.message_dict) == {field}
