"""Calls the product's webhooks as Twilio does: signed, timed, retried by Twilio's rules, logged."""

from collections import deque
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urldefrag, urlencode
from uuid import uuid4

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from simulator.world import World

_LOGGED_CALLS = 200_000
_LOGGED_BODY = 4_000
_CONNECTIONS = 128
_SUCCESS, _CLIENT_ERROR, _SERVER_ERROR = 200, 400, 500
_HEADERS = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*"}


@dataclass(frozen=True, slots=True)
class Rules:
    """How one URL is called; Twilio reads overrides from the URL's fragment. Times in milliseconds."""

    connect_ms: int = 5_000
    read_ms: int = 15_000
    total_ms: int = 15_000
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    @classmethod
    def from_fragment(cls, fragment: str) -> "Rules":
        """Read `ct`, `rt`, `tt`, `rc` and `rp`; values out of Twilio's ranges are brought into them."""
        if not fragment:
            return cls()
        given = {name: values[-1] for name, values in parse_qs(fragment).items()}

        def number(name: str, default: int, low: int, high: int) -> int:
            text = given.get(name, "")
            return min(max(int(text), low), high) if text.isdecimal() else default

        policies = frozenset(part.strip().lower() for part in given.get("rp", "ct").split(","))
        return cls(
            connect_ms=number("ct", 5_000, 100, 10_000),
            read_ms=number("rt", 15_000, 100, 15_000),
            total_ms=number("tt", 15_000, 100, 15_000),
            retries=number("rc", 1, 0, 5),
            retry_on=policies,
        )

    def retries_after(self, outcome: str) -> bool:
        return "all" in self.retry_on or outcome in self.retry_on


@dataclass(slots=True, eq=False)
class Call:
    """One webhook with all its attempts; `status` is the last HTTP status, 0 when none arrived."""

    kind: str  # inbound | fallback | status
    sid: str
    url: str
    params: dict[str, str]
    at: float
    status: int = 0
    ms: float = 0.0
    body: str = ""
    content_type: str = ""
    attempts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_answered(self) -> bool:
        return _SUCCESS <= self.status < _CLIENT_ERROR

    def as_json(self) -> dict[str, Any]:
        names = ("kind", "sid", "url", "params", "at", "status", "ms", "body", "content_type", "attempts")
        return {name: getattr(self, name) for name in names}


class Webhooks:
    """Keep-alive connections to the product, and the log of what was called over them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.log: deque[Call] = deque(maxlen=_LOGGED_CALLS)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=_CONNECTIONS)
        jar = aiohttp.DummyCookieJar()
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar, headers=_HEADERS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def call(self, kind: str, url: str, params: dict[str, str], token: str = "") -> Call:
        """POST `params` to `url` until it is answered or the rules end; never raises.

        `token` is the idempotency token that stays the same over retries and the fallback.
        """
        target, fragment = urldefrag(url)
        rules = Rules.from_fragment(fragment)
        call = Call(kind, params["MessageSid"], url, params, self._world.now())
        self.log.append(call)
        secret = self._world.accounts.get(params["AccountSid"], "")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": RequestValidator(secret).compute_signature(target, params),
            "I-Twilio-Idempotency-Token": token or str(uuid4()),
        }
        data = urlencode(params).encode()
        started = perf_counter()
        for _ in range(1 + rules.retries):
            outcome = await self._attempt(call, target, data, headers, rules)
            if outcome == "ok" or not rules.retries_after(outcome):
                break
        call.ms = round((perf_counter() - started) * 1000, 3)
        return call

    async def _attempt(
        self, call: Call, target: str, data: bytes, headers: dict[str, str], rules: Rules
    ) -> str:
        """Make one request; return "ok", "4xx", "5xx", "ct" (no connection) or "rt" (no answer)."""
        started, outcome, error = perf_counter(), "ok", ""
        call.status = 0
        timeout = aiohttp.ClientTimeout(
            total=rules.total_ms / 1000, sock_connect=rules.connect_ms / 1000, sock_read=rules.read_ms / 1000
        )
        try:
            # The signature covers the URL byte for byte: nothing may requote it.
            url = URL(target, encoded=True)
            async with self._session.post(url, data=data, headers=headers, timeout=timeout) as answer:
                call.status, call.content_type = answer.status, answer.content_type
                call.body = (await answer.text(errors="replace"))[:_LOGGED_BODY]
            if call.status >= _CLIENT_ERROR:
                outcome = "5xx" if call.status >= _SERVER_ERROR else "4xx"
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as failure:
            outcome, error = "ct", str(failure)
        except (TimeoutError, aiohttp.ClientError, ValueError) as failure:
            outcome, error = "rt", f"{type(failure).__name__} {failure}".strip()
        ms = round((perf_counter() - started) * 1000, 3)
        call.attempts.append({"outcome": outcome, "status": call.status, "ms": ms, "error": error})
        return outcome
