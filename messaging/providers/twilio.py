"""The one place that speaks to Twilio: the official SDK's async client, many requests at once."""

import asyncio
import contextvars
import dataclasses
import socket
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

import aiohttp
import uvloop
from aiohappyeyeballs import AddrInfoType
from django.conf import settings
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client
from yarl import URL

from messaging.providers.errors import HTTP_TOO_MANY, TOO_MANY_REQUESTS, Action, action_for_create

T = TypeVar("T")
STATUS_PATH = "/webhooks/twilio/status/"
# Below uvicorn's, nginx's and Twilio's own, so that a request never starts on a connection the other side
# is just closing: its outcome would be unknown for nothing.
KEEP_ALIVE_SECONDS = 3.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request to be made. `validity_seconds`: how long Twilio may keep it queued (None: its default)."""

    message_id: uuid.UUID
    to: str
    from_address: str
    messaging_service_sid: str
    body: str
    validity_seconds: int | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one request. `accepted` with a sid; else `action` says what to do.

    `was_sent` False: the request provably never reached Twilio, so the message may be claimed again.
    """

    message_id: uuid.UUID
    accepted: bool = False
    was_sent: bool = True
    sid: str = ""
    code: int | None = None
    action: Action | None = None
    detail: str = ""

    @property
    def was_answered(self) -> bool:
        """Whether Twilio itself said this, and not our clock or the way to it."""
        return self.accepted or self.code is not None


# On time.monotonic(): no bytes of this task's request may leave later, for a STOP has stopped waiting for them.
_leaves_by: contextvars.ContextVar[float] = contextvars.ContextVar("_leaves_by", default=float("inf"))


class _TooLateError(Exception):
    """A connection came when the request may not begin any more."""


class _Connector(aiohttp.TCPConnector):
    """Looks at the clock once more when it has a connection: the process may have been suspended meanwhile."""

    async def connect(self, *args: Any, **kwargs: Any) -> Any:
        connection = await super().connect(*args, **kwargs)
        if time.monotonic() >= _leaves_by.get():
            connection.release()
            raise _TooLateError
        return connection


def _socket(address: AddrInfoType) -> socket.socket:
    """A socket that gives up what it could not deliver.

    On a network that lost its way the system would deliver a request minutes later, when it has found it again, even
    if we have long closed the connection: after a STOP, and beside the text that went out in its place.
    """
    family, kind, protocol, _, _ = address
    made = socket.socket(family, kind, protocol)
    if hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux, where the product runs in earnest
        undelivered_ms = int(settings.TWILIO_CONNECT_SECONDS * 1000)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, undelivered_ms)
    return made


class _Session:
    """The SDK asks aiohttp for no time-out at all; this one puts ours in its place."""

    def __init__(self) -> None:
        connector = _Connector(
            limit=settings.POST_CONCURRENCY,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            ttl_dns_cache=60,
            socket_factory=_socket,
        )
        self.session = aiohttp.ClientSession(connector=connector)
        # `connect` includes the name look-up, which `sock_connect` does not: a STOP counts on the whole of it.
        self.limits = aiohttp.ClientTimeout(
            total=settings.TWILIO_TIMEOUT_SECONDS, connect=settings.TWILIO_CONNECT_SECONDS
        )

    async def request(self, **kwargs: Any) -> aiohttp.ClientResponse:
        """As the SDK asks; a form is put into bytes here, which aiohttp's own way takes ten times as long for."""
        asked = kwargs | {"timeout": self.limits}
        if isinstance(asked.get("data"), dict):
            asked["data"] = URL.build(query=asked["data"]).raw_query_string.encode()
        return await self.session.request(**asked)

    async def close(self) -> None:
        await self.session.close()


def _http_client() -> AsyncTwilioHttpClient:
    """The SDK's client on our session; must be called on the loop."""
    client = AsyncTwilioHttpClient(pool_connections=False)
    client.session = _Session()
    return client


class _Loop:
    """One event loop in a thread of its own per process.

    It runs between batches too, so that connections closed by the other side are noticed at once and the
    client's connections are reused from batch to batch.
    """

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        self.clients: dict[str, Client] = {}
        # An account's batches share its connections: who waits for one must not have begun yet.
        self.free: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(settings.POST_CONCURRENCY)
        )
        threading.Thread(target=self.loop.run_forever, daemon=True, name="twilio").start()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def client(self, account_sid: str, token: str) -> Client:
        """The account's client; must be called on the loop."""
        key = f"{account_sid}:{token}:{settings.TWILIO_API_BASE_URL}"
        if key not in self.clients:
            client = Client(account_sid, token, http_client=_http_client())
            if settings.TWILIO_API_BASE_URL:
                client.api.base_url = client.messaging.base_url = settings.TWILIO_API_BASE_URL
            self.clients[key] = client
        return self.clients[key]


_loops: dict[int, _Loop] = {}
_starting = threading.Lock()


