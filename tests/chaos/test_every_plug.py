"""Every kind of process killed once, and a worker paused past its lease, while texts leave and people too."""

import json

import pytest

from tests import benchmark_process, stack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]

COMMAND = (
    "benchmarks.chaos",
    "--messages=250",
    "--kills=6",
    "--pauses=1",
    "--patience=60",
    "--seed=28",
    "--json",
)
HANGS_AFTER_SECONDS = 300


def test_nothing_is_lost_doubled_or_late_whatever_is_killed() -> None:
    printed, said = benchmark_process.run(
        *COMMAND, hangs_after_seconds=HANGS_AFTER_SECONDS, tables_like=stack.database_url()
    )
    assert printed, said[-4000:]
    told = json.loads(printed.splitlines()[-1])
    figures, counts = told["figures"], told["counts"]
    wrong = {name: figures[name] for name in ("lost", "doubled", "after_stop", "unsettled", "forgotten")}
    assert not any(wrong.values()), f"{wrong}\n{said[-4000:]}"
    assert (counts["kills"], counts["stops"]) == (6, 50)
    # People left before their text and after it, or it would have been no race.
    assert 200 <= counts["texts_at_twilio"] < 250
