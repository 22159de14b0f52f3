"""Workers killed with SIGKILL in the middle of a drain: each recipient gets exactly one text."""

from collections import Counter
from pathlib import Path

import pytest

from campaigns.launch import launch
from messaging.models import Message
from messaging.models import Status as MessageStatus
from tests import cast, stack
from tests.concurrency.test_stop_race import campaign_of
from tests.people import many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]

PEOPLE, RATE = 600, 120
# Short leases, so that the test does not wait as long as a real outage may.
SOON = {
    "LEASE_SECONDS": "5",
    "POST_WITHIN_SECONDS": "2",
    "TWILIO_TIMEOUT_SECONDS": "2",
    "TWILIO_CONNECT_SECONDS": "1",
    "LOOK_UP_AFTER_SECONDS": "1",
}


def test_each_recipient_gets_exactly_one_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stack.running(tmp_path, monkeypatch, workers=2, **SOON) as processes:
        acme = cast.acme()
        acme.sender.segments_per_second = RATE
        acme.sender.save()
        points = many(acme, PEOPLE)
        customers = stack.customers()
        customers.settings(latency=0.15)  # so that a kill finds requests under way
        launch(campaign_of(acme).id)
        for name, after in (("worker-1", 80), ("worker-2", 240), ("worker-1", 380)):
            processes.wait_for(lambda after=after: customers.arrived() >= after, f"{after} texts")  # type: ignore[misc]
            processes.kill(name)
            processes.start_one(name)
        open_ones = Message.objects.exclude(status__in=[MessageStatus.DELIVERED])
        processes.wait_for(lambda: not open_ones.exists(), "every text to be delivered", seconds=120)
        arrived = Counter(request["to"] for request in customers.requests() if request["sid"])
    assert arrived == Counter(point.address for point in points)
