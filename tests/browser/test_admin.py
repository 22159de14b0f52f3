"""The pages as a person uses them: log in, look at today, launch a campaign, answer somebody."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns import fill
from campaigns.models import Campaign
from contacts import clock
from messaging import dispatch
from messaging.models import Message, Origin
from tests.admin_story import hears
from tests.browser.conftest import log_in
from tests.cast import Cast
from tests.simulator_process import SimulatorProcess

pytestmark = pytest.mark.browser


@pytest.fixture
def tips(brand: Cast) -> Campaign:
    """A draft to three people, one of whom has left."""
    people = [brand.person(first_name=name) for name in ("Maria", "José", "Ann")]
    brand.stop(people[2])
    return Campaign.objects.create(
        brand=brand.brand, program=brand.program, slug="tips", name="Brew tips", purpose="marketing",
        value="know_how", body="{{ first_name|default:'Hi' }}, grind finer. Acme, STOP to end", created_at=clock.now(),
    )  # fmt: skip


def figure(page: Page, name: str) -> Any:
    return page.locator(f"[data-figure={name}]")


def test_a_wrong_password_is_refused_and_the_right_one_opens_today(
    page: Page, live_server: Any, brand: Cast
) -> None:
    page.goto(f"{live_server.url}/admin/")
    page.get_by_label("Username").fill("owner@acme")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Please enter the correct username and password")).to_be_visible()
    log_in(page, live_server, "owner@acme")
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()


def test_today_shows_what_happened(page: Page, live_server: Any, brand: Cast) -> None:
    maria, ann = brand.person(), brand.person(first_name="Ann")
    hears(brand, maria, "Is my kettle too hot?")
    brand.stop(ann)
    log_in(page, live_server, "auditor@acme")
    expect(figure(page, "inbound")).to_have_text("1")
    expect(figure(page, "waiting")).to_have_text("1")
    expect(figure(page, "left")).to_have_text("1")
    page.get_by_role("link", name=re.compile("Maria Young")).first.click()
    expect(page.get_by_text("Is my kettle too hot?")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_have_count(0)


def test_a_campaign_is_looked_at_launched_and_watched(
    page: Page, live_server: Any, brand: Cast, tips: Campaign, connected: SimulatorProcess
) -> None:
    connected.sender(brand.sender.address, segments_per_second=5000)
    log_in(page, live_server, "marketer@acme")
    page.goto(f"{live_server.url}/admin/campaigns/campaign/{tips.pk}/change/")
    page.get_by_role("link", name="Preflight and launch").click()
    expect(figure(page, "people")).to_have_text("3")
    expect(figure(page, "allow")).to_have_text("2")
    expect(figure(page, "refuse")).to_have_text("1")
    expect(page.get_by_text("Asked to get no more texts")).to_be_visible()
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_text("Brew tips: Launched.")).to_be_visible()
    fill.fill(tips.id)
    dispatch.send_batch(brand.sender, segments=100)
    connected.settle()
    expect(figure(page, "went-out")).to_have_text("2")
    assert sorted(sent["body"] for sent in connected.requests()) == [
        "José, grind finer. Acme, STOP to end",
        "Maria, grind finer. Acme, STOP to end",
    ]
    expect(page.get_by_text("by marketer@acme")).to_be_visible()


def test_the_text_is_previewed_while_it_is_written(page: Page, live_server: Any, tips: Campaign) -> None:
    log_in(page, live_server, "marketer@acme")
    page.goto(f"{live_server.url}/admin/campaigns/campaign/{tips.pk}/change/")
    preview = page.locator("#preview")
    expect(preview.get_by_text("For 3 people")).to_be_visible()
    page.get_by_label("Body").fill("Hello {{ first_name }}")
    expect(preview.get_by_text("first_name may be blank")).to_be_visible()
    page.get_by_label("Body").fill("Hello {{ first_name|default:'you' }}")
    expect(preview.get_by_text("Hello you")).to_be_visible()
    expect(preview.get_by_text("70 characters to a segment (UCS-2) because of ë")).to_be_visible()


def test_an_answer_is_written_and_a_new_text_appears_by_itself(
    page: Page, live_server: Any, brand: Cast
) -> None:
    maria = brand.person()
    hears(brand, maria, "Is my kettle too hot?")
    log_in(page, live_server, "agent@acme")
    page.get_by_role("link", name="Inbox").first.click()
    page.get_by_role("link", name=re.compile("Maria Young")).click()
    page.get_by_label("Your answer").fill("Let it rest for a minute.")
    expect(page.get_by_text("1 segment · 135 left · 160 characters to a segment (GSM-7)")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".bubble-out", has_text="Let it rest for a minute.")).to_be_visible()
    assert Message.objects.get(origin=Origin.REPLY).body == "Let it rest for a minute."
    hears(brand, maria, "Thank you!")
    expect(page.locator(".bubble-in", has_text="Thank you!")).to_be_visible()


def test_a_refused_answer_says_why_and_keeps_the_text(page: Page, live_server: Any, brand: Cast) -> None:
    maria = brand.person()
    asked = hears(brand, maria, "Is my kettle too hot?")
    brand.stop(maria)
    log_in(page, live_server, "agent@acme")
    page.goto(f"{live_server.url}/admin/inbox/thread/{asked.thread_id}/")
    expect(page.get_by_text("This number is closed")).to_be_visible()
    page.get_by_label("Your answer").fill("Please come back")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Not sent: Asked to get no more texts.")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("Please come back")


def test_the_inbox_works_on_a_phone(page: Page, live_server: Any, brand: Cast) -> None:
    hears(brand, brand.person(), "Is my kettle too hot?")
    page.set_viewport_size({"width": 390, "height": 844})
    log_in(page, live_server, "agent@acme")
    page.goto(f"{live_server.url}/admin/inbox/")
    page.get_by_role("link", name=re.compile("Maria Young")).click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_customer_texts_from_the_wall_of_phones_and_reads_the_answer(
    page: Page, live_server: Any, brand: Cast, connected: SimulatorProcess
) -> None:
    connected.sender(brand.sender.address, segments_per_second=5000)
    maria = brand.person("+12065550123")
    connected.send(from_=maria.address, to=brand.sender.address, body="Hello!")
    page.goto(f"{connected.url}/")
    phone = page.locator("article.phone")
    phone.locator("input[name=body]").fill("Is my kettle too hot?")
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator(".bubble", has_text="Is my kettle too hot?")).to_be_visible()
    log_in(page, live_server, "agent@acme")
    page.goto(f"{live_server.url}/admin/inbox/")
    page.get_by_role("link", name=re.compile("Maria Young")).click()
    expect(page.locator(".bubble-in", has_text="Is my kettle too hot?")).to_be_visible()
    page.get_by_label("Your answer").fill("Let it rest.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".bubble-out", has_text="Let it rest.")).to_be_visible()
    dispatch.send_batch(brand.sender, segments=100)
    connected.settle()
    page.goto(f"{connected.url}/")
    expect(page.get_by_text("Let it rest.")).to_be_visible()
