"""What the fence is tried on: Twilio's end of the wire, yield points in the product, and threads that meet there."""

import asyncio
import random
import threading
import uuid
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qs

import pytest
from aiohttp import web
from django.db import connection

from consent import ledger
from messaging import claim, in_flight, journal, outbox, record
from messaging.providers import twilio

# Every place where another process may come in between, in the order in which a text passes them.
OF_QUEUE = (("asked for the queue", outbox, "_lock_points"), ("before the insert", outbox, "_insert"))
OF_DRAIN = (
    ("before the claim", claim, "claim"),
    ("before the texts are locked", claim, "_due"),
    ("before the numbers are locked", claim, "_lock_points"),
    ("before the gate", claim, "_judge"),
    ("after the gate", claim, "_mark_sending"),
    ("before the claim's commit", journal, "decide"),
    ("before the call", twilio, "start"),
    ("before the look at the clock", twilio, "_send_one"),
    ("after the look at the clock", twilio._Session, "request"),
    ("before the record", record, "record"),
    ("before the record's update", record, "_update"),
)
OF_STOP = (
    ("STOP before its lock", ledger, "ask_for_lock"),
    ("STOP before it cancels", outbox, "cancellation_for_point"),
    ("STOP before it waits", in_flight, "wait"),
)
IN_THE_CALL = "in the call"
DRAIN_PLACES = (
    *[place for place, _, _ in OF_DRAIN[:-2]],
    IN_THE_CALL,
    *[place for place, _, _ in OF_DRAIN[-2:]],
)
BEFORE_LOCKS = DRAIN_PLACES[:2]
# Here the claim's transaction holds locks: a STOP waits for its end, however long that takes.
IN_TRANSACTION = DRAIN_PLACES[2:6]


class Director:
    """Who may pass which place; by itself it lets everybody through."""

    def at(self, place: str) -> None:
        """Called by whoever reaches a place."""


class Parking(Director):
    """The first who reaches one place stays there until told to go."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.reached, self.go, self._first = threading.Event(), threading.Event(), threading.Lock()

    def at(self, place: str) -> None:
        if place == self.place and self._first.acquire(blocking=False):
            self.reached.set()
            assert self.go.wait(20), f"nobody let it go {place}"


class Dice(Director):
    """Holds everybody up at every place for a while that is counted in what the others do meanwhile."""

    LONGEST_SECONDS = 0.01

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._turn, self._count = threading.Condition(), 0

    def at(self, place: str) -> None:
        with self._turn:
            self._count += 1
            until = self._count + self._dice.choice((0, 0, 0, 1, 2, 5, 9))
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._count >= until, timeout=self.LONGEST_SECONDS)


class Wire:
    """Twilio's end: the order in which requests and a STOP's answers came; what it has; answers as told."""

    def __init__(self) -> None:
        self.director = Director()
        self.answers: Callable[[], str] = lambda: "201"
        self._lock = threading.Lock()
        self.chronicle: list[tuple[str, str, str]] = []  # what, whose number, which message
        self.accepted: list[dict[str, str]] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="wire")
        self._thread.start()
        self.url = self._run(self._serve())

    def stop(self) -> None:
        self._run(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def note(self, what: str, address: str, ref: str = "") -> None:
        with self._lock:
            self.chronicle.append((what, address, ref))

    def late(self) -> list[str]:
        """The messages whose request came after the STOP of their number was answered."""
        answered: set[str] = set()
        late = []
        for what, address, ref in self.chronicle:
            if what == "answered":
                answered.add(address)
            elif address in answered:
                late.append(ref)
        return late

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _serve(self) -> str:
        application = web.Application()
        application.router.add_post("/2010-04-01/Accounts/{sid}/Messages.json", self._create)
        application.router.add_get("/2010-04-01/Accounts/{sid}/Messages.json", self._list)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {name: values[0] for name, values in parse_qs(await request.text()).items()}
        ref = form["StatusCallback"].rpartition("=")[2]
        self.note("request", form["To"], ref)
        answer = self.answers()
        await self._loop.run_in_executor(None, self.director.at, IN_THE_CALL)
        if answer == "429":
            return web.json_response({"code": 20429, "message": "Too many", "status": 429}, status=429)
        row = {"sid": f"SM{uuid.uuid4().hex}", "to": form["To"], "body": form["Body"], "status": "sent"}
        if answer != "nothing arrived":
            self.accepted.append(row | {"ref": ref})
        if answer != "201":
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"sid": row["sid"], "status": "queued"}, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        shown = [row for row in reversed(self.accepted) if row["to"] == request.query["To"]]
        return web.json_response({"messages": shown, "next_page_uri": None, "page": 0, "page_size": 200})


def put_yield_points(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    """Have every place of the product ask the wire's director before it goes on."""
    for place, module, name in (*OF_QUEUE, *OF_DRAIN, *OF_STOP):
        real = getattr(module, name)
        wrapped = (
            _async(place, real, wire) if asyncio.iscoroutinefunction(real) else _plain(place, real, wire)
        )
        monkeypatch.setattr(module, name, wrapped)


def _plain(place: str, real: Callable[..., Any], wire: Wire) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        wire.director.at(place)
        return real(*args, **kwargs)

    return wrapped


def _async(place: str, real: Callable[..., Any], wire: Wire) -> Callable[..., Any]:
    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        await asyncio.get_running_loop().run_in_executor(None, wire.director.at, place)
        return await real(*args, **kwargs)

    return wrapped


class Thread(threading.Thread):
    """A thread with its own database connection, whose failure is the test's."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self._work, self._failure = work, deque[BaseException]()
        self.start()

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - raised again by end()
            self._failure.append(error)
        finally:
            connection.close()

    @property
    def failure(self) -> BaseException | None:
        """What it raised, so far."""
        return self._failure[0] if self._failure else None

    def is_over_within(self, seconds: float) -> bool:
        self.join(seconds)
        return not self.is_alive()

    def end(self) -> None:
        """Wait for its end; raises what it raised."""
        assert self.is_over_within(30), "it hangs"
        if self.failure:
            raise self.failure
