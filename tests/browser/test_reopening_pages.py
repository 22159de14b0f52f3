"""Leaving and coming back at the team's word, as two people of the team do it."""

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from consent import opting
from consent.models import Method, Status, Subscription
from contacts import clock
from tests.admin_story import hears
from tests.browser.conftest import log_in
from tests.cast import Cast

pytestmark = pytest.mark.browser


def log_out(page: Page) -> None:
    page.context.clear_cookies()


def test_an_agent_asks_and_an_owner_opens_the_number_again(page: Page, live_server: Any, brand: Cast) -> None:
    maria = brand.person()
    opting.close(maria.id, method=Method.AGENT, evidence={}, said_at=clock.now() - dt.timedelta(days=2))
    log_in(page, live_server, "agent@acme")
    page.goto(f"{live_server.url}/admin/contacts/contact/{maria.contact_id}/change/")
    page.get_by_role("link", name=f"They want texts on {maria.address} again").click()
    page.get_by_label("What did they say?").fill("That was a mistake, please keep texting me")
    page.get_by_label("How did it reach you?").fill("a call")
    page.get_by_label("When did they say it?").fill(
        (clock.now() - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    )
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_text("another owner or marketer decides").first).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    asked = page.url
    log_out(page)
    log_in(page, live_server, "owner@acme")
    page.goto(asked)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved: it is open again.")).to_be_visible()
    assert Subscription.objects.get(point=maria, program=None).status == Status.NONE


def test_an_agent_closes_a_number_from_its_conversation(page: Page, live_server: Any, brand: Cast) -> None:
    maria = brand.person()
    thread = hears(brand, maria, "Who gave you my number?").thread
    log_in(page, live_server, "agent@acme")
    page.goto(f"{live_server.url}/admin/inbox/thread/{thread.id}/")
    page.get_by_label("Why").fill("Angry on the phone, too")
    page.once("dialog", lambda question: question.accept())
    page.get_by_role("button", name="Close the number").click()
    expect(page.get_by_text("This number is closed")).to_be_visible()
    assert Subscription.objects.get(point=maria, program=None).status == Status.CLOSED
