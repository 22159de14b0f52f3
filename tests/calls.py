"""Requests as Twilio makes them, signed."""

import itertools
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import QueryDict
from django.test import Client
from twilio.request_validator import RequestValidator

from contacts.models import ContactPoint
from messaging.models import Sender

INBOUND, STATUS = "/webhooks/twilio/inbound/", "/webhooks/twilio/status/"
CLIENT = Client()
_sids = itertools.count(1)


def new_sid() -> str:
    return f"SM{next(_sids):032x}"


def signed(path: str, params: dict[str, Any], *, token: str | None = None) -> str:
    """The signature Twilio would send for this request."""
    form = QueryDict(urlencode(params, doseq=True))
    return str(
        RequestValidator(token or settings.TWILIO_AUTH_TOKENS[0]).compute_signature(
            f"{settings.PUBLIC_BASE_URL}{path}", form
        )
    )


def post(path: str, params: dict[str, Any], *, signature: str | None = None) -> Any:
    """POST a form; signed rightly unless a signature is given."""
    return CLIENT.post(
        path,
        data=urlencode(params, doseq=True),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signed(path, params) if signature is None else signature},
    )


def inbound_params(sender: Sender, address: str, body: str, **more: str) -> dict[str, str]:
    return {
        "MessageSid": new_sid(),
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
        "From": address,
        "To": sender.address,
        "Body": body,
        "NumMedia": "0",
        "SmsStatus": "received",
        "ApiVersion": "2010-04-01",
    } | more


def text(sender: Sender, point: ContactPoint | str, body: str, **more: str) -> Any:
    """A customer texts the sender."""
    address = point if isinstance(point, str) else point.address
    return post(INBOUND, inbound_params(sender, address, body, **more))