def loop() -> _Loop:
    """This process's loop: every request to Twilio is made on it."""
    import os  # the key is the process: a forked worker must not use its parent's loop

    with _starting:
        return _loops.setdefault(os.getpid(), _loops.get(os.getpid()) or _Loop())


def start(
    batch: Sequence[Outgoing], *, account_sid: str, token: str, post_by: float
) -> Future[list[Outcome]]:
    """Begin to post a batch, many at a time; the future brings one outcome each, in their order.

    `post_by` is on time.monotonic(): a request that has not begun by then is not made at all, because a
    STOP stops waiting for it. Never raises for a single message.
    """
    ours = loop()
    return ours.start(_send_all(ours, batch, account_sid, token, post_by))


async def _send_all(
    loop: _Loop, batch: Sequence[Outgoing], account_sid: str, token: str, post_by: float
) -> list[Outcome]:
    client, free = loop.client(account_sid, token), loop.free[account_sid]
    results: list[Outcome | None] = [None] * len(batch)
    todo = iter(enumerate(batch))

    async def worker() -> None:
        # A shared iterator instead of a task per message: as many requests under way as there are workers.
        for position, outgoing in todo:
            async with free:
                results[position] = await _send_one(client, outgoing, post_by)

    await asyncio.gather(*(worker() for _ in range(min(settings.POST_CONCURRENCY, len(batch)))))
    return [outcome for outcome in results if outcome is not None]


def _form(outgoing: Outgoing) -> dict[str, object]:
    form: dict[str, object] = {"To": outgoing.to, "Body": outgoing.body}
    if outgoing.messaging_service_sid:
        form["MessagingServiceSid"] = outgoing.messaging_service_sid
    if outgoing.from_address:
        form["From"] = outgoing.from_address
    if outgoing.validity_seconds is not None:
        form["ValidityPeriod"] = outgoing.validity_seconds
    form["StatusCallback"] = f"{settings.PUBLIC_BASE_URL}{STATUS_PATH}?ref={outgoing.message_id}"
    return form


async def _create(client: Client, outgoing: Outgoing) -> str:
    """Have Twilio create a message; its sid, or "" where the answer has none.

    By the SDK's own request, past its `messages.create_async`: that reads two dozen fields of the answer, moments among
    them, and we need one.
    """
    answer = await client.api.v2010.create_async(
        "POST",
        f"/Accounts/{client.account_sid}/Messages.json",
        data=_form(outgoing),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
    )
    return str(answer.get("sid") or "")


async def _send_one(client: Client, outgoing: Outgoing, post_by: float) -> Outcome:
    message_id = outgoing.message_id
    too_late = Outcome(message_id=message_id, was_sent=False, action=Action.BACK_OFF, detail="no time left")
    if time.monotonic() >= post_by:
        return too_late
    _leaves_by.set(post_by + settings.TWILIO_CONNECT_SECONDS)
    try:
        sid = await _create(client, outgoing)
    except TwilioRestException as error:
        return _refusal(message_id, error.code, error.status, str(error.msg))
    except TwilioException as error:
        return _refusal(message_id, getattr(error, "code", None), getattr(error, "status", 0), str(error))
    except _TooLateError:
        return too_late
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        return Outcome(
            message_id=message_id,
            was_sent=False,
            action=Action.BACK_OFF,
            detail=f"could not connect: {error}",
        )
    except Exception as error:  # noqa: BLE001 - whatever happened after the request began, Twilio may have it
        return Outcome(message_id=message_id, action=Action.UNKNOWN, detail=repr(error)[:200])
    if not sid:
        return Outcome(message_id=message_id, action=Action.UNKNOWN, detail="an answer without a sid")
    return Outcome(message_id=message_id, accepted=True, sid=sid)


def _refusal(message_id: uuid.UUID, code: int | None, status: int, words: str) -> Outcome:
    action = action_for_create(code, status)
    if code is None and status == HTTP_TOO_MANY:
        code = TOO_MANY_REQUESTS  # whoever stands before Twilio may say it without a body
    return Outcome(
        message_id=message_id,
        was_sent=action is not Action.BACK_OFF,
        code=code,
        action=action,
        detail=words[:200],
    )


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as Twilio has it; `age_seconds` is how long ago Twilio created it."""

    sid: str
    status: str
    code: int | None
    body: str
    age_seconds: float


def look_up(*, account_sid: str, token: str, to: str) -> list[Seen]:
    """The latest 200 messages Twilio has to a number, newest first. Raises on any failure to look."""
    ours = loop()

    async def fetch() -> list[Seen]:
        found = await ours.client(account_sid, token).messages.list_async(to=to, page_size=200, limit=200)
        return [_seen(message) for message in found]

    return ours.start(fetch()).result()


def _seen(message: Any) -> Seen:
    created = message.date_created
    return Seen(
        sid=message.sid,
        status=str(getattr(message.status, "value", message.status)),
        code=int(message.error_code) if message.error_code else None,
        body=message.body or "",
        age_seconds=time.time() - created.timestamp() if created else 0.0,
    )
