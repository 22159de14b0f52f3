"""Every kind of process killed once, and a worker paused past its lease, while texts leave and people too."""

import json
import os
import subprocess
import sys

import pytest

from smsapp.embedded import BASE_DIR

pytestmark = [pytest.mark.flow]

COMMAND = ("benchmarks.chaos", "--messages=250", "--kills=6", "--pauses=1", "--patience=60", "--json")
# It makes servers of its own, for it kills them. Of the tests' environment it must know nothing: with their token
# no report of Twilio's would be believed, and no text ever be settled.
KEPT = {"PATH", "HOME", "TMPDIR", "LANG"}
HANGS_AFTER_SECONDS = 300
ENDS_WITHIN_SECONDS = 30


def run_chaos() -> tuple[str, str]:
    """What it printed, and what it said on the way; were it to hang, it is ended in order, its servers with it."""
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    with subprocess.Popen(
        [sys.executable, "-m", *COMMAND],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as chaos:
        try:
            return chaos.communicate(timeout=HANGS_AFTER_SECONDS)
        except subprocess.TimeoutExpired:
            chaos.terminate()
            return chaos.communicate(timeout=ENDS_WITHIN_SECONDS)


def test_nothing_is_lost_doubled_or_late_whatever_is_killed() -> None:
    printed, said = run_chaos()
    assert printed, said[-4000:]
    told = json.loads(printed.splitlines()[-1])
    figures, counts = told["figures"], told["counts"]
    wrong = {name: figures[name] for name in ("lost", "doubled", "after_stop", "unsettled", "forgotten")}
    assert not any(wrong.values()), f"{wrong}\n{said[-4000:]}"
    assert (counts["kills"], counts["stops"]) == (6, 50)
    # People left before their text and after it, or it would have been no race.
    assert 200 <= counts["texts_at_twilio"] < 250
