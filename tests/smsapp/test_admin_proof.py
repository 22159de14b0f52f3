"""The admin's pages of the proof: heads are taken along, witnesses added and stopped by owners alone."""

import json
from typing import Any

import pytest
from django.test import Client

from consent import heads, sealing, witnesses
from consent.models import HeadDelivery, HeadWitness, SigningKey, TreeHead
from contacts import clock
from tests.admin_story import client_of, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def head(acme: Cast) -> TreeHead:
    acme.person()
    made = sealing.seal(acme.brand.id)
    assert made
    return made


@pytest.fixture
def owner(acme: Cast) -> Client:
    return client_of(acme.team["owner"])


@pytest.fixture
def witness(acme: Cast) -> HeadWitness:
    return HeadWitness.objects.create(
        brand=acme.brand, kind="file", address="../elsewhere", created_at=clock.now()
    )


def add(client: Client, acme: Cast, **fields: Any) -> Any:
    form = {
        "brand": acme.brand.id,
        "kind": "webhook",
        "address": "https://example.com/heads",
        "every_hours": 24,
    }
    return client.post(url("consent.HeadWitness", "add"), form | fields)


def test_a_head_is_downloaded_as_a_witness_would_be_given_it(acme: Cast, head: TreeHead) -> None:
    answer = client_of(acme.team["auditor"]).get(url("consent.TreeHead", "json", head.pk))
    assert answer["Content-Disposition"] == 'attachment; filename="acme-head-1.json"'
    assert json.loads(answer.content) == heads.told(head)


def test_another_brands_head_is_not_there(rival: Cast, head: TreeHead) -> None:
    client = client_of(rival.team["owner"])
    assert client.get(url("consent.TreeHead", "json", head.pk)).status_code == 404
    assert client.get(url("consent.TreeHead", "change", head.pk)).status_code == 404


@pytest.mark.parametrize("role", ["owner", "marketer", "agent", "auditor"])
def test_everybody_of_a_team_sees_the_public_keys_and_nobody_changes_them(
    acme: Cast, head: TreeHead, role: str
) -> None:
    key, client = SigningKey.objects.get(), client_of(acme.team[role])
    assert key.public_key in client.get(url("consent.SigningKey", "change", key.pk)).content.decode()
    assert client.post(url("consent.SigningKey", "change", key.pk), {}).status_code == 403
    assert client.get(url("consent.SigningKey", "changelist")).status_code == 200


def test_an_owner_adds_a_witness(acme: Cast, owner: Client) -> None:
    assert add(owner, acme).status_code == 302
    made = HeadWitness.objects.get()
    assert (made.brand, made.kind, made.created_at) == (acme.brand, "webhook", clock.now())


@pytest.mark.parametrize(("kind", "address", "problem"), [
    ("webhook", "https://169.254.169.254/latest", "name a host on the public internet"),
    ("webhook", "http://example.com", "must begin with https://"),
    ("mail", "nobody", "This is no mail address"),
    ("file", "/etc", "must lie within"),
])  # fmt: skip
def test_a_witness_that_cannot_be_given_heads_is_refused_in_words(
    acme: Cast, owner: Client, kind: str, address: str, problem: str
) -> None:
    answer = add(owner, acme, kind=kind, address=address)
    assert problem in answer.content.decode()
    assert not HeadWitness.objects.exists()


@pytest.mark.parametrize("role", ["marketer", "agent", "auditor"])
def test_nobody_but_an_owner_adds_or_stops_one(acme: Cast, witness: HeadWitness, role: str) -> None:
    client = client_of(acme.team[role])
    assert add(client, acme).status_code == 403
    assert client.post(url("consent.HeadWitness", "stop", witness.pk)).status_code == 403
    witness.refresh_from_db()
    assert witness.stopped_at is None


def test_one_click_stops_a_witness_and_one_goes_on(owner: Client, witness: HeadWitness) -> None:
    owner.post(url("consent.HeadWitness", "stop", witness.pk))
    witness.refresh_from_db()
    assert witness.stopped_at == clock.now()
    assert "Stopped since" in owner.get(url("consent.HeadWitness", "change", witness.pk)).content.decode()
    owner.post(url("consent.HeadWitness", "stop", witness.pk))
    witness.refresh_from_db()
    assert witness.stopped_at is None
    assert owner.get(url("consent.HeadWitness", "stop", witness.pk)).status_code == 405


def test_only_the_hours_of_a_witness_can_be_changed(acme: Cast, owner: Client, witness: HeadWitness) -> None:
    form = {"brand": acme.brand.id, "kind": "mail", "address": "me@example.com", "every_hours": 1}
    assert owner.post(url("consent.HeadWitness", "change", witness.pk), form).status_code == 302
    witness.refresh_from_db()
    assert (witness.kind, witness.address, witness.every_hours) == ("file", "../elsewhere", 1)


def test_a_delivery_that_failed_says_why(owner: Client, head: TreeHead, witness: HeadWitness) -> None:
    witnesses.publish()
    for label, row in (
        ("consent.HeadWitness", witness),
        ("consent.HeadDelivery", HeadDelivery.objects.get()),
    ):
        for page in (url(label, "changelist"), url(label, "change", row.pk)):
            shown = owner.get(page).content.decode()
            assert "Failing" in shown, page
    assert "must lie within" in owner.get(url("consent.HeadWitness", "change", witness.pk)).content.decode()
