"""Every kind of process killed once, and a worker paused past its lease, while texts leave and people too."""

import json
import os
import subprocess
import sys

import pytest

from smsapp.embedded import BASE_DIR

pytestmark = [pytest.mark.flow]


def test_nothing_is_lost_doubled_or_late_whatever_is_killed() -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks.chaos",
        "--messages=400",
        "--kills=7",
        "--pauses=1",
        "--json",
    ]
    # It makes servers of its own, for it kills them.
    own = {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE", "VAR_DIR"}
    environment = {name: value for name, value in os.environ.items() if name not in own}
    done = subprocess.run(
        command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.stdout, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    wrong = {
        name: told["figures"][name] for name in ("lost", "doubled", "after_stop", "unsettled", "forgotten")
    }
    assert not any(wrong.values()), f"{wrong}\n{done.stderr[-2000:]}"
    assert (told["counts"]["kills"], told["counts"]["stops"]) == (7, 80)
    # People left before their text and after it, or it would have been no race.
    assert 320 <= told["counts"]["texts_at_twilio"] < 400
