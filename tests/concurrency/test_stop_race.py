"""A STOP raced against a draining campaign: once it is answered, nothing for that number reaches Twilio."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from campaigns.launch import launch
from campaigns.models import Campaign
from consent.models import Status, Subscription
from contacts import clock
from messaging.models import Message
from messaging.models import Status as MessageStatus
from tests import cast, stack
from tests.cast import Cast
from tests.people import many

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.flow]

PEOPLE = 1000
RATE = 150  # about seven seconds for all of them, so that STOPs land everywhere in it


def campaign_of(acme: Cast) -> Campaign:
    return Campaign.objects.create(
        brand=acme.brand,
        program=acme.program,
        slug="race",
        name="Race",
        purpose="marketing",
        value="know_how",
        body="Grind finer. Acme, STOP to end",
        created_at=clock.now(),
    )


def test_after_its_answer_no_request_reaches_twilio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stack.running(tmp_path, monkeypatch, workers=2) as processes:
        acme = cast.acme()
        acme.sender.segments_per_second = RATE
        acme.sender.save()
        points = many(acme, PEOPLE)
        campaign = campaign_of(acme)
        dice = random.Random(7)
        moments = {point.address: dice.uniform(0.2, 9.0) for point in points}
        answered: dict[str, float] = {}
        lock = threading.Lock()
        launch(campaign.id)
        started = time.monotonic()

        def leave(address: str) -> None:
            customers = stack.customers()
            time.sleep(max(0.0, started + moments[address] - time.monotonic()))
            answer = customers.text(address, dice.choice(["STOP", "stop", "Unsubscribe"]))
            with lock:
                answered[address] = time.monotonic()
            assert answer["status"] == 200

        with ThreadPoolExecutor(24) as pool:
            list(pool.map(leave, sorted(moments, key=moments.__getitem__)))
        waiting = Message.objects.filter(
            status__in=[MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.UNKNOWN]
        )
        processes.wait_for(lambda: not waiting.exists(), "the drain's end", seconds=120)
        requests = stack.customers().requests()
    late = [request for request in requests if request["monotonic"] > answered[request["to"]]]
    assert late == []
    assert Subscription.objects.filter(program=None, status=Status.CLOSED).count() == PEOPLE
    # It was a race: some got the text before they left, and some did not.
    assert 0 < len(requests) < PEOPLE
    assert len({request["to"] for request in requests}) == len(requests)
