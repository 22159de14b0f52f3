"""A real Chromium on the real pages; a console error or a request to elsewhere fails the test."""

import os
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from contacts import clock
from tests import cast
from tests.conftest import NOON
from tests.simulator_process import SimulatorProcess, simulator, simulator_process

__all__ = ["simulator", "simulator_process"]

# Playwright's synchronous interface runs an event loop in this thread, which Django takes for a mistake.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HERE = {"127.0.0.1", "localhost", ""}
PATIENCE_MS = 15_000


@pytest.fixture(scope="session")
def browser(live_server: Any) -> Iterator[Browser]:
    """One Chromium for all tests of this process; gone, with its last requests, before the server and database."""
    with sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(PATIENCE_MS / 1000)


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; a test takes out what it meant to happen."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A fresh page, watched."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: complaints.append(asked.url) if _is_elsewhere(asked.url) else None)
    yield page
    context.close()
    assert complaints == []


def _is_elsewhere(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in {"data", "blob"} and parts.hostname not in HERE


@pytest.fixture
def noon_clock(settings: Any) -> None:
    """The product's clock stands near a Wednesday noon and runs; the browser's cookies keep the real one."""
    settings.CLOCK_OFFSET_SECONDS = 0.0
    settings.CLOCK_OFFSET_SECONDS = (NOON - clock.now()).total_seconds()


@pytest.fixture
def brand(noon_clock: None, transactional_db: None) -> cast.Cast:
    """Acme Coffee, for pages that a live server shows."""
    return cast.acme()


@pytest.fixture
def connected(simulator: SimulatorProcess, settings: Any, live_server: Any) -> SimulatorProcess:
    """The product and the stand-in know each other's address."""
    settings.TWILIO_API_BASE_URL = simulator.url
    settings.TWILIO_AUTH_TOKENS = [simulator.auth_token]
    settings.PUBLIC_BASE_URL = live_server.url
    simulator.settings(inbound_url=f"{live_server.url}/webhooks/twilio/inbound/")
    return simulator


def log_in(page: Page, live_server: Any, who: str) -> None:
    """As a person does it."""
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill("correct horse")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{live_server.url}/admin/")
