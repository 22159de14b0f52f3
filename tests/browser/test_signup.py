"""The sign-up page as people use it: at a desk, on a phone, without a mouse, by night, in another site's frame."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from consent.models import SignupPage, Subscription
from messaging import dispatch
from tests import calls
from tests.browser.conftest import log_in
from tests.cast import Cast
from tests.signup_visitor import disclosure, signup_page
from tests.simulator_process import SimulatorProcess
from webhooks.signup import embed, form_token

pytestmark = pytest.mark.browser
WIDTHS = [1280, 390]


@pytest.fixture
def signup(brand: Cast, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> SignupPage:
    """A live page with two purposes in three languages; a test types faster than a person."""
    settings.PUBLIC_BASE_URL = live_server.url
    monkeypatch.setattr(form_token, "NOT_BEFORE", form_token.NOT_BEFORE * 0)
    found = signup_page(brand, words={"en": {"headline": "Coffee news by text"}})
    disclosure(brand, "es", "Acepto recibir mensajes publicitarios. STOP para salir.")
    disclosure(brand, "de", "Ich möchte SMS mit Werbung bekommen. STOP beendet sie.")
    return found


def address(live_server: Any, row: SignupPage) -> str:
    return f"{live_server.url}/join/{row.slug}/"


def assert_accessible(page: Page) -> None:
    """No serious or critical finding of axe, by day and by night."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type] # one of the two it knows
        found = Axe().run(page).response["violations"]
        grave = [f"{one['id']}: {one['help']}" for one in found if one["impact"] in {"serious", "critical"}]
        assert grave == [], scheme


def assert_fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_somebody_signs_up_and_the_phone_confirms(
    width: int, page: Page, live_server: Any, brand: Cast, signup: SignupPage, connected: SimulatorProcess
) -> None:
    connected.sender(brand.sender.address, segments_per_second=5000)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(address(live_server, signup))
    assert_fits(page, width)
    page.get_by_label("Mobile number").fill("206-555-7991")
    page.get_by_label("First name").fill("Ann")
    page.get_by_label("Recurring marketing texts.").check()
    page.get_by_role("button", name="Text me to confirm").click()
    expect(page.get_by_role("heading", name="Look at your phone")).to_be_visible()
    assert_fits(page, width)
    dispatch.send_batch(brand.sender, segments=100)
    (asked,) = connected.requests()
    assert brand.program.confirm_word in asked["body"]
    calls.text(brand.sender, "+12065557991", brand.program.confirm_word)
    assert Subscription.objects.get(program=brand.program).status == "active"


@pytest.mark.parametrize("width", WIDTHS)
def test_every_state_of_it_is_accessible_by_day_and_by_night(
    width: int, page: Page, live_server: Any, signup: SignupPage, settings: Any, complaints: list[str]
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(address(live_server, signup))
    assert_accessible(page)
    page.get_by_role("button", name="Text me to confirm").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)
    assert_fits(page, width)
    settings.SIGNUP_PER_VISITOR_HOUR = 0
    page.get_by_label("Mobile number").fill("206-555-7991")
    page.get_by_label("Order updates.").check()
    page.get_by_role("button", name="Text me to confirm").click()
    expect(page.get_by_role("heading", name="That was too often")).to_be_visible()
    assert_accessible(page)
    # Chromium calls an answer that is no success an error; these two are meant.
    complaints[:] = [said for said in complaints if not re.search(r"status of (400|429)", said)]


def test_the_keyboard_is_enough(
    page: Page, live_server: Any, signup: SignupPage, complaints: list[str]
) -> None:
    page.goto(address(live_server, signup))
    for key in ("Tab", *"206 555 79", "Tab", *"Ann", "Tab", "Space", "Tab", "Tab", "Enter"):
        page.keyboard.press(key if key != " " else "Space")
    expect(page.get_by_role("alert")).to_be_visible()
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("id", "phone")
    expect(focused).to_have_attribute("aria-invalid", "true")
    hints = (focused.get_attribute("aria-describedby") or "").split()
    assert [page.locator(f"#{hint}").is_visible() for hint in hints] == [True, True]
    page.keyboard.press("End")
    for key in ("9", "1", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="Look at your phone")).to_be_visible()
    complaints[:] = [said for said in complaints if "status of 400" not in said]


def test_everything_to_touch_is_large_enough(page: Page, live_server: Any, signup: SignupPage) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(address(live_server, signup))
    touched = page.locator("main input[type=tel], main input[name=first_name], button, .box, .links a")
    boxes = [touched.nth(n).bounding_box() for n in range(touched.count())]
    assert len(boxes) == 9
    assert min(box["height"] for box in boxes if box) >= 44


def test_another_language_is_a_link_away(page: Page, live_server: Any, signup: SignupPage) -> None:
    page.goto(address(live_server, signup))
    page.get_by_role("link", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.get_by_text("Acepto recibir mensajes publicitarios.")).to_be_visible()
    page.get_by_role("link", name="Deutsch").click()
    expect(page.get_by_role("button", name="SMS zur Bestätigung senden")).to_be_visible()


def test_it_is_one_small_request(page: Page, live_server: Any, signup: SignupPage) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = page.goto(address(live_server, signup))
    assert answer is not None
    page.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith("data:")] == [address(live_server, signup)]
    assert len(answer.body()) < 10_000
    assert page.context.cookies() == []


@pytest.fixture
def shop(live_server: Any, signup: SignupPage) -> Iterator[str]:
    """Another site, which shows the page in a frame; gives its origin."""
    html = f'<!doctype html><title>Shop</title><link rel="icon" href="data:,">{embed.snippet(signup)}'

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_site_that_is_named_shows_it_in_a_frame_and_people_sign_up_there(
    page: Page, signup: SignupPage, shop: str
) -> None:
    signup.embed_origins = [shop]
    signup.save()
    page.goto(shop)
    frame = page.frame_locator("iframe")
    frame.get_by_label("Mobile number").fill("206-555-7991")
    frame.get_by_label("Recurring marketing texts.").check()
    frame.get_by_role("button", name="Text me to confirm").click()
    expect(frame.get_by_role("heading", name="Look at your phone")).to_be_visible()


def test_a_site_that_is_not_named_shows_nothing(page: Page, shop: str, complaints: list[str]) -> None:
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.goto(shop)
    expect(page.frame_locator("iframe").get_by_label("Mobile number")).to_have_count(0)
    complaints[:] = [said for said in complaints if "frame-ancestors" not in said]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_team_looks_at_it_and_takes_what_it_needs(
    width: int, page: Page, live_server: Any, brand: Cast, signup: SignupPage
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, live_server, "marketer@acme")
    page.goto(f"{live_server.url}/admin/consent/signuppage/{signup.pk}/change/")
    expect(page.get_by_text("Live since")).to_be_visible()
    expect(page.get_by_label("The form itself in your site")).to_have_value(re.compile("^<iframe"))
    expect(page.get_by_label("A link that opens a text message")).to_have_value("sms:+15005550006?&body=ACME")
    for alt in ("QR code of the page", "QR code that opens a text message"):
        drawn = page.get_by_alt_text(alt)
        expect(drawn).to_be_visible()
        assert drawn.evaluate("image => image.naturalWidth") > 0
    assert_fits(page, width)
    page.get_by_role("button", name="Take it down").click()
    expect(page.get_by_text("Nobody but the team can see it.")).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Preview").click()
    expect(opened.value.get_by_text("A preview: this page is not live")).to_be_visible()
