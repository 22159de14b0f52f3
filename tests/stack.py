"""The whole product as processes, on a test's own database: web, workers, beat, and the stand-in for Twilio."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

from messaging import throttle
from smsapp.demo import phones, surroundings
from smsapp.demo.processes import Processes


@contextmanager
def running(
    directory: Path, monkeypatch: pytest.MonkeyPatch, *, workers: int = 2, **more: str
) -> Iterator[Processes]:
    """Everything, started and answering; this process is pointed at it too, on the same clock.

    `more` are environment variables for the product's processes.
    """
    web, twilio = surroundings.free_port(0), surroundings.free_port(0)
    environment = environment_of(monkeypatch, f"http://127.0.0.1:{web}", f"http://127.0.0.1:{twilio}")
    with Processes(directory, workers=workers, environment=environment | more) as processes:
        processes.start()
        yield processes
        processes.kill_all()


def environment_of(monkeypatch: pytest.MonkeyPatch, web_url: str, twilio_url: str) -> dict[str, str]:
    """What the product's processes are told; this process is told the same, and Redis forgets all."""
    now = dt.datetime.now(tz=dt.UTC)
    offset = (surroundings.last_wednesday(now) - now).total_seconds()
    told = {
        "PUBLIC_BASE_URL": web_url,
        "TWILIO_API_BASE_URL": twilio_url,
        "CLOCK_OFFSET_SECONDS": str(offset),
    }
    for name, value in told.items():
        monkeypatch.setattr(settings, name, type(getattr(settings, name))(value))
    throttle.connection().flushdb()
    return told | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "smsapp.settings",
        "TWILIO_AUTH_TOKEN": ",".join(settings.TWILIO_AUTH_TOKENS),
        "SECRET_KEY": settings.SECRET_KEY,
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "WARNING",
    }


def database_url() -> str:
    """The URL of the database this test runs on."""
    at: dict[str, Any] = connection.settings_dict
    login = f"{quote(at['USER'])}:{quote(at['PASSWORD'])}" if at["PASSWORD"] else quote(at["USER"])
    return f"postgresql://{login}@{at['HOST']}:{at['PORT']}/{at['NAME']}"


def customers() -> phones.Phones:
    """The customers' side of the running stack."""
    return phones.Phones()
