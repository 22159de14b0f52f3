"""The gate explained, in a browser: the preflight's people, a person's week, and a pause that everybody sees."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from tests.browser.conftest import log_in
from tests.campaigns.conftest import campaign_of
from tests.cast import Cast

pytestmark = pytest.mark.browser


@pytest.fixture
def tips(brand: Cast) -> Campaign:
    """A draft to two who may be texted, one who sleeps, and one who left."""
    brand.person(first_name="Ann")
    brand.person(first_name="José")
    brand.person(first_name="Leilani", timezone="Pacific/Honolulu", postal_code="96813")
    brand.stop(brand.person(first_name="Noor"))
    return campaign_of(brand)


def looks_right(page: Page) -> None:
    """Nothing is wider than the screen, wide and narrow, and a screen reader finds its way."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(page).response["violations"]
        assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []
    page.set_viewport_size({"width": 1280, "height": 900})


def test_each_reason_of_the_preflight_leads_to_its_people(
    page: Page, live_server: Any, brand: Cast, tips: Campaign
) -> None:
    log_in(page, live_server, "marketer@acme")
    page.goto(f"{live_server.url}/admin/campaigns/campaign/{tips.pk}/preflight/")
    expect(page.locator("[data-figure=people]")).to_have_text("4")
    looks_right(page)
    page.get_by_role("link", name="Asked to get no more texts").click()
    expect(page.get_by_role("link", name="Noor Young")).to_be_visible()
    expect(page.get_by_role("link", name="Ann Young")).to_have_count(0)
    looks_right(page)
    page.get_by_role("link", name="Noor Young").click()
    expect(page.get_by_role("heading", name="Can we text Noor Young now?")).to_be_visible()


def test_a_persons_page_draws_the_hours_of_her_week(page: Page, live_server: Any, tips: Campaign) -> None:
    log_in(page, live_server, "agent@acme")
    page.goto(f"{live_server.url}/admin/contacts/contact/")
    page.get_by_role("link", name="Leilani Young").first.click()
    expect(page.get_by_role("row", name="Marketing of Acme Coffee Club")).to_contain_text("in Honolulu")
    expect(page.locator(".week-track i").first).to_be_visible()
    page.get_by_text("The hours in words").first.click()
    expect(page.get_by_role("row", name="Thursday, 19 November").first).to_contain_text("to")
    looks_right(page)


def test_everything_is_paused_by_one_click_and_goes_on_after_a_question(
    page: Page, live_server: Any, brand: Cast
) -> None:
    User.objects.create_superuser("root", password="correct horse")
    log_in(page, live_server, "root")
    page.get_by_label("Why everything is paused").fill("carrier trouble")
    page.get_by_role("button", name="Pause everything").click()
    expect(page.get_by_text("by root. “carrier trouble”")).to_be_visible()
    looks_right(page)
    page.once("dialog", lambda question: question.dismiss())
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_text("“carrier trouble”")).to_be_visible()
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Let it go on").click()
    expect(page.get_by_role("button", name="Pause everything")).to_be_visible()
