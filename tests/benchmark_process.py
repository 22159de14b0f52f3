"""A benchmark as a process of its own, on servers of its own."""

import os
import subprocess
import sys

from smsapp.embedded import BASE_DIR

# Servers, keys and tokens are its own, not those of the tests: with their token it would believe no report of
# Twilio's, and settle no text.
KEPT = {"PATH", "HOME", "TMPDIR", "LANG"}
ENDS_WITHIN_SECONDS = 30


def run(*command: str, hangs_after_seconds: float, tables_like: str = "") -> tuple[str, str]:
    """What `python -m …` printed and what it said on the way; were it to hang, it is ended, its servers with it.

    `tables_like`: a migrated database, empty but for that, which it copies instead of migrating its own.
    """
    environment = {name: value for name, value in os.environ.items() if name in KEPT}
    environment["TABLES_LIKE"] = tables_like
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
