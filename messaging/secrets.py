"""Auth tokens of brands' own Twilio accounts, encrypted at rest with a key from the environment."""

import base64
import hashlib
import json

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from messaging.models import Account


class CannotUnseal(Exception):
    """The tokens were sealed with another SECRET_KEY: set it back, or enter the tokens anew."""


def seal(tokens: list[str]) -> str:
    """Encrypt the auth tokens of an account for `Account.sealed_tokens`."""
    return _box().encrypt(json.dumps(tokens).encode()).decode()


def unseal(sealed: str) -> list[str]:
    """The auth tokens, newest first; raises CannotUnseal."""
    try:
        tokens: list[str] = json.loads(_box().decrypt(sealed.encode()))
    except InvalidToken as error:
        raise CannotUnseal("this account's tokens were sealed with another SECRET_KEY") from error
    return tokens


def credentials(account: Account | None) -> tuple[str, list[str]]:
    """(account sid, auth tokens) of an account; None is the environment's own."""
    if account is None:
        return settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS
    return account.sid, unseal(account.sealed_tokens)


def _box() -> Fernet:
    digest = hashlib.sha256(b"twilio account tokens\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
