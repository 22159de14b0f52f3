"""A stand-in for Twilio with nothing but the answer: as little work as an HTTP server can do.

    python -m benchmarks.stand_in --latency-ms 0      prints `ready on <url>`

It answers POST …/Messages.json with 201 and a new sid. `POST /count` tells how many came since the last time;
`POST /callbacks?concurrency=N` reports every text as delivered to its StatusCallback, signed, and tells the rate;
`POST /arrivals?word=W` tells when texts with this word came, from the first time that somebody asks for it.
The simulator knows far more, and is too slow to measure a limit with.
"""

import argparse
import asyncio
import itertools
import json
import socket
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlencode

import aiohttp
import uvicorn
from twilio.request_validator import RequestValidator

TOKEN = "simulator-token"
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class StandIn:
    """The ASGI application."""

    def __init__(self, latency_seconds: float) -> None:
        self.latency_seconds = latency_seconds
        self.numbers = itertools.count(1)
        self.counted = 0
        self.taken: list[tuple[str, bytes]] = []  # (sid, body) of texts that are not reported yet
        self.watched = b""
        self.arrivals: list[float] = []  # of texts with the watched word, on the machine's monotonic clock

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = await _body(receive)
        path: str = scope["path"]
        if path.endswith("/Messages.json"):
            if self.watched and self.watched in body:
                self.arrivals.append(time.monotonic())
            if self.latency_seconds:
                await asyncio.sleep(self.latency_seconds)
            sid = f"SM{next(self.numbers):032x}"
            self.taken.append((sid, body))
            await _answer(send, 201, b'{"sid":"%s","status":"queued"}' % sid.encode())
        elif path == "/count":
            count, self.counted = len(self.taken) - self.counted, len(self.taken)
            await _answer(send, 200, json.dumps({"count": count}).encode())
        elif path == "/arrivals":
            query = parse_qs(scope["query_string"].decode())
            told = json.dumps(self.arrived(query["word"][0].encode()))
            await _answer(send, 200, told.encode())
        elif path == "/callbacks":
            query = parse_qs(scope["query_string"].decode())
            reported = await self.report(int(query["concurrency"][0]))
            await _answer(send, 200, json.dumps(reported).encode())
        else:
            await _answer(send, 404, b"{}")

    def arrived(self, word: bytes) -> list[float]:
        """When texts with this word came; of another word than the last time only those from now on are told."""
        if word != self.watched:
            self.watched, self.arrivals = word, []
        return self.arrivals

    async def report(self, concurrency: int) -> dict[str, float]:
        """Tell every text's StatusCallback that it is delivered; returns how many, in how many seconds."""
        texts, self.taken, self.counted = self.taken, [], 0
        calls = [_callback(sid, body) for sid, body in texts]
        todo, failed = iter(calls), 0
        began = time.perf_counter()
        connector = aiohttp.TCPConnector(limit=concurrency)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def worker() -> None:
                nonlocal failed
                for url, form, headers in todo:
                    async with session.post(url, data=form, headers=headers) as answer:
                        await answer.read()
                        failed += answer.status >= 300  # noqa: PLR2004 - anything but 2xx

            await asyncio.gather(*(worker() for _ in range(concurrency)))
        return {"count": len(calls), "failed": failed, "seconds": time.perf_counter() - began}


def _callback(sid: str, body: bytes) -> tuple[str, bytes, dict[str, str]]:
    """The URL, form and headers of a report."""
    sent = parse_qs(body.decode())
    url = sent["StatusCallback"][0]
    fields = {
        "MessageSid": sid, "SmsSid": sid, "MessageStatus": "delivered", "SmsStatus": "delivered",
        "To": sent["To"][0], "From": sent.get("From", [""])[0],
        "AccountSid": "AC00000000000000000000000000000001", "ApiVersion": "2010-04-01",
    }  # fmt: skip
    signature = RequestValidator(TOKEN).compute_signature(url, fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    return url, urlencode(fields).encode(), headers


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        part = await receive()
        body += bytes(part.get("body", b""))
        if not part.get("more_body"):
            return body


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve on a free port of this machine until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency-ms", type=float, default=0)
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    # asyncio does so only for sockets it made itself. Without, an answer's second packet waits 40 ms for the client's
    # system to confirm the first, and whoever makes one request after the other waits with it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"ready on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        StandIn(options.latency_ms / 1000),
        log_level="warning",
        access_log=False,
        lifespan="off",
        interface="asgi3",
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
