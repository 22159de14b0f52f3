"""Where a visitor comes from: the address on the internet, behind as many proxies as we trust."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

# Of an IPv6 address the first half is the line; the rest its owner chooses at will.
IPV6_LINE = 64


def address_of(request: HttpRequest) -> str:
    """The visitor's address, or "" when there is none to be had.

    Each trusted proxy adds the address it was called from at the end of X-Forwarded-For, so the entry as
    many from the end as there are proxies is the first that no stranger could have written. With fewer
    entries than proxies the request came by another way, and only the connection itself counts.
    """
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    trusted = settings.TRUSTED_PROXIES
    said = hops[-trusted] if 0 < trusted <= len(hops) else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(said))
    except ValueError:
        return ""


def line_of(address: str) -> str:
    """What is counted as one visitor: an IPv4 address, or the /64 of an IPv6 one."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address.partition('%')[0]}/{IPV6_LINE}", strict=False))


def comes_from_elsewhere(request: HttpRequest) -> bool:
    """Does the browser say that another site sent this form? An old browser says nothing.

    Source: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header; a frame of ours on another site is
    itself the one that sends, hence "same-origin".
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
