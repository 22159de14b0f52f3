"""A benchmark as a process of its own, on servers of its own."""

import os
import subprocess
import sys

from smsapp.embedded import BASE_DIR

# Servers, keys and tokens are its own, not those of the tests: with their token it would believe no report of
# Twilio's, and settle no text.
KEPT = {"PATH", "HOME", "TMPDIR", "LANG"}
ENDS_WITHIN_SECONDS = 30


def run(*command: str, hangs_after_seconds: float) -> tuple[str, str]:
    """What `python -m …` printed and what it said on the way; were it to hang, it is ended, its servers with it."""
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            return process.communicate(timeout=hangs_after_seconds)
        except subprocess.TimeoutExpired:
            process.terminate()
            return process.communicate(timeout=ENDS_WITHIN_SECONDS)
