"""The small cast of the tests: two brands, their teams, and people on phones."""

import dataclasses
import datetime as dt
import hashlib
import itertools
from typing import Any

from django.contrib.auth.models import User

from consent import ledger
from consent.models import Act, Disclosure, Method, Program, Purpose
from contacts import clock
from contacts.models import Brand, Contact, ContactPoint, Role, TeamMember
from messaging.models import Route, Sender

# Away from the numbers that tests write out, so that nobody is given one that is taken.
_numbers = itertools.count(2065551000)
SHOWN = "I agree …"


@dataclasses.dataclass
class Cast:
    """A brand with everything it needs to text."""

    brand: Brand
    sender: Sender
    program: Program
    disclosure: Disclosure
    team: dict[str, User]

    def person(
        self, address: str | None = None, *, agrees_to: tuple[str, ...] = ("marketing",), **fields: Any
    ) -> ContactPoint:
        """A contact with one number; `agrees_to` names the purposes consented to on a web form a month ago."""
        point = contact_point(self.brand, address or f"+1{next(_numbers)}", **fields)
        if agrees_to:
            self.grant(point, agrees_to)
        return point

    def grant(self, point: ContactPoint, purposes: tuple[str, ...] = ("marketing",), **fields: Any) -> None:
        keys = tuple(key for kind in purposes if (key := self.program.purpose_key(kind)))
        ledger.record(
            ledger.Entry(
                point_id=point.id,
                program_id=self.program.id,
                act=Act.GRANTED,
                purposes=keys,
                disclosure_id=self.disclosure.id,
                **{
                    "method": Method.WEB_FORM,
                    "actor": "customer",
                    "occurred_at": clock.now() - dt.timedelta(days=30),
                    "evidence": {"page": "https://acme.example/join", "ip": "203.0.113.9"},
                }
                | fields,
            )
        )

    def stop(self, point: ContactPoint) -> None:
        ledger.record(
            ledger.Entry(point_id=point.id, act=Act.REVOKED, method=Method.KEYWORD, actor="customer")
        )


def contact_point(brand: Brand, address: str, **fields: Any) -> ContactPoint:
    now = clock.now()
    contact = Contact.objects.create(
        brand=brand,
        created_at=now,
        **{"first_name": "Maria", "last_name": "Young", "timezone": "America/New_York"} | fields,
    )
    return ContactPoint.objects.create(
        brand=brand, contact=contact, address=address, country="US", created_at=now
    )


def acme() -> Cast:
    return _brand("acme", "Acme Coffee", "+15005550006")


def rival() -> Cast:
    return _brand("rival", "Rival Tea", "+15005550010")


def _brand(slug: str, name: str, number: str) -> Cast:
    now = clock.now()
    brand = Brand.objects.create(
        slug=slug, name=name, timezone="America/New_York", support=f"help@{slug}.example", created_at=now
    )
    sender = Sender.objects.create(brand=brand, address=number, segments_per_second=5000, created_at=now)
    program = Program.objects.create(
        brand=brand,
        slug=f"{slug}-club",
        name=f"{name} Club",
        countries=["US", "CA"],
        purposes={Purpose.MARKETING: "Recurring marketing texts.", Purpose.INFORMATIONAL: "Order updates."},
        frequency="up to 4 msgs/month",
        help_text=f"{name} Club: help@{slug}.example. Msg&data rates may apply. Reply STOP to leave.",
        terms_url=f"https://{slug}.example/terms",
        privacy_url=f"https://{slug}.example/privacy",
        join_words=[slug.upper()],
        ready_at=now,
        created_at=now,
    )
    Route.objects.create(program=program, sender=sender)
    disclosure = Disclosure.objects.create(
        brand=brand,
        program=program,
        slug="checkout-2026",
        text=SHOWN,
        created_at=now,
        sha256=hashlib.sha256(SHOWN.encode()).hexdigest(),
    )
    team = {
        role.value: _member(brand, f"{role.value}@{slug}", role)
        for role in (Role.OWNER, Role.MARKETER, Role.AGENT, Role.AUDITOR)
    }
    return Cast(brand=brand, sender=sender, program=program, disclosure=disclosure, team=team)


def _member(brand: Brand, username: str, role: Role) -> User:
    user = User.objects.create_user(username=username, password="correct horse", is_staff=True)
    TeamMember.objects.create(brand=brand, user=user, role=role)
    return user
