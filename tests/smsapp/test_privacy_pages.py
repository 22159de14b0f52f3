"""An owner erases a person and nobody else does; who may see everything takes it along, on record."""

import io
import zipfile
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from consent.models import Access, Erasure
from contacts.models import Contact, ContactPoint, Kept, RetentionRule
from smsapp.privacy import erase
from tests.admin_story import Story, client_of, hears, url
from tests.smsapp.whole_life import NUMBER

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture(autouse=True)
def _number(ours: Story) -> None:
    """A number that stands in no example on any page."""
    ours.point.address = NUMBER
    ours.point.save()


def page(story: Story) -> str:
    return reverse("privacy:erase", args=[story.point.contact_id])


def export(story: Story) -> str:
    return reverse("privacy:export", args=[story.point.contact_id])


def asks(client: Client, story: Story, **fields: str) -> Any:
    form = {"reason": "asked by mail", "confirmation": story.point.address[-4:]} | fields
    return client.post(page(story), form)


def test_an_owner_looks_types_the_digits_and_erases(ours: Story) -> None:
    client = client_of(ours.cast.team["owner"])
    contact_page = url("contacts.Contact", "change", ours.point.contact_id)
    assert page(ours) in client.get(contact_page).content.decode()
    shown = client.get(page(ours)).content.decode()
    assert "Messages: 2" in shown
    assert ours.point.address not in shown, "whoever erases must know the number, not copy it"
    assert Contact.objects.get(id=ours.point.contact_id).first_name == ours.secret
    answer = asks(client, ours)
    erasure = Erasure.objects.get(contact_id=ours.point.contact_id)
    assert answer["Location"] == url("consent.Erasure", "change", erasure.pk)
    assert (erasure.reason, erasure.asked_by) == ("asked by mail", ours.cast.team["owner"])
    told = client.get(answer["Location"]).content.decode()
    assert f"erased:{ours.point.id}" in told
    after = client.get(contact_page).content.decode()
    assert "This person was erased on" in after
    for trace in (f"{ours.secret} Young", ours.point.address, "is my kettle too hot?", "favourite"):
        assert trace not in after, trace
    assert b'name="_save"' not in client.get(contact_page).content
    assert client.get(page(ours))["Location"] == answer["Location"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"confirmation": "0000"}, "not what stands there"),
        ({"confirmation": ""}, "This field is required"),
        ({"reason": "Zqacme asked"}, "names the person"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_a_slip_erases_nobody(ours: Story, fields: dict[str, str], problem: str) -> None:
    answer = asks(client_of(ours.cast.team["owner"]), ours, **fields)
    assert answer.status_code == 200
    assert problem in answer.content.decode()
    assert not Erasure.objects.filter(contact_id=ours.point.contact_id).exists()
    assert not ContactPoint.objects.get(id=ours.point.id).is_erased


def test_somebody_without_a_number_is_confirmed_by_the_word(ours: Story) -> None:
    nobody = Contact.objects.create(
        brand=ours.cast.brand, first_name="Lea", created_at=ours.cast.brand.created_at
    )
    client = client_of(ours.cast.team["owner"])
    answer = client.post(
        reverse("privacy:erase", args=[nobody.id]), {"reason": "asked by mail", "confirmation": "Erase"}
    )
    assert answer.status_code == 302
    nobody.refresh_from_db()
    assert nobody.first_name == ""


@pytest.mark.parametrize("role", ["marketer", "agent", "auditor"])
def test_nobody_else_erases_or_is_offered_to(ours: Story, role: str) -> None:
    client = client_of(ours.cast.team[role])
    assert client.get(page(ours)).status_code == 403
    assert asks(client, ours).status_code == 403
    assert (
        page(ours)
        not in client.get(url("contacts.Contact", "change", ours.point.contact_id)).content.decode()
    )
    assert not Erasure.objects.filter(contact_id=ours.point.contact_id).exists()


def test_another_brands_owner_finds_nobody_there(ours: Story, theirs: Story) -> None:
    client = client_of(theirs.cast.team["owner"])
    assert client.get(page(ours)).status_code == 404
    assert asks(client, ours).status_code == 404
    assert client.post(export(ours)).status_code == 404
    assert not Erasure.objects.filter(contact_id=ours.point.contact_id).exists()


@pytest.mark.parametrize(
    ("role", "status"), [("owner", 200), ("auditor", 200), ("marketer", 403), ("agent", 403)]
)
def test_the_data_is_taken_along_by_who_may_and_on_record(
    ours: Story, role: str, status: int, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = client_of(ours.cast.team[role]).post(export(ours))
    assert answer.status_code == status
    looks = Access.objects.filter(page="export", contact_id=ours.point.contact_id)
    assert looks.count() == (status == 200)
    if status == 200:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert ours.secret in archive.read("person.html").decode()


def test_the_download_does_not_listen_to_get(ours: Story) -> None:
    assert client_of(ours.cast.team["owner"]).get(export(ours)).status_code == 405


def test_every_page_copes_with_somebody_who_is_gone(ours: Story) -> None:
    hears(ours.cast, ours.point, "Hello?")
    erase.erase(ours.point.contact_id, asked_by=None, reason="asked by mail")
    client = client_of(ours.cast.team["owner"])
    for address in (
        reverse("admin:index"),
        reverse("inbox:threads"),
        reverse("inbox:thread", args=[ours.thread.pk]),
        url("contacts.Contact", "changelist"),
        url("messaging.Message", "changelist"),
        url("consent.ConsentEvent", "changelist"),
        url("webhooks.WebhookEvent", "changelist"),
    ):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert ours.point.address not in answer.content.decode(), address
    assert "(words erased)" in client.get(reverse("inbox:thread", args=[ours.thread.pk])).content.decode()


# --- retention rules ---------------------------------------------------------------------------------


def test_an_owner_sets_a_rule_and_sees_what_is_due(ours: Story) -> None:
    client = client_of(ours.cast.team["owner"])
    form = {"brand": ours.cast.brand.id, "kind": Kept.MESSAGE_BODIES, "days": 400}
    assert client.post(url("contacts.RetentionRule", "add"), form).status_code == 302
    rule = RetentionRule.objects.get(kind=Kept.MESSAGE_BODIES)
    assert "Due now" in client.get(url("contacts.RetentionRule", "change", rule.pk)).content.decode()


def test_a_rule_shorter_than_the_law_is_refused_with_its_source(ours: Story) -> None:
    client = client_of(ours.cast.team["owner"])
    form = {"brand": ours.cast.brand.id, "kind": Kept.CLOSED_EVIDENCE, "days": 365}
    answer = client.post(url("contacts.RetentionRule", "add"), form)
    assert answer.status_code == 200
    assert "16 CFR 310.5" in answer.content.decode()
    assert not RetentionRule.objects.filter(kind=Kept.CLOSED_EVIDENCE).exists()


@pytest.mark.parametrize("role", ["marketer", "agent", "auditor"])
def test_only_an_owner_says_how_long_data_is_kept(ours: Story, role: str) -> None:
    form = {"brand": ours.cast.brand.id, "kind": Kept.MESSAGE_BODIES, "days": 400}
    assert client_of(ours.cast.team[role]).post(url("contacts.RetentionRule", "add"), form).status_code == 403
