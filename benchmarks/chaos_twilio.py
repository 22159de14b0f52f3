"""A stand-in for Twilio that forgets nothing when it is killed: what it accepts is in a journal before it answers.

    python -m benchmarks.chaos_twilio --port 4010 --journal FILE [--latency-ms 20]

It reports every text as delivered, signed, until the answer is 2xx. Started again on the same journal it goes on where
it was. A line of the journal is an accepted text, with the machine's monotonic clock, or the sid of a reported one.
"""

import argparse
import asyncio
import email.utils
import json
import os
import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import web
from twilio.request_validator import RequestValidator

from benchmarks.stand_in import TOKEN

REPORTERS = 8
AGAIN_SECONDS = 0.3


def read(journal: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a journal; a kill can have left half of one, which was never answered."""
    for line in journal.read_bytes().splitlines() if journal.exists() else ():
        with suppress(ValueError):
            yield json.loads(line)


class StandIn:
    """What it accepted, by number, and what is still to be reported."""

    def __init__(self, journal: Path, latency_seconds: float) -> None:
        self.latency_seconds = latency_seconds
        self.texts: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.to_report: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._recall(journal)
        self._journal = os.open(journal, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(self._journal, b"\n")

    def _recall(self, journal: Path) -> None:
        lines = list(read(journal))
        reported = {line["reported"] for line in lines if "reported" in line}
        for line in lines:
            if "sid" in line:
                self.texts[line["to"]].append(line)
                if line["sid"] not in reported:
                    self.to_report.put_nowait(line)

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._journal, json.dumps(line).encode() + b"\n")

    async def create(self, request: web.Request) -> web.Response:
        """Accept a text: into the journal, then the answer."""
        form = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        text = {
            "at": time.monotonic(), "created": email.utils.formatdate(), "sid": f"SM{uuid.uuid4().hex}",
            "to": form["To"], "from": form.get("From", ""), "body": form["Body"], "callback": form["StatusCallback"],
            "ref": parse_qs(urlsplit(form["StatusCallback"]).query)["ref"][0],
        }  # fmt: skip
        self._write(text)
        self.texts[form["To"]].append(text)
        await asyncio.sleep(self.latency_seconds)
        self.to_report.put_nowait(text)
        return web.json_response({"sid": text["sid"], "status": "queued"}, status=201)

    async def list(self, request: web.Request) -> web.Response:
        """What there is to a number, newest first."""
        shown = [
            {name: text[name] for name in ("sid", "to", "body")} | {"status": "sent", "date_created": text["created"]}
            for text in reversed(self.texts.get(request.query["To"], []))
        ]  # fmt: skip
        return web.json_response({"messages": shown, "next_page_uri": None, "page": 0, "page_size": 200})

    async def reporting(self, _: web.Application) -> AsyncIterator[None]:
        """Report while the application runs."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            reporters = [asyncio.create_task(self._report(session)) for _ in range(REPORTERS)]
            yield
            for reporter in reporters:
                reporter.cancel()

    async def _report(self, session: aiohttp.ClientSession) -> None:
        while True:
            text = await self.to_report.get()
            while not await self._is_told(session, text):  # noqa: ASYNC110 - the other side is a process
                await asyncio.sleep(AGAIN_SECONDS)
            self._write({"reported": text["sid"]})

    async def _is_told(self, session: aiohttp.ClientSession, text: dict[str, Any]) -> bool:
        fields = {
            "MessageSid": text["sid"],
            "SmsSid": text["sid"],
            "MessageStatus": "delivered",
            "To": text["to"],
        }
        fields |= {"SmsStatus": "delivered", "From": text["from"], "AccountSid": f"AC{1:032x}"}
        signature = RequestValidator(TOKEN).compute_signature(text["callback"], fields)
        try:
            async with session.post(
                text["callback"], data=fields, headers={"X-Twilio-Signature": signature}
            ) as answer:
                return answer.ok
        except (aiohttp.ClientError, TimeoutError):
            return False


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


def main() -> None:
    """Serve until the process is ended, however that happens."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--latency-ms", type=float, default=20)
    options = parser.parse_args()
    application = web.Application()

    async def opened(application: web.Application) -> AsyncIterator[None]:
        stand_in = StandIn(options.journal, options.latency_ms / 1000)
        application["stand_in"] = stand_in
        async for _ in stand_in.reporting(application):
            yield

    application.cleanup_ctx.append(opened)
    path = "/2010-04-01/Accounts/{sid}/Messages.json"
    application.router.add_post(path, lambda request: request.app["stand_in"].create(request))
    application.router.add_get(path, lambda request: request.app["stand_in"].list(request))
    application.router.add_get("/healthz", _healthy)
    web.run_app(
        application, host="127.0.0.1", port=options.port, access_log=None, print=None, reuse_address=True
    )


if __name__ == "__main__":
    main()
