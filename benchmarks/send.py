"""How fast texts leave, with every promise kept, beside the bare SDK and beside the usual way.

    python -m benchmarks.send [--messages 20000] [--processes 1] [--latency-ms 0] [--json]

Three loops post to the same stand-in, on the same machine, in the same run:
- the limit: the SDK's async client in a loop, nothing else, as many requests at once as the product makes;
- ours: claimed, gated with all rules, decided, posted, recorded; then the stand-in reports each text as
  delivered to a real web server, signed, and that is measured apart;
- the usual way: a Celery task per message that loads it, checks consent, calls the SDK and saves the outcome.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

from benchmarks import measure
from benchmarks.stage import stage

if TYPE_CHECKING:
    from benchmarks.population import Population

ROOT = Path(__file__).resolve().parent.parent
_QUEUE_PAGE = 2000


def main() -> None:
    """Run the three loops and print the report."""
    parser = measure.arguments("Texts per second beside the bare SDK and beside a task per message.")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=1, help="drains at once, and bare loops at once")
    parser.add_argument("--latency-ms", type=float, default=0, help="at the stand-in")
    parser.add_argument("--usual", type=int, default=2_000, help="messages the usual way; 0: leave it out")
    options = parser.parse_args()
    port = free_port()
    with (
        stand_in(options.latency_ms) as twilio,
        stage(
            TWILIO_API_BASE_URL=twilio,
            PUBLIC_BASE_URL=f"http://127.0.0.1:{port}",
            DRAINS_PER_SENDER=str(options.processes),
        ) as directory,
    ):
        measured = _run(options, twilio, port, directory)
    _report(options, measured)


def _run(options: argparse.Namespace, twilio: str, port: int, directory: Path) -> dict[str, float | None]:
    from benchmarks import population, usual_way

    crowd = population.populate(options.messages)
    spent = measure.Spent()
    bare = _bare(options.messages, options.processes)
    bare_cpu, _, _ = spent.each(options.messages)
    count(twilio)
    queued = _timed(lambda: queue(crowd))
    spent = measure.Spent(backends())
    drained = _timed(lambda: _drain(options.processes, crowd.sender.id))
    cpu = spent.each(options.messages)
    sent = count(twilio)
    assert sent == options.messages, f"{sent} of {options.messages} were sent"
    with web(port, directory):
        callbacks = ask(f"{twilio}/callbacks?concurrency=32")
    assert not callbacks["failed"], callbacks
    unsettled = _not_delivered()
    assert not unsettled, f"{unsettled} are not delivered"
    usual = usual_way.run(crowd, options.usual, directory) if options.usual else None
    return {
        "bare_per_s": options.messages / bare,
        "queued_per_s": options.messages / queued,
        "messages_per_s": options.messages / drained,
        "callbacks_per_s": callbacks["count"] / callbacks["seconds"],
        "usual_per_s": usual,
    } | (_processor_times(bare_cpu, *cpu) if options.processes == 1 else {})


def _processor_times(bare: float, whole: float, own: float, server: float) -> dict[str, float | None]:
    """Milliseconds for a text: other programs take these from us less than they take our time by the clock."""
    return {
        "bare_cpu_ms": bare,
        "drain_cpu_ms": whole,
        "claim_and_gate_cpu_ms": own,  # the drain's own thread; the rest is the record, the SDK's and HTTP
        "postgres_cpu_ms": server,
    }


def backend() -> int:
    """The process that serves this thread's connection to PostgreSQL."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def backends() -> list[int]:
    """The processes that serve a drain's two connections: what it claims by, and what its landing writes by."""
    from django.db import connection

    def beside() -> int:
        try:
            return backend()
        finally:
            connection.close()  # the pool keeps it for the landing

    with ThreadPoolExecutor(1) as thread:
        return [backend(), thread.submit(beside).result()]


def _report(options: argparse.Namespace, measured: dict[str, float | None]) -> None:
    bare, usual = measured.pop("bare_per_s"), measured.pop("usual_per_s")
    measure.report(
        "send",
        counts={
            "messages": options.messages,
            "processes": options.processes,
            "latency_ms": int(options.latency_ms),
            "messages_the_usual_way": options.usual,
        },
        figures=measured,
        limit=measure.Compared("the SDK's async client in a bare loop", bare),
        usual=measure.Compared("a Celery task per message", usual) if options.usual else None,
        per_s=measured["messages_per_s"],
        json_only=options.json,
    )


