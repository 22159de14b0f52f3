"""What an API request says, checked field by field; each mistake is named with its fix."""

import dataclasses
import datetime as dt
import json
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from consent.models import Program
from contacts import clock, phones
from contacts.models import Brand, Channel
from contacts.phones import BadPhone
from webhooks.api.callers import Refused

LONGEST_REASON = 300
LONGEST_ADDRESS = 100
# Clocks of two machines differ a little.
AHEAD = dt.timedelta(minutes=5)
FIELDS = {"phone", "address", "channel", "program", "reason", "occurred_at"}


@dataclasses.dataclass(frozen=True, slots=True)
class OptOut:
    """Somebody does not want texts any more. `program`: None for the whole brand; `occurred_at` is aware UTC."""

    channel: str
    address: str
    country: str
    program: Program | None
    reason: str
    occurred_at: dt.datetime | None


def opt_out(request: HttpRequest, brand: Brand) -> OptOut:
    """Read the JSON of an opt-out; raises Refused (400) naming the field."""
    said = _object(request)
    if unknown := sorted(set(said) - FIELDS):
        raise Refused(400, f"is not a field here; known: {', '.join(sorted(FIELDS))}", unknown[0])
    for name, value in said.items():
        if value is not None and not isinstance(value, str):
            raise Refused(400, "must be text", name)
    texts = {name: value.strip() for name, value in said.items() if value and value.strip()}
    channel, address, country = _address(texts, brand)
    if not texts.get("reason"):
        raise Refused(
            400, 'is missing: say in a few words why, e.g. "asked in the shop\'s account page"', "reason"
        )
    if len(texts["reason"]) > LONGEST_REASON:
        raise Refused(400, f"has more than {LONGEST_REASON} characters", "reason")
    return OptOut(
        channel, address, country, _program(texts, brand), texts["reason"], _moment(texts.get("occurred_at"))
    )


def phone(raw: str, brand: Brand, field: str = "phone") -> tuple[str, str]:
    """A number as (E.164, its country), as dialled from the brand's country; raises Refused."""
    try:
        found = phones.parse(raw, country=brand.country)
    except BadPhone as error:
        raise Refused(400, f"{error.detail}; write it with + and country code", field) from error
    return found.e164, found.country


def _object(request: HttpRequest) -> dict[str, Any]:
    try:
        said = json.loads(request.body)
    except RequestDataTooBig:
        raise Refused(413, "The request is too large.") from None
    except (ValueError, RecursionError):
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(said, dict):
        raise Refused(400, "The body must be one JSON object.")
    return said


def _address(texts: dict[str, str], brand: Brand) -> tuple[str, str, str]:
    channel = texts.get("channel", Channel.SMS.value).lower()
    if channel not in Channel.values:
        raise Refused(400, f"must be one of: {', '.join(Channel.values)}", "channel")
    if ("phone" in texts) == ("address" in texts):
        raise Refused(400, "give either phone or address", "phone")
    if "phone" in texts or channel == Channel.SMS:
        field = "phone" if "phone" in texts else "address"
        return channel, *phone(texts[field], brand, field)
    if len(texts["address"]) > LONGEST_ADDRESS or "\0" in texts["address"]:
        raise Refused(
            400, f"has more than {LONGEST_ADDRESS} characters, or one that cannot be kept", "address"
        )
    return channel, texts["address"], ""


def _program(texts: dict[str, str], brand: Brand) -> Program | None:
    slug = texts.get("program")
    if slug is None:
        return None
    found = Program.objects.filter(brand=brand, slug=slug).first()
    if found is None:
        raise Refused(
            400, "is no program of this brand; leave it out to close the number for all of them", "program"
        )
    return found


def _moment(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Refused(400, "must be a moment with its offset, e.g. 2026-11-18T14:03:00-05:00", "occurred_at")
    if at > clock.now() + AHEAD:
        raise Refused(400, "lies in the future", "occurred_at")
    return min(at.astimezone(dt.UTC), clock.now())
