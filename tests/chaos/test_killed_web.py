"""Every web process killed while customers text: what Twilio gave up on is found in its list and acted on."""

import datetime as dt
from pathlib import Path

import pytest

from consent.models import Status, Subscription
from contacts import clock
from messaging.models import Message, Thread
from tests import cast, stack
from tests.people import many
from webhooks import watermarks
from webhooks.models import Watermark, WebhookEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]

# Twilio's clock is behind ours, so that the test does not wait until Twilio has given up.
AGO = dt.timedelta(minutes=3)


def test_what_was_texted_meanwhile_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stack.running(tmp_path, monkeypatch, workers=1) as processes:
        acme = cast.acme()
        leaves, asks, writes = many(acme, 3)
        watermarks.keep_up()
        Watermark.objects.update(seen_until=clock.now() - 2 * AGO)
        customers = stack.customers()
        customers.text(writes.address, "Before it went away")
        processes.kill("web")
        customers.settings(clock_offset=-AGO.total_seconds())
        assert customers.text(leaves.address, "STOP")["status"] == 0
        assert customers.text(asks.address, "Is the decaf back?")["status"] == 0
        assert WebhookEvent.objects.count() == 1
        closed = Subscription.objects.filter(point=leaves, program=None, status=Status.CLOSED)
        Watermark.objects.update(due_at=clock.now())
        processes.wait_for(closed.exists, "the STOP to be pulled", seconds=60)
        waits = Thread.objects.filter(contact=asks.contact, waiting_since__lt=clock.now() - AGO)
        processes.wait_for(waits.exists, "the question to be pulled", seconds=30)
        assert Message.objects.filter(direction="in").count() == WebhookEvent.objects.count() == 3
