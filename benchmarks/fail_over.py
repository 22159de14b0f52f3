"""A primary PostgreSQL lost while a campaign drains and people leave, its standby promoted: what is lost or doubled?

    python -m benchmarks.fail_over [--rounds 3] [--messages 600] [--commits 300] [--seed 1] [--asynchronous] [--hasty]
                                   [--json]

In each round the primary is lost at a random point: killed with SIGKILL; or it takes no writes any more under open
connections, as in a switch-over; or it is killed when its standby has been cut off and commits hang. The standby is
promoted, and gets a standby of its own. Web, worker and beat know both addresses and go on without being restarted.
Commits wait for the standby, so nothing may be missing in the end: it exits with 1 unless `lost`, `doubled`,
`after_stop`, `unsettled`, `forgotten` and `ledger_findings` are 0.

With --asynchronous no commit waits, and the standby's line is cut a while before the primary dies: it shows what that
costs, and exits with 1 when it did no harm. `found_with_held_head` then says how much `consent_verify` found when it
had a tree head that somebody outside was given.
"""

import argparse
import io
import itertools
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import chaos_twilio, measure
from benchmarks.chaos import (
    ONE_IN,
    SOON,
    hurry,
    journalling_twilio,
    launch,
    tell,
    wait_until_settled,
)
from benchmarks.chaos_judge import Judged, judge
from benchmarks.chaos_leavers import Leavers
from benchmarks.commits import bare_commits
from benchmarks.send import free_port
from benchmarks.stage import stage
from benchmarks.stand_in import TOKEN
from benchmarks.standby import Pair
from smsapp.embedded_process import account_for
from smsapp.embedded_redis import Redis

if TYPE_CHECKING:
    from benchmarks.population import Population

# What a round takes, roughly: the people who leave are given so much time.
SECONDS_PER_ROUND = 5.0
# Texts a second while PostgreSQL fails over: few, so that every round finds some left.
RATE = 6
# In each round the primary is lost after so many texts.
LOST_AFTER = (1, 12)
# Texts that prove that the product is back; with no standby, texts and STOPs that the standby does not get.
SOME = 5
# How the primary is lost, round after round.
WAYS = KILLED, FENCED, CUT_OFF = ("killed", "fenced", "cut off")
# How commits may wait: for their own disk, for the standby's memory, for the standby's disk.
WAITS = {"alone": "local", "standby_memory": "remote_write", "standby_disk": "on"}


