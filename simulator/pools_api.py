"""Which numbers a Messaging Service has: the reading half of Twilio's Messaging API, under `/v1/Services/`."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import md5
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.messages_api import MessagesApi
from simulator.refusals import Refusal
from simulator.texts import Service
from simulator.world import World, kind_of

_PAGE_SIZE = 50
_LARGEST_PAGE = 1000


class PoolsApi:
    """Each resource of a pool is a list by pages; that of channels is empty, for no text by them is simulated."""

    def __init__(self, world: World, messages: MessagesApi) -> None:
        self._world = world
        self._messages = messages

    def routes(self) -> list[Route]:
        table = [
            ("PhoneNumbers", "phone_numbers", self._numbers),
            ("ShortCodes", "short_codes", self._codes),
            ("ChannelSenders", "senders", self._channels),
        ]
        return [
            Route(f"/v1/Services/{{sid}}/{name}", self._endpoint(key, rows), methods=["GET"])
            for name, key, rows in table
        ]

    def _endpoint(self, key: str, rows: Callable[[Service], list[dict[str, Any]]]) -> Any:
        async def answer(request: Request) -> Response:
            try:
                service = self._service(request)
                return JSONResponse(_page(request, key, rows(service)))
            except Refusal as refusal:
                return JSONResponse(refusal.body(), status_code=refusal.status)

        return answer

    def _service(self, request: Request) -> Service:
        """Return the service asked for; raises Refusal 20003, or 20404 for none of the caller's account."""
        account_sid = self._messages.caller(request.headers.get("authorization", "").encode())
        service = self._world.services.get(request.path_params["sid"])
        if service is None or service.account_sid != account_sid:
            raise Refusal(20404, request.url.path)
        return service

    def _numbers(self, service: Service) -> list[dict[str, Any]]:
        return [
            _row(service, "PN", "PhoneNumbers", address) | {"phone_number": address}
            for address in service.pool
            if kind_of(address) != "short_code"
        ]

    def _codes(self, service: Service) -> list[dict[str, Any]]:
        return [
            _row(service, "SC", "ShortCodes", address) | {"short_code": address}
            for address in service.pool
            if kind_of(address) == "short_code"
        ]

    def _channels(self, _service: Service) -> list[dict[str, Any]]:
        return []


def _row(service: Service, prefix: str, resource: str, address: str) -> dict[str, Any]:
    sid = prefix + md5(address.encode(), usedforsecurity=False).hexdigest()
    made = datetime.fromtimestamp(0, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "sid": sid,
        "account_sid": service.account_sid,
        "service_sid": service.sid,
        "date_created": made,
        "date_updated": made,
        "country_code": "US",
        "capabilities": ["SMS", "MMS"],
        "url": f"https://messaging.twilio.com/v1/Services/{service.sid}/{resource}/{sid}",
    }


def _page(request: Request, key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    query = request.query_params
    size = min(max(_integer(query.get("PageSize", ""), _PAGE_SIZE), 1), _LARGEST_PAGE)
    page = _integer(query.get("Page", ""), 0)

    def url(number: int) -> str:
        return str(request.url.include_query_params(PageSize=size, Page=number))

    has_more = len(rows) > (page + 1) * size
    return {
        "meta": {
            "page": page,
            "page_size": size,
            "first_page_url": url(0),
            "previous_page_url": url(page - 1) if page else None,
            "url": url(page),
            "next_page_url": url(page + 1) if has_more else None,
            "key": key,
        },
        key: rows[page * size : (page + 1) * size],
    }


def _integer(given: str, default: int) -> int:
    return int(given) if given.isdecimal() else default
