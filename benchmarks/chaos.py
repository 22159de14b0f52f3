"""Every plug pulled at random while a campaign drains and people leave: what is lost, doubled or sent too late?

    python -m benchmarks.chaos [--kills 20] [--messages 5000] [--pauses 1] [--seed 1] [--patience 300] [--json]

Web, two workers, beat, Redis, PostgreSQL and the stand-in for Twilio run as processes of their own and are killed with
SIGKILL, one after the other; a worker is paused (SIGSTOP) meanwhile, for longer than its lease, and goes on afterwards.
Meanwhile one person in five leaves, by signed webhook. In the end the stand-in's own journal is the judge. It exits
with 1 unless `lost`, `doubled`, `after_stop`, `unsettled` and `forgotten` are all 0, and then tells what the
processes wrote last.
"""

import argparse
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import measure
from benchmarks.chaos_judge import Judged, judge, open_texts
from benchmarks.chaos_leavers import Leavers
from benchmarks.send import free_port
from benchmarks.stage import stage
from benchmarks.stand_in import TOKEN

if TYPE_CHECKING:
    from benchmarks.population import Population
    from smsapp.demo.processes import Processes

# Short, so that what a kill leaves is taken up within the run; in the same relation as in production.
SOON = {
    "LEASE_SECONDS": "5",
    "POST_WITHIN_SECONDS": "2",
    "TWILIO_CONNECT_SECONDS": "1",
    "TWILIO_TIMEOUT_SECONDS": "2",
    "LOOK_UP_AFTER_SECONDS": "1",
}
PAUSED, PAUSED_SECONDS = "worker-2", 7.0
SERVERS = ("PostgreSQL", "Redis")
KINDS = ("worker-1", "beat", "web", "simulator", *SERVERS)
# Between two kills, and between a kill and the new start, in seconds.
GAP, AWAY = (0.2, 1.0), (0.0, 0.6)
SECONDS_PER_KILL = 1.8  # what one kill takes, roughly: the drain is given so much time
RESTARTS_WITHIN_SECONDS = 60.0
FAST = 1_000
LAST_LINES = 15
ONE_IN = 5  # people who leave


def main() -> None:
    """Pull the plugs and print the report."""
    parser = measure.arguments("What is lost, doubled or late when every process is killed at random.")
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pauses", type=int, default=1, help="workers stopped for longer than their lease")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--patience", type=float, default=300, help="seconds in which all must settle in the end"
    )
    options = parser.parse_args()
    environment = {
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{free_port()}",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{free_port()}",
        "TWILIO_AUTH_TOKEN": TOKEN,
    }
    with stage(**environment, **SOON) as directory:
        judged, seconds, killed = _run(options, directory)
        if any(judged.figures.values()):
            tell(directory / "logs")
    measure.report(
        "chaos",
        counts={
            "messages": options.messages, "stops": judged.stops, "texts_at_twilio": judged.texts,
            "pauses": options.pauses, "seed": options.seed, "kills": sum(killed.values()),
            **{f"kills_of_{kind.lower()}": count for kind, count in killed.items()},
        },
        figures=judged.figures | {"seconds": seconds, "messages_per_s": judged.texts / seconds},
        json_only=options.json,
    )  # fmt: skip
    sys.exit(any(judged.figures.values()))