def main() -> None:
    """Fail over, and print the report."""
    parser = measure.arguments("What is lost or doubled when PostgreSQL fails over.")
    parser.add_argument("--messages", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--commits", type=int, default=300, help="to measure, of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--asynchronous", action="store_true", help="no commit waits for the standby")
    parser.add_argument("--patience", type=float, default=120, help="seconds in which all must settle")
    parser.add_argument("--hasty", action="store_true", help="servers that leave their disk to the system")
    options = parser.parse_args()
    with _servers(is_durable=not options.hasty) as (pair, redis_url, directory):
        environment = {
            "DATABASE_URL": pair.url,
            "REDIS_URL": redis_url,
            "VAR_DIR": str(directory),
            "DATABASE_STANDBYS": "0" if options.asynchronous else "1",
            "TWILIO_API_BASE_URL": f"http://127.0.0.1:{free_port()}",
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{free_port()}",
            "TWILIO_AUTH_TOKEN": TOKEN,
        }
        with stage(**environment, **SOON):
            story = _run(options, pair, directory)
            harm = dict(story.judged.figures) | {"ledger_findings": story.ledger_findings}
            is_as_it_should = options.asynchronous == any(harm.values())
            if not is_as_it_should:
                tell(directory / "logs")
    measure.report(
        "fail_over",
        counts={
            "messages": options.messages, "rounds": options.rounds, "seed": options.seed,
            "stops": story.judged.stops, "texts_at_twilio": story.judged.texts,
        },
        figures=harm | {"found_with_held_head": story.found_with_held_head, "longest_silence_s": story.silence}
        | story.commits,
        json_only=options.json,
    )  # fmt: skip
    sys.exit(not is_as_it_should)


@dataclass(slots=True)
class Story:
    """What came of it."""

    judged: Judged
    ledger_findings: int
    found_with_held_head: int | None
    # The longest time with no text, in seconds.
    silence: float
    commits: dict[str, measure.Figure]


@contextmanager
def _servers(*, is_durable: bool) -> Iterator[tuple[Pair, str, Path]]:
    """PostgreSQL with a place for a standby, and Redis, until the end; durable as in production, or fast."""
    with tempfile.TemporaryDirectory(prefix="fail-over-", ignore_cleanup_errors=True) as place:
        directory = Path(place)
        redis = Redis(directory / "redis", account_for(directory))
        with Pair(directory, redis.account, is_durable=is_durable) as pair:
            redis.start()
            try:
                yield pair, redis.url, directory
            finally:
                redis.stop()


def _run(options: argparse.Namespace, pair: Pair, directory: Path) -> Story:
    from benchmarks.population import populate
    from smsapp.demo.processes import Processes

    lasting = SECONDS_PER_ROUND * options.rounds
    crowd = populate(options.messages, segments_per_second=RATE)
    pair.copy()
    pair.have_commits_wait()
    commits = _what_waiting_costs(options.commits)
    if options.asynchronous:
        pair.have_no_commit_wait()
    dice, journal = random.Random(options.seed), Journal(directory / "journal")
    with Processes(directory / "logs", workers=1) as processes:
        processes.commands["simulator"] = journalling_twilio(journal.file)
        processes.start()
        launch(crowd)
        journal.wait_for(1)
        leaving = [address for _, _, address in dice.sample(crowd.people, options.messages // ONE_IN)]
        with Leavers(crowd.sender.address, leaving, lasting=lasting, patience=options.patience) as leavers:
            silence, held = 0.0, None
            for number in range(options.rounds):
                journal.wait_for(journal.count() + dice.randint(*LOST_AFTER))
                if options.asynchronous:
                    held = _fall_behind(pair, crowd, journal, leavers, directory)
                way = WAYS[number % len(WAYS)]
                silence = max(silence, _lose(pair, journal, way))
                pair.copy()
                if not options.asynchronous:
                    pair.have_commits_wait()
            answered = leavers.wait()
        hurry(crowd)
        wait_until_settled(processes, options.messages, patience=options.patience)
        processes.kill_all()
    return Story(
        judged=judge(crowd, journal.file, answered),
        ledger_findings=_findings(),
        found_with_held_head=_findings("--heads", str(held)) if held else None,
        silence=silence,
        commits=commits,
    )


def _what_waiting_costs(count: int) -> dict[str, measure.Figure]:
    """Milliseconds of a bare commit, by what it waits for."""
    from django.db import connection

    figures: dict[str, measure.Figure] = {}
    for name, value in WAITS.items():
        with connection.cursor() as cursor:
            cursor.execute(f"SET synchronous_commit = {value}")
        figures |= bare_commits(f"commit_{name}", count)
    connection.close()
    return figures


def _lose(pair: Pair, journal: "Journal", way: str) -> float:
    """Take the primary away and promote the standby; returns the longest time with no text, until some came again."""
    began, lost = time.monotonic(), pair.primary
    if way == FENCED:
        pair.fence_primary()
    elif way == CUT_OFF:
        pair.cut_off()
        pair.wait_until_commits_hang(lost)
    if way != FENCED:
        pair.kill(lost)
    sent = journal.count()
    pair.promote()
    journal.wait_for(sent + SOME)
    if way == FENCED:
        pair.kill(lost)  # it was there all the while, for whoever still held a connection
    moments = [began, *(at for at in journal.moments() if at > began)]
    return max(later - sooner for sooner, later in itertools.pairwise(moments))


def _fall_behind(
    pair: Pair, crowd: "Population", journal: "Journal", leavers: Leavers, directory: Path
) -> Path:
    """Let the primary take and send what the standby does not get; returns a file with its newest tree head."""
    from django.db import connection

    from consent import heads, sealing

    pair.cut_off()
    sent, left = journal.count(), leavers.answered()
    journal.wait_for(sent + SOME)
    pair.wait(lambda: leavers.answered() >= left + SOME, "people who leave")
    head = sealing.seal(crowd.brand.id)
    assert head is not None
    connection.close()
    file = directory / "heads"
    file.write_text(json.dumps(heads.told(head)))
    return file


def _findings(*more: str) -> int:
    """What is wrong with the ledger, or with where permissions stand, as `consent_verify` counts it."""
    from django.core.management import call_command

    printed = io.StringIO()
    with suppress(SystemExit):  # which says in one number what it printed
        call_command("consent_verify", "--json", *more, stdout=printed)
    return len(json.loads(printed.getvalue())["findings"])


class Journal:
    """What the stand-in for Twilio accepted so far."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def moments(self) -> list[float]:
        """When it accepted each text, on the monotonic clock."""
        return [line["at"] for line in chaos_twilio.read(self.file) if "sid" in line]

    def count(self) -> int:
        return len(self.moments())

    def wait_for(self, count: int) -> None:
        Pair.wait(lambda: self.count() >= count, f"{count} texts")


if __name__ == "__main__":
    main()