def queue(crowd: "Population") -> None:
    """Put one marketing text for each person into the outbox."""
    from messaging import outbox
    from messaging.models import Origin

    for start in range(0, len(crowd.people), _QUEUE_PAGE):
        outbox.queue(
            [
                outbox.Draft(
                    brand_id=crowd.brand.id, contact_id=contact_id, point_id=point_id, sender_id=crowd.sender.id,
                    program_id=crowd.program.id, purpose="marketing", value="know_how", origin=Origin.CAMPAIGN,
                    body="Grind finer if your cup tastes sour. Reply with your brewer. Acme, STOP to end",
                )
                for contact_id, point_id, _ in crowd.people[start : start + _QUEUE_PAGE]
            ]
        )  # fmt: skip


def _drain(processes: int, sender_id: object) -> None:
    """Drain a sender until nothing is due, in so many processes at once; this one is the first of them."""
    others = [elsewhere("drain", str(sender_id)) for _ in range(processes - 1)]
    drain_here(str(sender_id))
    _wait(others)


def drain_here(sender_id: str) -> None:
    """Drain a sender in this process until nothing is due."""
    import uuid

    from messaging import dispatch

    while dispatch.drain(uuid.UUID(sender_id)):
        pass


def _bare(messages: int, processes: int) -> float:
    """Seconds that the bare loop takes for so many requests, in so many processes at once."""
    share = messages // processes
    began = time.perf_counter()
    others = [elsewhere("bare", str(share)) for _ in range(processes - 1)]
    bare_here(messages - share * (processes - 1))
    _wait(others)
    return time.perf_counter() - began


def bare_here(messages: int) -> None:
    """Post so many texts with the SDK's async client, as many at once as the product does, and do nothing else."""
    from django.conf import settings
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    async def post_all() -> None:
        http = AsyncTwilioHttpClient(pool_connections=True)
        client = Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS[0], http_client=http)
        client.api.base_url = settings.TWILIO_API_BASE_URL
        todo = iter(range(messages))

        async def worker() -> None:
            for n in todo:
                await client.messages.create_async(
                    to=f"+1212{2_000_000 + n:07d}",
                    from_="+15005550006",
                    body="Grind finer if your cup tastes sour. Reply with your brewer. Acme, STOP to end",
                    validity_period=14_400,
                    status_callback=f"{settings.PUBLIC_BASE_URL}/webhooks/twilio/status/?ref={n:036d}",
                )

        await asyncio.gather(*(worker() for _ in range(settings.POST_CONCURRENCY)))
        await http.close()

    uvloop.run(post_all())  # the product's kind of loop: the limit is the fastest that this client can be


def _not_delivered() -> int:
    from messaging.models import Message, Status

    return Message.objects.exclude(status=Status.DELIVERED).count()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def elsewhere(what: str, argument: str) -> subprocess.Popen[bytes]:
    """Another process that does one part: `drain` of a sender, or `bare` so many times."""
    return subprocess.Popen([sys.executable, "-m", "benchmarks.send_part", what, argument], cwd=ROOT)


def _wait(others: list[subprocess.Popen[bytes]]) -> None:
    for other in others:
        assert other.wait() == 0, f"{other.args!r} ended with {other.returncode}"


@contextmanager
def stand_in(latency_ms: float) -> Iterator[str]:
    """The stand-in as a process of its own; yields its address."""
    command = [sys.executable, "-m", "benchmarks.stand_in", f"--latency-ms={latency_ms}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready on "), "the stand-in did not start"
        try:
            yield line.removeprefix("ready on ").strip()
        finally:
            process.terminate()


@contextmanager
def web(port: int, directory: Path) -> Iterator[int]:
    """The product's web server, as in production, answering on this port; yields its process id."""
    granian = str(Path(sys.executable).parent / "granian")
    command = [
        granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
        "--blocking-threads", "24", "--no-ws", "smsapp.wsgi:application",
    ]  # fmt: skip
    with (
        (directory / "web.log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=log, stderr=log) as process,
    ):
        try:
            _until_answers(f"http://127.0.0.1:{port}/healthz", process, directory / "web.log")
            yield process.pid
        finally:
            process.terminate()


def _until_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends_at = time.monotonic() + 30
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except OSError:
            assert process.poll() is None, f"the web server ended: {log.read_text(errors='replace')[-2000:]}"
            assert time.monotonic() < ends_at, "the web server does not answer"
            time.sleep(0.05)
        else:
            return


def ask(url: str) -> dict[str, float]:
    """POST to the stand-in's control and return its answer."""
    request = urllib.request.Request(url, method="POST", data=b"")
    with urllib.request.urlopen(request, timeout=600) as answer:
        told: dict[str, float] = json.loads(answer.read())
        return told


def count(twilio: str) -> int:
    """Texts that came to the stand-in since the last time; the bare loop's among them."""
    return int(ask(f"{twilio}/count")["count"])


def free_port() -> int:
    """A port that nobody listens on."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


if __name__ == "__main__":
    main()