def _run(options: argparse.Namespace, directory: Path) -> tuple[Judged, float, dict[str, int]]:
    from benchmarks.population import populate
    from smsapp.demo.processes import Processes

    lasting = max(options.kills * SECONDS_PER_KILL, options.pauses * PAUSED_SECONDS)
    rate = max(20, int(options.messages / (lasting + 1)))
    crowd = populate(options.messages, segments_per_second=rate)
    journal, dice = directory / "journal", random.Random(options.seed)
    with Processes(directory / "logs", workers=2) as processes:
        processes.commands["simulator"] = journalling_twilio(journal)
        processes.start()
        began = time.perf_counter()
        launch(crowd)
        processes.wait_for(lambda: bool(journal.exists() and journal.stat().st_size > 1), "the first text")
        leaving = [address for _, _, address in dice.sample(crowd.people, options.messages // ONE_IN)]
        with Leavers(crowd.sender.address, leaving, lasting=lasting, patience=options.patience) as leavers:
            killed = _pull(processes, directory, dice, kills=options.kills, pauses=options.pauses)
            answered = leavers.wait()
        hurry(crowd)
        wait_until_settled(processes, options.messages, patience=options.patience)
        seconds = time.perf_counter() - began
        processes.kill_all()
    return judge(crowd, journal, answered), seconds, killed


def journalling_twilio(journal: Path) -> list[str]:
    """The command line of the stand-in that keeps a journal."""
    from django.conf import settings

    port = settings.TWILIO_API_BASE_URL.rpartition(":")[2]
    return [sys.executable, "-m", "benchmarks.chaos_twilio", f"--port={port}", f"--journal={journal}"]


def launch(crowd: "Population") -> None:
    """Launch one campaign to everybody."""
    from campaigns import launch as launching
    from campaigns.models import Campaign
    from contacts import clock

    campaign = Campaign.objects.create(
        brand=crowd.brand, program=crowd.program, slug="chaos", name="Chaos", purpose="marketing",
        value="know_how", body="Grind finer. Acme, STOP to end", created_at=clock.now(),
    )  # fmt: skip
    launching.launch(campaign.id)


def hurry(crowd: "Population") -> None:
    """What is left need not be slow: the rate was that low only to leave time for kills."""
    from django.db import connection

    from messaging.models import Sender

    connection.close()  # its PostgreSQL may have been killed
    Sender.objects.filter(id=crowd.sender.id).update(segments_per_second=FAST)


def _pull(
    processes: "Processes", directory: Path, dice: random.Random, *, kills: int, pauses: int
) -> dict[str, int]:
    """Kill, and start again, each kind once and then any, while a worker is paused. Returns the kills by kind."""
    order = dice.sample(KINDS, len(KINDS))
    everybody = (*KINDS, PAUSED)
    order = (order + dice.choices(everybody, k=max(0, kills - len(order))))[:kills]
    killed = dict.fromkeys(everybody, 0)
    one_at_a_time = threading.Lock()
    with ThreadPoolExecutor(1) as pool:
        gaps = [dice.uniform(*GAP) for _ in range(pauses)]
        paused = pool.submit(_pause, processes, one_at_a_time, gaps)
        for kind in order:
            time.sleep(dice.uniform(*GAP))
            with one_at_a_time:
                _kill(processes, directory, kind, away=dice.uniform(*AWAY))
            killed[kind] += 1
        paused.result()
    return killed


def _kill(processes: "Processes", directory: Path, kind: str, *, away: float) -> None:
    if kind in SERVERS:
        _kill_server(directory, kind, away=away)
        return
    processes.kill(kind)
    time.sleep(away)
    processes.start_one(kind)


def _pause(processes: "Processes", one_at_a_time: threading.Lock, gaps: Sequence[float]) -> None:
    for gap in gaps:
        time.sleep(gap)
        with one_at_a_time:
            group = processes.running[PAUSED].pid
            os.killpg(group, signal.SIGSTOP)
        time.sleep(PAUSED_SECONDS)
        with suppress(ProcessLookupError):  # it may have been killed as it was
            os.killpg(group, signal.SIGCONT)


def _kill_server(directory: Path, name: str, *, away: float) -> None:
    from smsapp import embedded
    from smsapp.embedded_process import EmbeddedError

    for server in embedded.status(directory):
        if server.name == name and server.pid is not None:
            os.kill(server.pid, signal.SIGKILL)
    time.sleep(away)
    ends_at = time.monotonic() + RESTARTS_WITHIN_SECONDS
    while True:
        # PostgreSQL refuses to start while a child of the killed one is still on its way out.
        try:
            embedded.urls(directory)
        except EmbeddedError:
            if time.monotonic() > ends_at:
                raise
        else:
            return


def tell(logs: Path) -> None:
    """What each process wrote last, for whoever looks for the reason."""
    for log in sorted(logs.glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        sys.stderr.write("\n".join([f"--- {log.stem}", *lines, ""]))


def wait_until_settled(processes: "Processes", messages: int, *, patience: float) -> None:
    """Wait until no text is open; when that never happens, the report says how many are."""
    ends_at = time.monotonic() + patience
    while open_texts(messages) and time.monotonic() < ends_at:
        processes.check()
        time.sleep(0.5)


if __name__ == "__main__":
    main()
