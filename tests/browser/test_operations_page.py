"""The page of what is stuck, as an operator sees it."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from contacts import clock
from messaging.models import Sender
from tests.browser.conftest import log_in
from tests.cast import Cast
from webhooks.handle import MOST_ATTEMPTS
from webhooks.models import Kind, WebhookEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_an_operator_reads_what_is_stuck_and_has_it_tried_again(
    brand: Cast, page: Page, live_server: Any, width: int
) -> None:
    User.objects.create_superuser("operator", password="correct horse")
    Sender.objects.update(halted_at=clock.now(), halted_why="30034 the number is not registered")
    WebhookEvent.objects.create(
        brand=brand.brand, kind=Kind.INBOUND, provider_sid="SM1", params={}, attempts=MOST_ATTEMPTS,
        received_at=clock.now() - dt.timedelta(hours=1),
    )  # fmt: skip
    log_in(page, live_server, "operator")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{live_server.url}/admin/operations/")
    expect(page.get_by_text("is halted: 30034")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("1 to be tried again within ten seconds.")).to_be_visible()
    assert WebhookEvent.objects.get().attempts == 0
