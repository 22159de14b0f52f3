"""An agent answers in the real inbox while a real worker drains a small campaign."""

import json

import pytest

from tests import benchmark_process

pytestmark = [pytest.mark.flow]

COMMAND = ("benchmarks.reply_under_load", "--queued=300", "--replies=2", "--workers=2", "--json")


def test_a_reply_is_timed_in_a_storm_and_in_the_calm() -> None:
    printed, said = benchmark_process.run(*COMMAND, hangs_after_seconds=240)
    assert printed, said[-4000:]
    told = json.loads(printed.splitlines()[-1])
    figures, counts = told["figures"], told["counts"]
    assert (counts["queued"], counts["replies"]) == (300, 2)
    assert 0 < figures["reply_in_the_calm_p50_ms"] <= figures["reply_in_the_calm_max_ms"]
    # How many replies fit into so short a storm depends on the machine; what was not measured is not told.
    assert (figures["reply_under_load_p50_ms"] is None) == (counts["replies_under_load"] == 0)
