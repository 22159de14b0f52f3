"""Whether a request is Twilio's: the SDK's validator, the account's own tokens, the configured public URL."""

import logging

from django.conf import settings
from django.http import HttpRequest
from twilio.request_validator import RequestValidator

from messaging import secrets
from messaging.models import Account

log = logging.getLogger(__name__)


def problem(request: HttpRequest) -> str:
    """Why the request cannot be trusted, or "" when its signature holds.

    The URL is PUBLIC_BASE_URL plus path and query, never what a proxy's headers claim. Any of the account's
    tokens may have signed (one is being rotated out). Whatever goes wrong in here is a refusal.
    """
    signature = request.headers.get("X-Twilio-Signature", "")
    if not signature:
        return "no signature"
    try:
        sid = request.POST.get("AccountSid", "")
        tokens = _tokens(sid)
        if not tokens:
            return "unknown account"
        if any(RequestValidator(token).validate(url(request), request.POST, signature) for token in tokens):
            return ""
    except Exception as error:  # noqa: BLE001 - a hostile request can make any parser stumble; it is refused
        log.warning("the signature check failed on %s", type(error).__name__)
        return "cannot be checked"
    return "wrong signature"


def url(request: HttpRequest) -> str:
    """The URL as Twilio called it."""
    return f"{settings.PUBLIC_BASE_URL}{request.get_full_path()}"


def _tokens(account_sid: str) -> list[str]:
    if account_sid == settings.TWILIO_ACCOUNT_SID:
        return list(settings.TWILIO_AUTH_TOKENS)
    account = Account.objects.filter(sid=account_sid).first()
    return secrets.credentials(account)[1] if account else []
