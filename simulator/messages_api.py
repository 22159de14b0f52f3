"""Twilio's Messages resource over bare ASGI: this path is hot, so nothing stands between socket and rule."""

import asyncio
import json
from base64 import b64encode
from time import monotonic
from typing import Any, cast
from urllib.parse import unquote

from starlette.types import Message, Receive, Scope, Send

from simulator.carrier import Carrier
from simulator.create import create_text
from simulator.faults import AFTER_ACCEPT, Fault
from simulator.forms import parse_form
from simulator.listing import list_messages
from simulator.media import fetch_media, list_media
from simulator.refusals import Refusal
from simulator.resources import API_VERSION, message_json
from simulator.texts import FINAL_STATUSES, Text
from simulator.world import Arrival, World

PREFIX = f"/{API_VERSION}/Accounts/"
_CREATED, _OK, _GONE = 201, 200, 204
_ONE_MEDIA = 2  # the parts of Media/<sid>


class MessagesApi:
    """Answers create, list, fetch, update and delete, and what media a message has, under `/2010-04-01/Accounts/`."""

    def __init__(self, world: World, carrier: Carrier) -> None:
        self._world = world
        self._carrier = carrier
        self._authorizations: dict[bytes, str] = {}
        self.stopping = asyncio.Event()

    def learn_accounts(self) -> None:
        """Work out the one Authorization header each account may send."""
        self._authorizations = {
            b"Basic " + b64encode(f"{sid}:{token}".encode()): sid
            for sid, token in self._world.accounts.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer, _ = scope.get("client") or ("", 0)
        arrived = {"at": self._world.now(), "monotonic": monotonic(), "peer": peer}
        body = await _read_body(receive)
        try:
            account_sid, rest = self._authorize(scope)
            if rest == "Messages.json" and scope["method"] == "POST":
                await self._create(account_sid, body, arrived, receive, send)
            elif rest == "Messages.json" and scope["method"] == "GET":
                await self._list(account_sid, scope, receive, send)
            else:
                await _answer(send, *self._answer_other(scope, account_sid, rest, body))
        except Refusal as refusal:
            await _answer(send, refusal.status, refusal.body())

    def _authorize(self, scope: Scope) -> tuple[str, str]:
        """Return the account and the path below it; raises Refusal 20003 or 20404."""
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        caller = self.caller(header)
        account_sid, _, rest = scope["path"][len(PREFIX) :].partition("/")
        if account_sid != caller:
            raise Refusal(20404, scope["path"])
        return account_sid, rest

    def caller(self, authorization: bytes) -> str:
        """Return the account that an Authorization header is of; raises Refusal 20003."""
        caller = self._authorizations.get(authorization)
        if caller is None:
            raise Refusal(20003)
        return caller

    async def _create(
        self, account_sid: str, body: bytes, arrived: dict[str, Any], receive: Receive, send: Send
    ) -> None:
        """Note the arrival, let a fault strike, accept or refuse, answer.

        The arrival is written before anything can go wrong: tests count on seeing every request.
        """
        pairs = parse_form(body.decode())
        form = dict(pairs)
        arrival = self._note(form, arrived)
        fault = self._world.faults.take_for_create(arrival.to) if self._world.faults else None
        if fault is not None:
            arrival.fault = fault.kind
        if fault is None or fault.kind in AFTER_ACCEPT:
            media = [value for name, value in pairs if name == "MediaUrl"]
            text = self._accept(account_sid, form, media, arrival)
            answer = message_json(text)  # as accepted: it is on its way before the answer is read
            self._carrier.submit(text)
        if self._world.settings.latency:
            await asyncio.sleep(self._world.settings.latency)
        if fault is not None:
            await self._strike(fault, arrival, receive, send)
        else:
            await _answer(send, _CREATED, answer)

    def _note(self, form: dict[str, str], arrived: dict[str, Any]) -> Arrival:
        arrivals = self._world.arrivals
        arrival = Arrival(
            len(arrivals) + 1,
            **arrived,
            to=form.get("To", ""),
            sender=form.get("From") or form.get("MessagingServiceSid", ""),
            body=form.get("Body", ""),
            status_callback=form.get("StatusCallback", ""),
            validity_period=form.get("ValidityPeriod", ""),
        )
        arrivals.append(arrival)
        return arrival

    def _accept(self, account_sid: str, form: dict[str, str], media: list[str], arrival: Arrival) -> Text:
        try:
            text = create_text(self._world, account_sid, form, media)
        except Refusal as refusal:
            arrival.outcome = refusal.code
            raise
        arrival.outcome = arrival.sid = text.sid
        self._world.keep(text)
        return text

    async def _strike(self, fault: Fault, arrival: Arrival, receive: Receive, send: Send) -> None:
        """Answer as the fault says, or not at all."""
        codes = {"refuse": fault.code, "http_429": 20429}
        if fault.kind.startswith("timeout"):
            arrival.outcome = arrival.outcome or fault.kind
            await self._stay_silent(fault.seconds, receive)
        if fault.kind.startswith(("timeout", "connection_reset")):
            arrival.outcome = arrival.outcome or fault.kind
            await _hang_up(receive, send)
            return
        code = codes.get(fault.kind, fault.code or 20500)
        arrival.outcome = arrival.outcome or code
        raise Refusal(code)

    async def _stay_silent(self, seconds: float, receive: Receive) -> None:
        """Wait until the client hangs up, `seconds` have passed, or the process stops."""
        waits = [asyncio.ensure_future(_disconnection(receive)), asyncio.ensure_future(self.stopping.wait())]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    async def _list(self, account_sid: str, scope: Scope, receive: Receive, send: Send) -> None:
        query = dict(parse_form(scope["query_string"].decode()))
        fault = self._world.faults.take_for_list(query.get("To", "")) if self._world.faults else None
        if fault is not None and fault.kind == "list_timeout":
            await self._stay_silent(fault.seconds, receive)
            await _hang_up(receive, send)
            return
        if fault is not None:
            raise Refusal(20500)
        await _answer(send, _OK, list_messages(self._world, account_sid, query))

    def _answer_other(self, scope: Scope, account_sid: str, rest: str, body: bytes) -> tuple[int, Any]:
        method = scope["method"]
        sid, *below = unquote(rest.removeprefix("Messages/").removesuffix(".json")).split("/")
        text = self._world.texts.get(sid)
        if text is None or text.account_sid != account_sid:
            raise Refusal(20404, scope["path"])
        if below:
            if self._world.faults and self._world.faults.take_for_media(sid):
                raise Refusal(20404, scope["path"])
            return _OK, _media(scope, text, below)
        if method == "POST":
            return _OK, self._update(text, dict(parse_form(body.decode())))
        if method == "DELETE":
            self._delete(text)
            return _GONE, None
        return _OK, message_json(text)

    def _update(self, text: Text, form: dict[str, str]) -> dict[str, Any]:
        """Redact the body (Body="") or cancel what has not left; raises Refusal when it is too late."""
        if form.get("Status") == "canceled" and not self._carrier.cancel(text):
            raise Refusal(30409)
        if "Body" in form:
            if text.status not in FINAL_STATUSES:
                raise Refusal(20009, "only a finished message can be redacted")
            text.body, text.updated_at = "", self._world.now()
        return message_json(text)

    def _delete(self, text: Text) -> None:
        if text.status not in FINAL_STATUSES:
            raise Refusal(20009, "a message in progress cannot be deleted")
        self._world.drop(text)


def _media(scope: Scope, text: Text, below: list[str]) -> dict[str, Any]:
    """Answer for `Media` or `Media/<sid>` below a message, which can only be read here."""
    if scope["method"] == "GET" and below == ["Media"]:
        return list_media(text)
    if scope["method"] == "GET" and below[0] == "Media" and len(below) == _ONE_MEDIA:
        return fetch_media(text, below[1])
    raise Refusal(20404, scope["path"])


async def _read_body(receive: Receive) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body


async def _answer(send: Send, status: int, content: Any) -> None:
    body = b"" if status == _GONE else json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})


async def _disconnection(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _hang_up(receive: Receive, send: Send) -> None:
    """Drop the connection without an answer."""
    # ASGI cannot say this; the server's own request cycle, to which `send` is bound, holds the socket.
    cycle = cast("Any", send).__self__
    if cycle.transport is not None:
        cycle.transport.abort()
    await _disconnection(receive)
