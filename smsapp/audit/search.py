"""Finding a person by a number in any spelling, or by a name."""

import dataclasses

from django.http import HttpRequest

from consent import accesses, suppressions
from contacts.admin_search import people_named
from contacts.models import Brand, Channel, Contact, ContactPoint
from contacts.phones import BadPhone, channel_address, parse
from smsapp.audit import permission

MOST_FOUND = 50


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """The people found, and a sentence when nobody was, or when there is more to say."""

    people: list[Contact]
    problem: str = ""


def find(request: HttpRequest, text: str) -> Found:
    """Everybody of the user's brands whose number or name this is; the search itself goes on record, without it."""
    text = text.strip()
    if not text:
        return Found([], "Write a number, or a name.")
    for brand in permission.brands(request):
        accesses.record(request.user, "search", brand_id=brand.id)
    if ":" not in text and not any(letter.isdigit() for letter in text):
        return _by_name(request, text)
    return _by_number(request, text)


def _by_name(request: HttpRequest, text: str) -> Found:
    rows = permission.only(request, people_named(request, text).select_related("brand"))
    people = list(rows.order_by("last_name", "first_name")[:MOST_FOUND])
    return Found(people, "" if people else f"Nobody is known by the name “{text}”.")


def _by_number(request: HttpRequest, text: str) -> Found:
    """In each brand as a number dialled from its country."""
    people: list[Contact] = []
    problems: list[str] = []
    for brand in permission.brands(request):
        try:
            channel, address = _address(text, brand)
        except BadPhone as problem:
            problems.append(problem.detail)
            continue
        points = ContactPoint.objects.filter(brand=brand, channel=channel, address=address)
        found = [point.contact for point in points.select_related("contact__brand")]
        people += found
        if not found:
            problems.append(_why_unknown(brand, channel, address))
    return Found(people, "" if people else "; ".join(dict.fromkeys(problems)) + ".")


def _address(text: str, brand: Brand) -> tuple[str, str]:
    """The channel and address meant. Raises BadPhone."""
    channel, address = channel_address(text)
    if channel != Channel.SMS:
        return channel, address
    return channel, parse(address, country=brand.country).e164


def _why_unknown(brand: Brand, channel: str, address: str) -> str:
    try:
        is_suppressed = bool(suppressions.is_suppressed(brand.id, [(channel, address)]))
    except suppressions.LostKey as problem:
        return f"{brand} does not know {address}; whether it was erased cannot be told: {problem}"
    if is_suppressed:
        return (
            f"{brand} has erased {address}, and keeps only a keyed digest so that it is never texted again; "
            "its history stands in the ledger without the number"
        )
    return f"{brand} does not know {address}"
