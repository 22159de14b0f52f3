"""A brand, its program and many people who agreed: what a benchmark sends to."""

import dataclasses
import hashlib
import uuid

from consent import ledger
from consent.models import Act, Disclosure, Method, Program, Purpose
from contacts import clock
from contacts.copying import copy_in
from contacts.models import Brand, Contact, ContactPoint
from messaging.models import Route, Sender

PAGE = 2000
SHOWN = "I agree …"
# Area codes of four zones with open marketing hours at 13:00 New York, and states that belong to them.
_PLACES = (("212", "NY"), ("312", "IL"), ("303", "CO"), ("415", "CA"))


@dataclasses.dataclass(frozen=True, slots=True)
class Population:
    """Who sends, in which program, to whom: (contact id, point id, address) each."""

    brand: Brand
    sender: Sender
    program: Program
    people: list[tuple[uuid.UUID, uuid.UUID, str]]


def populate(count: int, *, segments_per_second: int = 1_000_000, are_people_kept: bool = True) -> Population:
    """Make a ready program and so many people who agreed to its marketing texts; all through the ledger.

    A million people take memory that a benchmark may want to measure: it need not have them named in `people`.
    """
    now = clock.now()
    brand = Brand.objects.create(
        slug="acme",
        name="Acme Coffee",
        timezone="America/New_York",
        support="help@acme.example",
        created_at=now,
    )
    sender = Sender.objects.create(
        brand=brand, address="+15005550006", segments_per_second=segments_per_second, created_at=now
    )
    program = Program.objects.create(
        brand=brand, slug="acme-club", name="Acme Club", countries=["US"],
        purposes={Purpose.MARKETING: "Recurring marketing texts."}, frequency="up to 4 msgs/month",
        help_text="Acme Club: help@acme.example", terms_url="https://acme.example/terms",
        privacy_url="https://acme.example/privacy", join_words=["ACME"], ready_at=now, created_at=now,
    )  # fmt: skip
    Route.objects.create(program=program, sender=sender)
    disclosure = Disclosure.objects.create(
        brand=brand,
        program=program,
        slug="join",
        text=SHOWN,
        created_at=now,
        sha256=hashlib.sha256(SHOWN.encode()).hexdigest(),
    )
    people: list[tuple[uuid.UUID, uuid.UUID, str]] = []
    for start in range(0, count, PAGE):
        page = _page(brand, program, disclosure, range(start, min(start + PAGE, count)))
        people += page if are_people_kept else []
    return Population(brand=brand, sender=sender, program=program, people=people)


def _page(
    brand: Brand, program: Program, disclosure: Disclosure, numbers: range
) -> list[tuple[uuid.UUID, uuid.UUID, str]]:
    now = clock.now()
    contacts = [
        Contact(brand=brand, first_name=f"Person{n}", region=_PLACES[n % 4][1], country="US", created_at=now)
        for n in numbers
    ]
    points = [
        ContactPoint(brand=brand, contact=contact, address=_address(n), country="US", created_at=now)
        for n, contact in zip(numbers, contacts, strict=True)
    ]
    copy_in(contacts)
    copy_in(points)
    key = program.purpose_key(Purpose.MARKETING)
    assert key
    ledger.record_many(
        [
            ledger.Entry(
                point_id=point.id, program_id=program.id, act=Act.GRANTED, method=Method.WEB_FORM,
                actor="customer", purposes=(key,), disclosure_id=disclosure.id,
                evidence={"page": "https://acme.example/join", "ip": "203.0.113.9"},
            )
            for point in points
        ]
    )  # fmt: skip
    return [(contact.id, point.id, point.address) for contact, point in zip(contacts, points, strict=True)]


def _address(n: int) -> str:
    """+1, an area code of the four places, seven digits of its own."""
    return f"+1{_PLACES[n % 4][0]}{2_000_000 + n:07d}"
