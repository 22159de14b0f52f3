"""The preference page as people use it: at a desk, on a phone, without a mouse, without a script, by night."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from consent import preferences
from consent.models import Act, ConsentEvent, Method, Subscription
from tests import calls
from tests.cast import Cast

pytestmark = pytest.mark.browser
WIDTHS = [1280, 390]


@pytest.fixture
def link(brand: Cast, live_server: Any, settings: Any) -> str:
    """The link of somebody who agreed to both kinds of text."""
    settings.PUBLIC_BASE_URL = live_server.url
    return preferences.link(brand.person("+12065557991", agrees_to=("marketing", "informational")))


def assert_accessible(page: Page, width: int) -> None:
    """It fits, and axe has no serious or critical finding, by day and by night."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of the two it knows
        found = Axe().run(page).response["violations"]
        grave = [f"{one['id']}: {one['help']}" for one in found if one["impact"] in {"serious", "critical"}]
        assert grave == [], scheme


def acts() -> list[str]:
    rows = ConsentEvent.objects.filter(method=Method.PREFERENCES).order_by("seq")
    return [str(act) for act in rows.values_list("act", flat=True)]


@pytest.mark.parametrize("width", WIDTHS)
def test_somebody_asks_for_less_and_leaves_in_the_end(width: int, page: Page, link: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(link)
    assert_accessible(page, width)
    page.get_by_role("button", name="Fewer texts").click()
    expect(page.get_by_role("status")).to_have_text("Done. You get fewer texts.")
    page.get_by_role("button", name="Pause for 30 days").click()
    expect(page.get_by_role("button", name="End the pause")).to_be_visible()
    assert_accessible(page, width)
    page.get_by_role("button", name="Stop these").first.click()
    expect(page.get_by_role("button", name="Stop these")).to_have_count(0)
    page.get_by_role("button", name="Leave everything").click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    expect(page.get_by_text("send START from this phone")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("Leave"))).to_have_count(0)
    assert_accessible(page, width)
    assert acts() == [Act.REDUCED, Act.PAUSED, Act.REVOKED, Act.REVOKED]
    assert page.context.cookies() == []


def test_the_keyboard_is_enough(page: Page, link: str) -> None:
    page.goto(link)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Leave everything")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    assert Subscription.objects.get(program=None).closed_by == ["preferences"]


def test_it_needs_no_script(browser: Browser, link: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Leave everything").click()
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_somebody_looks_at_their_data_and_takes_it_along(
    width: int, page: Page, brand: Cast, link: str
) -> None:
    calls.text(brand.sender, "+12065557991", "do you have oat milk?")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(link)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my data").click()
    assert download.value.suggested_filename == "my-data.zip"
    page.get_by_role("button", name="See my data").click()
    expect(page.get_by_text("do you have oat milk?")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_to_touch_is_large_enough(page: Page, link: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(link)
    touched = page.locator("button, summary, .links a")
    boxes = [touched.nth(n).bounding_box() for n in range(touched.count())]
    assert len(boxes) > 10
    assert min(box["height"] for box in boxes if box) >= 44


def test_another_language_is_a_link_away_and_stays(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("link", name="Deutsch").click()
    page.get_by_role("button", name="30 Tage Pause").click()
    expect(page.get_by_role("status")).to_contain_text("Erledigt.")
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_link_that_leads_nowhere_says_how_to_leave_without_it(
    width: int, page: Page, link: str, complaints: list[str]
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{link[:-1]}{'A' if link[-1] != 'A' else 'B'}")
    expect(page.get_by_text("reply STOP")).to_be_visible()
    assert_accessible(page, width)
    complaints[:] = [said for said in complaints if "status of 404" not in said]
