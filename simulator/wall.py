"""The wall of phones: pages rendered here, kept live by a few lines of JavaScript."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from simulator.engine import Engine
from simulator.handsets import WALL_SIZE, blocked_senders, mark_read, phones_on_wall, threads_of
from simulator.texts import Phone

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
_BUBBLES_PER_THREAD = 40
_NANP_LENGTH = 12
_HEADERS = {"Content-Security-Policy": "default-src 'self'", "Cache-Control": "no-store"}


class Wall:
    """Renders the wall whole, a page of cards, or one card."""

    def __init__(self, engine: Engine) -> None:
        self._world = engine.world

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.wall),
            Route("/wall/cards", self.cards),
            Route("/wall/phones/{number}", self.card),
            Route("/wall/phones/{number}/read", self.read, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ]

    async def wall(self, request: Request) -> Response:
        return _page("wall.html", **self._page_of_cards(request))

    async def cards(self, request: Request) -> Response:
        return _page("cards.html", **self._page_of_cards(request))

    async def card(self, request: Request) -> Response:
        phone = self._world.phones.get(request.path_params["number"])
        if phone is None:
            return HTMLResponse("", status_code=404)
        return _page("card.html", card=self._card(phone), senders=self._senders())

    async def read(self, request: Request) -> Response:
        phone = self._world.phones.get(request.path_params["number"])
        if phone is not None:
            mark_read(phone)
        return HTMLResponse("", status_code=204)

    def _page_of_cards(self, request: Request) -> dict[str, Any]:
        search = request.query_params.get("q", "")
        given = request.query_params.get("limit", "")
        limit = int(given) if given.isdecimal() else WALL_SIZE
        found = phones_on_wall(self._world, search, limit=limit + 1)
        return {
            "cards": [self._card(phone) for phone in found[:limit]],
            "has_more": len(found) > limit,
            "next_limit": limit + WALL_SIZE,
            "total": len(self._world.phones),
            "search": search,
            "senders": self._senders(),
        }

    def _card(self, phone: Phone) -> dict[str, Any]:
        threads = threads_of(self._world, phone)
        return {
            "phone": phone,
            "threads": [(thread, thread.texts[-_BUBBLES_PER_THREAD:]) for thread in threads],
            "blocked": blocked_senders(self._world, phone.number),
        }

    def _senders(self) -> list[str]:
        return list(self._world.senders)


def _page(template: str, **context: Any) -> Response:
    return HTMLResponse(_templates().get_template(template).render(context), headers=_HEADERS)


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, FileSystemLoader  # tests start many stand-ins and open no page

    environment = Environment(loader=FileSystemLoader(_HERE / "templates"), autoescape=True)
    environment.filters["pretty"] = pretty
    environment.filters["clock"] = lambda moment: datetime.fromtimestamp(moment, UTC).strftime("%H:%M")
    environment.filters["iso"] = lambda moment: datetime.fromtimestamp(moment, UTC).isoformat()
    return environment


def pretty(number: str) -> str:
    """Write a North American number as `+1 (503) 555-0123`; leave any other as it is."""
    if number.startswith("+1") and len(number) == _NANP_LENGTH:
        return f"+1 ({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number
