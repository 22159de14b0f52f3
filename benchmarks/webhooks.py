"""How fast Twilio's requests are answered, beside an empty view on the same server.

    python -m benchmarks.webhooks [--requests 4000] [--stops 100] [--json]

Status callbacks and inbound texts come many at a time, signed; a STOP comes alone, first while nothing else happens
and then while a campaign drains. The empty view is `/healthz`, which stores nothing. One process asks, one answers,
PostgreSQL and the stand-in share the machine with them.
"""

import argparse
import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import aiohttp

from benchmarks import measure, send
from benchmarks.commits import bare_commits
from benchmarks.stage import stage

if TYPE_CHECKING:
    from benchmarks.population import Population

_AT_ONCE = 32
_OK = 200

# Method, URL, form and headers.
Call = tuple[str, str, bytes | None, dict[str, str]]


def main() -> None:
    """Ask, and print the report."""
    parser = measure.arguments("Webhook requests per second and the latency of a STOP.")
    parser.add_argument("--requests", type=int, default=4000, help="of each kind")
    parser.add_argument(
        "--stops", type=int, default=100, help="STOPs one after the other, idle and in a campaign"
    )
    options = parser.parse_args()
    port = send.free_port()
    base = f"http://127.0.0.1:{port}"
    with (
        send.stand_in(0) as twilio,
        stage(TWILIO_API_BASE_URL=twilio, PUBLIC_BASE_URL=base) as directory,
    ):
        figures = _run(options, base, port, directory)
    empty = figures["empty_view_per_s"]
    measure.report(
        "webhooks",
        counts={"requests": options.requests, "at_once": _AT_ONCE, "stops": options.stops},
        figures=figures,
        limit=measure.Compared("an empty view on the same server", empty),
        per_s=figures["status_per_s"],
        json_only=options.json,
    )


def _run(options: argparse.Namespace, base: str, port: int, directory: Path) -> dict[str, measure.Figure]:
    from benchmarks import population
    from contacts import clock
    from messaging.models import Message, Status

    crowd = population.populate(options.requests)
    send.queue(crowd)
    # Handed off so long ago that the frequency cap has nothing against a text now.
    before = clock.now() - dt.timedelta(days=2)
    Message.objects.update(status=Status.HANDED_OFF, due_at=None, handed_off_at=before)
    ids = list(Message.objects.values_list("id", flat=True))
    status = [_status(base, n, str(message_id)) for n, message_id in enumerate(ids)]
    half = len(crowd.people) // 2
    texts = [
        _text(base, n, address, "What are your hours?") for n, (_, _, address) in enumerate(crowd.people)
    ]
    stops = [_text(base, half + n, crowd.people[n][2], "STOP", "ST") for n in range(2 * options.stops)]
    with send.web(port, directory) as pid:
        empty: list[Call] = [("GET", f"{base}/healthz", None, {})] * options.requests
        _ask_all(empty[:200])
        server = measure.family(pid)
        figures = _rate("empty_view", empty, server)
        figures |= _rate("status", status, server)
        figures |= _rate("inbound", texts, server)
        figures |= _latencies("empty_view", empty[: options.stops])
        figures |= bare_commits("bare_commit", options.stops)
        figures |= _latencies("stop_idle", stops[: options.stops])
        figures |= _in_a_campaign(crowd, stops[options.stops :])
    return figures


def _in_a_campaign(crowd: "Population", stops: Sequence[Call]) -> dict[str, measure.Figure]:
    """STOPs while another process drains a text to everybody."""
    from messaging.models import Message, Status

    send.queue(crowd)
    drain = send.elsewhere("drain", str(crowd.sender.id))
    try:
        deadline = time.monotonic() + 30
        while not Message.objects.filter(status=Status.SENDING).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return _latencies("stop_in_a_campaign", stops)
    finally:
        drain.wait()


def _rate(name: str, calls: Sequence[Call], server: Sequence[int]) -> dict[str, measure.Figure]:
    """Requests a second, and the web server's own processor time for each."""
    spent = measure.Spent(server)
    began = time.perf_counter()
    _ask_all(calls)
    took = time.perf_counter() - began
    return {f"{name}_per_s": len(calls) / took, f"{name}_cpu_ms": spent.each(len(calls))[2]}


def _ask_all(calls: Sequence[Call]) -> None:
    asyncio.run(_ask(calls, _AT_ONCE))


def _latencies(name: str, calls: Sequence[Call]) -> dict[str, measure.Figure]:
    """Milliseconds of requests that come one after the other."""
    return measure.latencies(name, asyncio.run(_ask(calls, 1)))


async def _ask(calls: Sequence[Call], at_once: int) -> list[float]:
    """Make the calls, so many at a time; seconds of each. Raises AssertionError when one is not answered 200."""
    took: list[float] = []
    todo = iter(calls)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def worker() -> None:
            for method, url, form, headers in todo:
                began = time.perf_counter()
                async with session.request(method, url, data=form, headers=headers) as answer:
                    await answer.read()
                    assert answer.status == _OK, f"{url} answered {answer.status}"
                took.append(time.perf_counter() - began)

        await asyncio.gather(*(worker() for _ in range(at_once)))
    return took


def _status(base: str, n: int, ref: str) -> Call:
    sid = f"MM{n:032x}"  # the stand-in gives out those with SM
    return _signed(
        f"{base}/webhooks/twilio/status/?ref={ref}",
        {"MessageSid": sid, "SmsSid": sid, "MessageStatus": "delivered", "SmsStatus": "delivered"},
    )


def _text(base: str, n: int, address: str, body: str, kind: str = "SM") -> Call:
    sid = f"{kind}{n + 2**64:032x}"
    fields = {"MessageSid": sid, "From": address, "To": "+15005550006", "Body": body, "NumMedia": "0"}
    return _signed(f"{base}/webhooks/twilio/inbound/", fields)


def _signed(url: str, fields: dict[str, str]) -> Call:
    from django.conf import settings
    from twilio.request_validator import RequestValidator

    fields |= {"AccountSid": settings.TWILIO_ACCOUNT_SID, "ApiVersion": "2010-04-01"}
    signature = RequestValidator(settings.TWILIO_AUTH_TOKENS[0]).compute_signature(url, fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    # Made before the clock starts: who asks shares the machine with who answers.
    return "POST", url, urlencode(fields).encode(), headers


if __name__ == "__main__":
    main()
