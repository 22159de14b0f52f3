"""Somebody with a preference link and a browser that knows no cookie: opens the page, presses its buttons."""

import dataclasses
import html
import re
from typing import Any

from django.test import Client

from consent import preferences
from consent.models import ConsentEvent
from contacts.models import ContactPoint

TOKEN = re.compile(r'name="token" value="([^"]+)"')


@dataclasses.dataclass
class Reader:
    """The reader of a text with a link in it."""

    point: ContactPoint
    link: str = ""
    client: Client = dataclasses.field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def __post_init__(self) -> None:
        self.link = self.link or preferences.link(self.point)

    @property
    def path(self) -> str:
        return self.link[self.link.index(preferences.PATH) :]

    def opens(self, query: str = "", **headers: str) -> Any:
        return self.client.get(self.path + query, headers=headers)

    def token(self) -> str:
        found = TOKEN.search(self.opens().content.decode())
        assert found
        return found[1]

    def presses(self, button: str, *, token: str | None = None, where: str = "", **headers: str) -> Any:
        """Press a button by its value, on a page opened now unless a token is given."""
        sent = {"token": self.token() if token is None else token, "do": button}
        return self.client.post(self.path + where, sent, headers=headers)


def said(answer: Any) -> str:
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def acts(point: ContactPoint) -> list[tuple[str, str]]:
    rows = ConsentEvent.objects.filter(point=point).order_by("seq")
    return [(str(act), str(method)) for act, method in rows.values_list("act", "method")][1:]
