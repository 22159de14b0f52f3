"""A visitor of a sign-up page, with a browser that knows no cookie: opens the form, fills it in, sends it."""

import dataclasses
import datetime as dt
import hashlib
import itertools
import re
from typing import Any

import time_machine
from django.test import Client

from consent.models import Disclosure, SignupAttempt, SignupPage
from contacts import clock
from tests.cast import Cast

TOKEN = re.compile(r'name="token" value="([^"]+)"')
AGREE = (
    "I agree to recurring automated marketing texts from Acme. Not a condition of purchase. STOP to cancel."
)
# As typed in the forms, and as it is called.
TYPED, NUMBER = "206-555-7991", "+12065557991"
_ips = itertools.count(1)


def signup_page(cast: Cast, **fields: Any) -> SignupPage:
    """A live page of a program, with a disclosure in English."""
    disclosure(cast)
    now = clock.now()
    return SignupPage.objects.create(
        **{
            "brand": cast.brand, "program": cast.program, "slug": f"{cast.brand.slug}-texts",
            "disclosure_slug": "web-2026", "live_at": now, "created_at": now,
        } | fields
    )  # fmt: skip


def disclosure(cast: Cast, locale: str = "en", text: str = AGREE) -> Disclosure:
    """A wording of the page in a language; the same again is a new version."""
    known = cast.program.disclosures.filter(slug="web-2026").count()
    return Disclosure.objects.create(
        brand=cast.brand, program=cast.program, slug="web-2026", version=known + 1, locale=locale, text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(), created_at=clock.now(),
    )  # fmt: skip


def new_ip() -> str:
    return f"198.51.{next(_ips) // 250}.{next(_ips) % 250 + 1}"


@dataclasses.dataclass
class Visitor:
    """One person at a browser; `ip` is where they connect from."""

    page: SignupPage
    time: time_machine.Traveller
    ip: str = dataclasses.field(default_factory=new_ip)
    client: Client = dataclasses.field(default_factory=lambda: Client(enforce_csrf_checks=True))

    @property
    def path(self) -> str:
        return f"/join/{self.page.slug}/"

    def opens(self, query: str = "", **headers: str) -> Any:
        return self.client.get(self.path + query, headers=headers, REMOTE_ADDR=self.ip)

    def token(self, query: str = "") -> str:
        """The token of a form opened now; ten seconds are spent on reading it."""
        found = TOKEN.search(self.opens(query).content.decode())
        assert found
        self.time.shift(dt.timedelta(seconds=10))
        return found[1]

    def sends(self, phone: str = TYPED, *, token: str | None = None, **more: Any) -> Any:
        """Fill in the form and send it; `headers` in `more` go along, other names are fields."""
        headers = more.pop("headers", {})
        token = self.token() if token is None else token
        sent = {"token": token, "phone": phone, "first_name": "Ann", "agree": ["marketing"]} | more
        sent = {name: value for name, value in sent.items() if value is not None}
        return self.client.post(self.path, sent, headers=headers, REMOTE_ADDR=self.ip)


def said(answer: Any) -> str:
    """The page that answered."""
    return str(answer.content.decode())


def attempts() -> list[tuple[str, str]]:
    """What became of each try so far."""
    return list(SignupAttempt.objects.order_by("id").values_list("outcome", "reason"))
