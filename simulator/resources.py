"""How Twilio shows a message resource: its field names, string numbers, RFC 2822 dates."""

from email.utils import formatdate
from functools import lru_cache
from typing import Any

from simulator.refusals import describe
from simulator.texts import Text

API_VERSION = "2010-04-01"
_BEFORE_SENDER_IS_CHOSEN = frozenset({"accepted", "scheduled"})


def messages_path(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}/Messages"


def message_json(text: Text) -> dict[str, Any]:
    """Return the resource exactly as the API answers it; a service shows no sender before one is chosen."""
    path = f"{messages_path(text.account_sid)}/{text.sid}"
    is_open = text.status in _BEFORE_SENDER_IS_CHOSEN
    sender: str | None = None if is_open else text.sender
    return {
        "body": text.body,
        "num_segments": "0" if is_open else str(text.segments),
        "direction": text.direction,
        "from": text.handset if text.is_inbound else sender,
        "to": text.sender if text.is_inbound else text.handset,
        "date_updated": rfc2822(int(text.updated_at)),
        "price": None,
        "error_message": describe(text.error_code) if text.error_code else None,
        "uri": f"{path}.json",
        "account_sid": text.account_sid,
        "num_media": str(len(text.media)),
        "status": text.status,
        "messaging_service_sid": text.service_sid or None,
        "sid": text.sid,
        "date_sent": rfc2822(int(text.sent_at)) if text.sent_at and not is_open else None,
        "date_created": rfc2822(int(text.created_at)),
        "error_code": text.error_code or None,
        "price_unit": "USD",
        "api_version": API_VERSION,
        "subresource_uris": {"media": f"{path}/Media.json"},
    }


@lru_cache(maxsize=4096)
def rfc2822(moment: int) -> str:
    """Return whole epoch seconds as `Thu, 24 Aug 2023 05:01:45 +0000`."""
    return formatdate(moment).replace("-0000", "+0000")
