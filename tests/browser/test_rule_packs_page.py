"""The rule packs in a browser: wide and narrow, read by a screen reader, and nothing wider than the screen."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import log_in
from tests.cast import Cast

pytestmark = pytest.mark.browser


def test_the_map_and_the_tables_are_open_to_everybody(page: Page, live_server: Any, brand: Cast) -> None:
    log_in(page, live_server, "agent@acme")
    page.get_by_role("link", name="Rule packs").first.click()
    expect(page.get_by_role("heading", name="What holds in each place")).to_be_visible()
    expect(page.get_by_role("row", name="Rhode Island")).to_contain_text("Mon–Fri 10:00–18:00")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
