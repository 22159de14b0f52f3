"""Addresses that nothing brings back: those of erased people, known only by keyed digests."""

import datetime as dt
import hashlib
import hmac
import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings

from consent.models import Suppression
from contacts import clock

if TYPE_CHECKING:
    from django.db.models import QuerySet

# A channel and its address there, such as ("sms", "+12065550123").
Address = tuple[str, str]


class LostKey(RuntimeError):
    """Addresses were suppressed under a key that is not set any more: put it back into SUPPRESSION_KEY."""


def digest(channel: str, address: str) -> str:
    """HMAC-SHA-256 (hex) of channel and address under the newest key of SUPPRESSION_KEY."""
    return _digest(settings.SUPPRESSION_KEYS[0], channel, address)


def is_suppressed(brand_id: uuid.UUID, addresses: Collection[Address]) -> set[Address]:
    """Those of `addresses` that this brand must never text again, in two queries.

    Raises LostKey rather than to miss one: without its key a digest says nothing.
    """
    stubs = _stubs(brand_id)
    whose = {_digest(key, *address): address for key in settings.SUPPRESSION_KEYS for address in addresses}
    found = stubs.filter(digest__in=whose).values_list("digest", flat=True)
    return {whose[stub] for stub in found}


def was_erased_since(brand_id: uuid.UUID, address: Address, *, since: dt.datetime) -> bool:
    """Whether somebody with this address was erased at `since` (aware UTC) or later. Raises as `is_suppressed`."""
    digests = [_digest(key, *address) for key in settings.SUPPRESSION_KEYS]
    return _stubs(brand_id).filter(digest__in=digests, created_at__gte=since).exists()


def _stubs(brand_id: uuid.UUID) -> "QuerySet[Suppression]":
    stubs = Suppression.objects.filter(brand_id=brand_id)
    if stubs.exclude(key_id__in=[_id_of(key) for key in settings.SUPPRESSION_KEYS]).exists():
        raise LostKey("a key that erased numbers are kept under is missing from SUPPRESSION_KEY: put it back")
    return stubs


def add(brand_id: uuid.UUID, addresses: Collection[Address]) -> None:
    """Suppress these addresses in this brand; of one that is suppressed already only the moment becomes the newer."""
    key_id, now = _id_of(settings.SUPPRESSION_KEYS[0]), clock.now()
    Suppression.objects.bulk_create(
        [
            Suppression(
                brand_id=brand_id,
                channel=channel,
                digest=digest(channel, address),
                key_id=key_id,
                created_at=now,
            )
            for channel, address in addresses
        ],
        update_conflicts=True,
        unique_fields=["brand", "channel", "digest"],
        update_fields=["created_at"],
    )


def _digest(key: str, channel: str, address: str) -> str:
    return hmac.new(key.encode(), f"{channel}\0{address}".encode(), hashlib.sha256).hexdigest()


def _id_of(key: str) -> str:
    """Which key it is, without telling it."""
    return hashlib.sha256(b"suppression key\0" + key.encode()).hexdigest()[:16]
