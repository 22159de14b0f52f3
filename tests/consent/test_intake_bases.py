"""Implied consent and soft opt-in in a file: only where they are lawful, with what they need, and with their end."""

import datetime as dt
from pathlib import Path

import pytest

from consent.models import ConsentEvent, Method, Subscription
from contacts.models import ImportRow
from tests.cast import Cast
from tests.csv_files import GOOD, reported, take_in, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
CANADIAN = {"phone": "+1 416 555 0123", "country": "CA", "consent_purpose": "marketing"}
BOUGHT = CANADIAN | {
    "consent_basis": "implied_purchase",
    "purchase_at": "2026-03-02T14:03:00-05:00",
    "product": "kettle",
}
ASKED = CANADIAN | {
    "consent_basis": "implied_inquiry",
    "inquiry_at": "2026-09-01T12:00:00Z",
    "product": "kettle",
}


def test_a_purchase_in_canada_carries_marketing_for_two_years(acme: Cast, tmp_path: Path) -> None:
    run = take_in(acme, write(tmp_path, BOUGHT))
    assert (run.accepted, run.cannot_text) == (1, 0)
    event = ConsentEvent.objects.get()
    assert (event.basis, event.method, event.disclosure) == ("implied_purchase", Method.IMPORT, None)
    assert event.occurred_at == dt.datetime(2026, 3, 2, 19, 3, tzinfo=dt.UTC)
    assert event.until == dt.datetime(2028, 3, 2, 19, 3, tzinfo=dt.UTC)
    assert event.evidence.data["product"] == "kettle"
    assert Subscription.objects.get().expires_at == event.until


def test_an_inquiry_carries_half_a_year(acme: Cast, tmp_path: Path) -> None:
    assert take_in(acme, write(tmp_path, ASKED)).accepted == 1
    assert Subscription.objects.get().expires_at == dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)


def test_a_soft_opt_in_needs_that_a_refusal_was_offered(acme: Cast, tmp_path: Path) -> None:
    acme.program.countries = ["US", "GB"]
    acme.program.save()
    sold = BOUGHT | {"phone": "+44 7700 900197", "country": "GB", "consent_basis": "soft_opt_in"}
    path = write(tmp_path, sold, sold | {"phone": "+44 7700 900198", "opt_out_offered": "yes"})
    run = take_in(acme, path)
    assert (run.accepted, run.cannot_text) == (1, 1)
    assert "opt_out_offered" in reported(path)[0]["detail"]


@pytest.mark.parametrize(("changed", "reason", "words"), [
    ({"phone": "+12065557991", "country": "US"}, "basis_not_proven", "counts only for numbers of CA"),
    ({"purchase_at": ""}, "basis_not_proven", "purchase_at is missing"),
    ({"product": ""}, "basis_not_proven", "product is missing"),
    ({"purchase_at": "2024-01-01T00:00:00Z"}, "basis_not_proven", "has run out on 2026-01-01"),
    ({"purchase_at": "last spring"}, "unusable_time", "purchase_at 'last spring' cannot be read"),
    ({"purchase_at": "2031-01-01T00:00:00Z"}, "time_in_future", "purchase_at"),
    ({"consent_basis": "legitimate_interest"}, "unknown_basis", "is no basis"),
])  # fmt: skip
def test_a_basis_without_what_it_needs_texts_nobody(
    acme: Cast, tmp_path: Path, changed: dict[str, str], reason: str, words: str
) -> None:
    path = write(tmp_path, BOUGHT | changed)
    assert take_in(acme, path).cannot_text == 1
    assert reason in ImportRow.objects.get().reasons
    assert words in reported(path)[0]["detail"]
    assert not ConsentEvent.objects.exists()


def test_a_later_purchase_lengthens_and_the_same_file_again_does_not(acme: Cast, tmp_path: Path) -> None:
    take_in(acme, write(tmp_path, BOUGHT))
    take_in(acme, write(tmp_path, BOUGHT, name="again.csv"))
    assert ConsentEvent.objects.count() == 1
    take_in(acme, write(tmp_path, BOUGHT | {"purchase_at": "2026-06-01T00:00:00Z"}, name="later.csv"))
    assert Subscription.objects.get().expires_at == dt.datetime(2028, 6, 1, tzinfo=dt.UTC)


def test_an_express_agreement_is_not_limited_by_a_purchase(acme: Cast, tmp_path: Path) -> None:
    express = GOOD | {"phone": BOUGHT["phone"], "country": "CA"}
    take_in(acme, write(tmp_path, express))
    take_in(acme, write(tmp_path, BOUGHT | {"first_name": "Maria"}, name="bought.csv"))
    assert Subscription.objects.get().expires_at is None
