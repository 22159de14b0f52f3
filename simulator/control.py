"""The control API under `/_sim/`: tests, demo and benchmarks steer the stand-in and look inside it."""

import re
from collections import Counter
from dataclasses import asdict, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from simulator.engine import Engine
from simulator.faults import Fault
from simulator.handsets import WALL_SIZE, phone_json, phone_summary, phones_on_wall
from simulator.senders import register_sender
from simulator.world import Settings

_SETTLE_SECONDS = 10.0
_MOST_ROWS = 100_000
_BAD_REQUEST = 400
_NOT_IN_A_NUMBER = re.compile(r"[\s().-]")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")


class Control:
    """Each method is one route; a wrong request gets 400 and a sentence that says what is known."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._world = engine.world

    def routes(self) -> list[Route]:
        table = [
            ("/healthz", self.health, "GET"),
            ("/_sim/reset", self.reset, "POST"),
            ("/_sim/settle", self.settle, "POST"),
            ("/_sim/send", self.send, "POST"),
            ("/_sim/senders", self.add_sender, "POST"),
            ("/_sim/senders", self.list_senders, "GET"),
            ("/_sim/faults", self.add_fault, "POST"),
            ("/_sim/faults", self.list_faults, "GET"),
            ("/_sim/faults", self.clear_faults, "DELETE"),
            ("/_sim/settings", self.change_settings, "POST"),
            ("/_sim/settings", self.show_settings, "GET"),
            ("/_sim/blocks", self.list_blocks, "GET"),
            ("/_sim/requests", self.list_requests, "GET"),
            ("/_sim/webhooks", self.list_webhooks, "GET"),
            ("/_sim/stats", self.stats, "GET"),
            ("/_sim/phones", self.add_phone, "POST"),
            ("/_sim/phones", self.list_phones, "GET"),
            ("/_sim/phones/{number}", self.show_phone, "GET"),
            ("/_sim/events", self.events, "GET"),
        ]
        return [Route(path, endpoint, methods=[method]) for path, endpoint, method in table]

    async def health(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def reset(self, _request: Request) -> Response:
        self._engine.reset()
        return JSONResponse({"reset": True})

    async def settle(self, request: Request) -> Response:
        """Answer when nothing moves any more, or after `seconds` (default 10) with `settled: false`."""
        seconds = float((await _json(request)).get("seconds", _SETTLE_SECONDS))
        settled = await self._engine.settle(seconds)
        left = {"moving": self._engine.carrier.moving, "callbacks": self._engine.callbacks.open}
        return JSONResponse({"settled": settled, **left})

    async def send(self, request: Request) -> Response:
        """Text as a customer; `status` is the product's HTTP answer, 0 when none came."""
        order = await _json(request)
        number, address = order.get("from", "").strip(), order.get("to", "").strip()
        if not number or not address:
            raise ValueError("'from' (the customer) and 'to' (the brand's number) are needed")
        text, call = await self._engine.inbound.receive(
            number=number,
            address=address,
            body=order.get("body", ""),
            media=order.get("media") or (),
            deliveries=int(order.get("deliveries", 1)),
        )
        answer: dict[str, Any] = {"sid": text.sid, "status": 0, "ms": 0.0, "attempts": []}
        if call is not None:
            answer |= {"status": call.status, "ms": call.ms, "attempts": call.attempts}
        return JSONResponse(answer)

    async def add_sender(self, request: Request) -> Response:
        made = register_sender(self._world, await _json(request))
        self._engine.messages.learn_accounts()
        return JSONResponse(made)

    async def list_senders(self, _request: Request) -> Response:
        world = self._world
        return JSONResponse(
            {
                "senders": [asdict(sender) for sender in world.senders.values()],
                "services": [asdict(service) for service in world.services.values()],
            }
        )

    async def add_fault(self, request: Request) -> Response:
        order = await _json(request)
        unknown = set(order) - {item.name for item in fields(Fault)}
        if unknown or "kind" not in order:
            raise ValueError(f"a fault has kind, to, count, code, seconds; not {sorted(unknown)}")
        fault = Fault(**order)
        self._world.faults.add(fault)
        return JSONResponse(asdict(fault))

    async def list_faults(self, _request: Request) -> Response:
        return JSONResponse({"faults": self._world.faults.as_json()})

    async def clear_faults(self, _request: Request) -> Response:
        self._world.faults.clear()
        return JSONResponse({"faults": []})

    async def change_settings(self, request: Request) -> Response:
        known = {item.name for item in fields(Settings)}
        for name, value in (await _json(request)).items():
            if name not in known:
                raise ValueError(f"unknown setting {name!r}; known: {', '.join(sorted(known))}")
            setattr(self._world.settings, name, type(getattr(self._world.settings, name))(value))
        self._engine.callbacks.start()
        return await self.show_settings(request)

    async def show_settings(self, _request: Request) -> Response:
        return JSONResponse(asdict(self._world.settings))

    async def list_blocks(self, _request: Request) -> Response:
        pairs = sorted(self._world.blocks)
        return JSONResponse({"blocks": [{"sender": scope, "to": number} for scope, number in pairs]})

    async def list_requests(self, request: Request) -> Response:
        """Every create that arrived after number `after`, for one number when `to` is given."""
        after = int(request.query_params.get("after", 0))
        to = request.query_params.get("to")
        arrivals = self._world.arrivals[max(after, 0) :]
        rows = [arrival.as_json() for arrival in arrivals if to is None or arrival.to == to]
        return JSONResponse({"requests": rows})

    async def list_webhooks(self, request: Request) -> Response:
        """The webhooks made, oldest first; `kind` and `sid` narrow them, `limit` keeps the newest."""
        kind, sid = request.query_params.get("kind"), request.query_params.get("sid")
        limit = int(request.query_params.get("limit", _MOST_ROWS))
        calls = [
            call.as_json()
            for call in self._engine.webhooks.log
            if kind in (None, call.kind) and sid in (None, call.sid)
        ]
        return JSONResponse({"webhooks": calls[-limit:]})

    async def stats(self, _request: Request) -> Response:
        world, engine = self._world, self._engine
        outbound = [text for text in world.texts.values() if text.direction == "outbound-api"]
        calls = Counter(f"{call.kind} {call.status or 'unanswered'}" for call in engine.webhooks.log)
        return JSONResponse(
            {
                "requests": len(world.arrivals),
                "refused": sum(isinstance(arrival.outcome, int) for arrival in world.arrivals),
                "texts": len(world.texts),
                "outbound": len(outbound),
                "inbound": sum(text.is_inbound for text in world.texts.values()),
                "segments": sum(text.segments for text in outbound),
                "statuses": dict(Counter(text.status for text in outbound)),
                "webhooks": dict(calls),
                "phones": len(world.phones),
                "blocks": len(world.blocks),
                "moving": engine.carrier.moving,
                "callbacks_open": engine.callbacks.open,
            }
        )

    async def add_phone(self, request: Request) -> Response:
        number = _NOT_IN_A_NUMBER.sub("", (await _json(request)).get("number", ""))
        if not _NUMBER.fullmatch(number):
            raise ValueError("Start with + and the country code")
        phone = self._world.phone(number)
        self._world.on_phone_change(number)
        return JSONResponse(phone_summary(self._world, phone))

    async def list_phones(self, request: Request) -> Response:
        query = request.query_params
        found = phones_on_wall(
            self._world, query.get("q", ""), int(query.get("limit", WALL_SIZE)), int(query.get("offset", 0))
        )
        return JSONResponse({"phones": [phone_summary(self._world, phone) for phone in found]})

    async def show_phone(self, request: Request) -> Response:
        return JSONResponse(phone_json(self._world, self._world.phone(request.path_params["number"])))

    async def events(self, _request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._engine.live.stream(), media_type="text/event-stream", headers=headers)


async def say_what_is_wrong(_request: Request, error: Exception) -> Response:
    """Turn a ValueError or TypeError of a control request into 400 with its sentence."""
    return JSONResponse({"error": str(error)}, status_code=_BAD_REQUEST)


async def _json(request: Request) -> dict[str, Any]:
    if not await request.body():
        return {}
    order = await request.json()
    if not isinstance(order, dict):
        raise TypeError("the request body is not a JSON object")
    return order
