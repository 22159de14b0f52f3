"""A person's preference link, renewed by the team on her page: who may, what it ends, and that it is on record."""

import pytest
from django.test import Client, TestCase
from django.urls import reverse

from consent import preferences
from consent.models import Access
from contacts.models import ContactPoint
from tests.admin_story import client_of, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def maria(acme: Cast) -> ContactPoint:
    return acme.person()


def opens(link: str) -> bool:
    return preferences.open_link(link.rpartition("/")[2]) is not None


def page(maria: ContactPoint) -> str:
    return reverse("inbox:link", args=[maria.contact_id])


@pytest.mark.parametrize("role", ["owner", "marketer", "agent"])
def test_it_ends_every_earlier_link_shows_no_new_one_and_is_on_record(
    acme: Cast, maria: ContactPoint, role: str
) -> None:
    client, link = client_of(acme.team[role]), preferences.link(maria)
    assert page(maria) in client.get(url("contacts.Contact", "change", maria.contact_id)).content.decode()
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(page(maria), follow=True)
    assert "every earlier link of theirs is dead" in answer.content.decode()
    assert not opens(link)
    maria.refresh_from_db()
    assert opens(preferences.link(maria))
    assert preferences.PATH + preferences.link(maria).rpartition("/")[2] not in answer.content.decode()
    row = Access.objects.get(page="preference link renewed")
    assert (row.user, row.contact_id) == (acme.team[role], maria.contact_id)


def test_looking_at_what_it_means_changes_nothing(acme: Cast, maria: ContactPoint) -> None:
    link = preferences.link(maria)
    shown = client_of(acme.team["agent"]).get(page(maria))
    assert "End their earlier links" in shown.content.decode()
    assert opens(link)
    assert not Access.objects.filter(page="preference link renewed").exists()


def test_all_numbers_of_the_person_are_renewed_and_nobody_elses(acme: Cast, maria: ContactPoint) -> None:
    second = acme.person()
    ContactPoint.objects.filter(id=second.id).update(contact=maria.contact)
    second.refresh_from_db()
    links = [preferences.link(point) for point in (maria, second, acme.person())]
    client_of(acme.team["owner"]).post(page(maria))
    assert [opens(link) for link in links] == [False, False, True]


def test_an_auditor_and_another_brand_may_not(acme: Cast, rival: Cast, maria: ContactPoint) -> None:
    link = preferences.link(maria)
    auditor = client_of(acme.team["auditor"])
    assert (
        page(maria) not in auditor.get(url("contacts.Contact", "change", maria.contact_id)).content.decode()
    )
    for method in ("get", "post"):
        assert getattr(auditor, method)(page(maria)).status_code == 403
        assert getattr(client_of(rival.team["owner"]), method)(page(maria)).status_code == 404
        assert getattr(Client(), method)(page(maria))["Location"].startswith("/admin/login/")
    assert opens(link)


def test_who_was_erased_has_no_link_to_renew(acme: Cast, maria: ContactPoint) -> None:
    ContactPoint.objects.filter(id=maria.id).update(address=f"erased:{maria.id}")
    assert client_of(acme.team["owner"]).get(page(maria)).status_code == 404
