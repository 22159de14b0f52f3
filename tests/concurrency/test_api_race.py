"""An opt-out by the API raced against a draining campaign: once it is answered 200, nothing reaches Twilio."""

import json
import random
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from campaigns.launch import launch
from contacts import api_keys
from messaging.models import Message
from messaging.models import Status as MessageStatus
from tests import cast, stack
from tests.concurrency.test_stop_race import campaign_of
from tests.people import many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]

PEOPLE = 120
RATE = 40  # about three seconds for all of them


def test_after_its_answer_no_request_reaches_twilio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stack.running(tmp_path, monkeypatch, workers=2) as processes:
        acme = cast.acme()
        acme.sender.segments_per_second = RATE
        acme.sender.save()
        points = many(acme, PEOPLE)
        _, key = api_keys.make(acme.brand, name="shop", user=None)
        campaign = campaign_of(acme)
        dice = random.Random(7)
        moments = {point.address: dice.uniform(0.1, 3.0) for point in points}
        answered: dict[str, float] = {}
        lock = threading.Lock()
        launch(campaign.id)
        processes.wait_for(lambda: bool(stack.customers().requests()), "the first text", seconds=60)
        started = time.monotonic()

        def leave(address: str) -> None:
            time.sleep(max(0.0, started + moments[address] - time.monotonic()))
            request = urllib.request.Request(
                f"{settings.PUBLIC_BASE_URL}/api/v1/opt-outs/",
                json.dumps({"phone": address, "reason": "race"}).encode(),
                {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request, timeout=15) as answer:
                assert answer.status == 200
            with lock:
                answered[address] = time.monotonic()

        with ThreadPoolExecutor(12) as pool:
            list(pool.map(leave, sorted(moments, key=moments.__getitem__)))
        unsettled = Message.objects.filter(
            status__in=[MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN]
        )
        processes.wait_for(lambda: not unsettled.exists(), "the drain's end", seconds=60)
        requests = stack.customers().requests()
    assert [request for request in requests if request["monotonic"] > answered[request["to"]]] == []
    # It was a race: some got the text before they left, and some did not.
    assert 0 < len(requests) < PEOPLE
