"""Keys of a brand's own systems: shown once, found by their digest, revoked for good."""

import pytest

from contacts import api_keys, clock
from contacts.models import ApiKey
from tests.admin_story import client_of, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_a_key_is_found_by_its_secret_until_it_is_revoked(acme: Cast) -> None:
    key, secret = api_keys.make(acme.brand, name="shop", user=None)
    assert api_keys.find(secret) == key
    assert api_keys.find(secret.swapcase()) is None
    api_keys.revoke(key)
    api_keys.revoke(key)
    assert api_keys.find(secret) is None
    assert ApiKey.objects.get().revoked_at == clock.now()


def test_an_owner_makes_one_and_sees_it_once(acme: Cast) -> None:
    client = client_of(acme.team["owner"])
    shown = client.post(url("contacts.ApiKey", "add"), {"brand": acme.brand.id, "name": "till"})
    key = ApiKey.objects.get()
    secret = shown.context["secret"]
    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    assert secret in shown.content.decode()
    assert api_keys.find(secret) == key
    assert (key.brand, key.created_by) == (acme.brand, acme.team["owner"])
    assert secret not in client.get(url("contacts.ApiKey", "change", key.pk)).content.decode()
    assert key.digest not in client.get(url("contacts.ApiKey", "change", key.pk)).content.decode()


def test_two_keys_of_a_brand_have_two_names(acme: Cast, rival: Cast) -> None:
    api_keys.make(acme.brand, name="shop", user=None)
    api_keys.make(rival.brand, name="shop", user=None)
    client = client_of(acme.team["owner"])
    again = client.post(url("contacts.ApiKey", "add"), {"brand": acme.brand.id, "name": "shop"})
    assert (again.status_code, ApiKey.objects.count()) == (200, 2)
    assert b"already exists" in again.content


def test_only_an_owner_makes_and_revokes(acme: Cast) -> None:
    key, secret = api_keys.make(acme.brand, name="shop", user=None)
    for role in ("marketer", "agent", "auditor"):
        client = client_of(acme.team[role])
        assert client.get(url("contacts.ApiKey", "add")).status_code == 403
        assert client.post(url("contacts.ApiKey", "revoke", key.pk)).status_code == 403
    assert api_keys.find(secret) == key
    client_of(acme.team["owner"]).post(url("contacts.ApiKey", "revoke", key.pk))
    assert api_keys.find(secret) is None
