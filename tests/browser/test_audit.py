"""The auditor's desk in a browser: found by a number, read, asked, exported; wide and narrow, and open to everybody."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from consent import opting, sealing
from consent.models import Disclosure, Method
from contacts import clock
from contacts.models import ContactPoint
from smsapp.audit import pack_making, packs
from tests.admin_story import hears, says
from tests.browser.conftest import log_in
from tests.cast import Cast

pytestmark = pytest.mark.browser
TABS = ("Find a person", "Opt-outs", "Holds", "Disclosures", "Access log", "Export packs")


@pytest.fixture
def maria(brand: Cast, settings: Any, tmp_path: Any) -> Iterator[ContactPoint]:
    """She agreed, was texted, left in her own words, and all of it is sealed; Ann's number is held."""
    settings.VAR_DIR = tmp_path
    maria, ann = brand.person("+12065550123"), brand.person(first_name="Ann")
    says(brand, maria, "Grind finer if your cup tastes sour.")
    said = hears(brand, maria, "please take me off this list")
    told = {"message": str(said.id), "text": said.body, "why": "asks to stop: 'take me off this list'"}
    opting.close(maria.id, method=Method.PLAIN_WORDS, evidence=told)
    doubtful = hears(brand, ann, "stop it, you two")
    told = {"message": str(doubtful.id), "text": doubtful.body, "why": "may be a stop"}
    opting.hold(ann.id, evidence=told)
    shown = brand.disclosure
    Disclosure.objects.create(
        brand=brand.brand, program=brand.program, slug=shown.slug, version=2,
        text="I agree to receive texts. Reply STOP to leave.", sha256="1" * 64, created_at=clock.now(),
    )  # fmt: skip
    sealing.seal(brand.brand.id)
    yield maria
    assert not [pack for pack in packs.of_brands([brand.brand.id]) if pack.state == packs.FAILED]


def look_up(page: Page, live_server: Any, typed: str) -> None:
    page.goto(f"{live_server.url}/admin/audit/")
    page.get_by_label("A number, in any spelling, or a name").fill(typed)
    page.keyboard.press("Enter")


def grievances(page: Page) -> list[str]:
    """Serious and critical findings of axe, each with the element it is about."""
    found = Axe().run(page).response["violations"]
    return [
        f"{finding['id']}: {node['html'][:200]}"
        for finding in found
        if finding["impact"] in {"serious", "critical"}
        for node in finding["nodes"]
    ]


def test_an_auditor_finds_a_person_and_reads_what_happened_and_what_proves_it(
    page: Page, live_server: Any, maria: ContactPoint
) -> None:
    log_in(page, live_server, "auditor@acme")
    page.get_by_role("link", name="Auditor's desk").click()
    look_up(page, live_server, "(206) 555-0123")
    expect(page.get_by_text("The number was closed to every program, in plain words.")).to_be_visible()
    assert "5550123" not in page.url
    closing = page.locator(".desk-item", has_text="closed to every program")
    expect(closing.get_by_text("Sealed and verified")).to_be_visible()
    expect(page.get_by_text("2 sealed and verified")).to_be_visible()
    page.locator(".desk-item", has_text="Agreed:").locator("summary").click()
    expect(page.get_by_text("https://acme.example/join")).to_be_visible()
    page.get_by_label("Show", exact=True).select_option("Texts")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("Grind finer if your cup tastes sour.")).to_be_visible()
    expect(page.get_by_text("closed to every program")).to_have_count(0)


def test_an_auditor_asks_about_a_moment_and_shares_the_answer(
    page: Page, live_server: Any, maria: ContactPoint
) -> None:
    log_in(page, live_server, "auditor@acme")
    look_up(page, live_server, "+12065550123")
    page.get_by_label("Moment").fill("2026-11-10T12:00")
    page.get_by_label("Purpose").select_option("Marketing")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", name="As we knew it then")).to_be_visible()
    expect(page.get_by_text("The two answers differ")).to_be_visible()
    expect(page.get_by_text("Never agreed to this kind of text")).to_be_visible()
    page.get_by_role("link", name="Link to this answer").click()
    expect(page.get_by_text("Never agreed to this kind of text")).to_be_visible()
    expect(page.get_by_label("Moment")).to_have_value(re.compile("2026-11-10T17:00"))


def test_an_auditor_orders_a_pack_and_takes_it_along(
    page: Page, live_server: Any, maria: ContactPoint
) -> None:
    log_in(page, live_server, "auditor@acme")
    look_up(page, live_server, "Maria")
    page.get_by_role("button", name="Order an export pack").click()
    expect(page.get_by_text("Waiting for a worker")).to_be_visible()
    [pack] = packs.of_brands([maria.brand_id])
    pack_making.make(pack.brand_id, pack.id)
    link = page.get_by_role("link", name=re.compile("Download"))
    expect(link).to_be_visible()  # the page looks again by itself
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == f"consent-record-{pack.id}.zip"


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_of_the_desk_fits_and_has_no_serious_finding_of_axe(
    page: Page, live_server: Any, maria: ContactPoint, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, live_server, "auditor@acme")
    look_up(page, live_server, "+12065550123")
    expect(page.get_by_role("heading", name="What happened, newest first")).to_be_visible()
    found = seen(page, "person", width)
    page.get_by_label("Moment").fill("2026-11-10T12:00")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", name="As it was")).to_be_visible()
    found += seen(page, "then", width)
    for tab in TABS:
        page.get_by_role("navigation", name="Auditor's desk").get_by_role("link", name=tab).click()
        expect(page.locator(".desk-tabs .is-here").first).to_have_text(tab)
        found += seen(page, tab, width)
    assert found == []


def test_the_desk_is_used_with_the_keyboard_alone(page: Page, live_server: Any, maria: ContactPoint) -> None:
    log_in(page, live_server, "auditor@acme")
    page.goto(f"{live_server.url}/admin/audit/")
    page.get_by_label("A number, in any spelling, or a name").focus()
    page.keyboard.type("206 555 0123")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What happened, newest first")).to_be_visible()
    summary = page.locator(".desk-item summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".desk-item details[open]")).to_have_count(1)


def seen(page: Page, name: str, width: int) -> list[str]:
    """What is wrong with a page that is shown: it is wider than the screen, or axe objects."""
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [f"{name}: {grief}" for grief in grievances(page)] + (
        [f"{name} is {wide} wide"] if wide > width else []
    )
