"""The main job, end to end, as a newcomer starts it: one command, real processes, every promise checked."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [pytest.mark.flow]

INSIDE = ("DATABASE_URL", "REDIS_URL", "TWILIO_", "PUBLIC_BASE_URL", "DJANGO_SETTINGS_MODULE", "PYTEST")


def test_the_demo_keeps_every_promise(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(INSIDE)}
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", "--once"],
        cwd=settings.BASE_DIR,
        env=environment | {"VAR_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    assert (figures["after_stop"], figures["duplicates"], figures["unsettled"]) == (0, 0, 0)
    assert (figures["imported"], figures["cannot_text"], figures["refused"]) == (967, 242, 26)
    assert figures["delivered"] == figures["sent"] > 600
    assert figures["held"] > 0
