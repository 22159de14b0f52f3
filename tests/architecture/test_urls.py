"""Every address is signed by Twilio, behind a login, or named here as public with its reason."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern

PUBLIC = {
    "/join/x/": "people ask to join a program; the page has no login to abuse, and their own phone confirms",
    "/join/x/qr.svg": "the same page as a code to scan; it tells nothing but the address",
    "/join/x/text-qr.svg": "a program's public number and join word as a code to scan",
    "/p/x": "a person's own preference page; the signed link, texted to the phone, is the key",
    "/p/x/data": "the person's own data, behind the same link and a button of its page",
    "/admin/login/": "where people log in",
    "/healthz": "a load balancer asks whether the process is alive; it tells nothing else",
    "/readyz": "a monitor asks which part does not work; it tells nothing else, and the proxy keeps it from outside",
    "/readyz/web": "a load balancer asks whether webhooks can be taken here; it tells nothing else",
    "/metrics": "counts without names, for a collector inside the network; the proxy keeps it from outside",
}
SIGNED = "/webhooks/twilio/"
SAMPLES = {"int": "1", "str": "x", "slug": "x", "path": "x", "uuid": str(uuid.UUID(int=7))}
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?\w+>")


def addresses(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Yield one sample address for each pattern below `resolver`."""
    for entry in resolver.url_patterns:
        if isinstance(entry.pattern, RegexPattern):
            # Only the admin's catch-all and its redirects are written as regular expressions.
            part = "x/"
        else:
            part = PARAMETER.sub(lambda found: SAMPLES[found["kind"] or "str"], str(entry.pattern))
        if isinstance(entry, URLResolver):
            yield from addresses(entry, prefix + part)
        else:
            assert isinstance(entry, URLPattern)
            yield prefix + part


ALL = sorted(set(addresses(get_resolver())))
SIGNED_ONES = [address for address in ALL if address.startswith(SIGNED)]
PRIVATE_ONES = [address for address in ALL if address not in PUBLIC and address not in SIGNED_ONES]


def is_sent_to_log_in(response: HttpResponse) -> bool:
    ways_in = {str(settings.LOGIN_URL), reverse("admin:index")}
    return response.status_code == 302 and response.headers["Location"].partition("?")[0] in ways_in


def test_there_are_signed_and_private_addresses() -> None:
    assert len(SIGNED_ONES) >= 2
    assert "/admin/" in PRIVATE_ONES


def test_every_public_address_exists() -> None:
    assert set(PUBLIC) <= set(ALL)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", PRIVATE_ONES)
def test_a_stranger_is_not_let_in(client: Client, address: str, method: str) -> None:
    response = getattr(client, method)(address)
    assert response.status_code in {401, 403} or is_sent_to_log_in(response)


@pytest.mark.django_db
@pytest.mark.parametrize("signature", [None, "", "Zm9yZ2VkIHNpZ25hdHVyZQ=="])
@pytest.mark.parametrize("address", SIGNED_ONES)
def test_an_unsigned_or_forged_webhook_is_refused(
    client: Client, address: str, signature: str | None
) -> None:
    headers = {} if signature is None else {"X-Twilio-Signature": signature}
    sent = {"MessageSid": "SM" + "0" * 32, "From": "+12125550100", "To": "+15005550006", "Body": "STOP"}
    assert client.post(address, sent, headers=headers).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize("address", SIGNED_ONES)
def test_a_webhook_is_not_a_page(client: Client, address: str) -> None:
    assert client.get(address).status_code in {403, 405}
