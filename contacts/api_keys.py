"""Keys of a brand's own systems: made, shown once, found by their digest, revoked."""

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING

from contacts import clock
from contacts.models import ApiKey, Brand

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# A secret scanner, and whoever finds one in a log, knows by it what it is.
PREFIX = "smsapp_"
# So seldom is it noted that a key is in use.
NOTED_EVERY = dt.timedelta(minutes=1)


def make(brand: Brand, *, name: str, user: "User | None") -> tuple[ApiKey, str]:
    """A new key of a brand and its secret, which is kept nowhere: show it now or never."""
    key = ApiKey(brand=brand, name=name, created_by=user)
    secret = seal(key)
    key.save()
    return key, secret


def seal(key: ApiKey) -> str:
    """Give a key that is not saved yet its secret's digest, and return the secret."""
    secret = PREFIX + secrets.token_urlsafe(32)
    key.digest, key.created_at = _digest(secret), clock.now()
    return secret


def find(secret: str) -> ApiKey | None:
    """The key with this secret, unless it was revoked; notes that it is in use."""
    if not secret.startswith(PREFIX):
        return None
    key = ApiKey.objects.select_related("brand").filter(digest=_digest(secret), revoked_at=None).first()
    now = clock.now()
    if key is not None and (key.last_used_at is None or key.last_used_at < now - NOTED_EVERY):
        ApiKey.objects.filter(id=key.id).update(last_used_at=now)
    return key


def revoke(key: ApiKey) -> None:
    """Let a key open nothing from now on; revoking it twice changes nothing."""
    ApiKey.objects.filter(id=key.id, revoked_at=None).update(revoked_at=clock.now())


def _digest(secret: str) -> str:
    # 256 random bits need no slow hash: nobody guesses them.
    return hashlib.sha256(secret.encode()).hexdigest()
