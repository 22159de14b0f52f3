"""How most people build it: a Celery task per message that loads, checks, calls the SDK and saves."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from celery import shared_task

if TYPE_CHECKING:
    from twilio.rest import Client

    from benchmarks.population import Population

ROOT = Path(__file__).resolve().parent.parent
QUEUE = "usual"
_WARM_UP = 16


@shared_task(name="benchmarks.send_one")
def send_one(message_id: str) -> None:
    """Load a message, see whether the person still agrees, send it with the SDK's own client, save the sid."""
    from django.conf import settings
    from django.utils import timezone

    from consent.models import Subscription
    from messaging.models import Message

    message = Message.objects.select_related("point", "sender", "program").get(id=message_id)
    standing = Subscription.objects.filter(point=message.point, program=message.program).first()
    if standing is None or standing.status != "active":
        return
    sent = _client().messages.create(
        to=message.point.address,
        from_=message.sender.address,
        body=message.body,
        status_callback=f"{settings.PUBLIC_BASE_URL}/webhooks/twilio/status/?ref={message.id}",
    )
    message.provider_sid, message.status = sent.sid, "handed_off"
    message.handed_off_at = timezone.now()
    message.save()


@cache
def _client() -> "Client":
    """One client for the process, whose connections it keeps."""
    from django.conf import settings
    from twilio.rest import Client

    client = Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKENS[0])
    client.api.base_url = settings.TWILIO_API_BASE_URL
    return client


def run(crowd: "Population", messages: int, directory: Path) -> float:
    """Messages per second, from the first task put into the broker to the last message saved."""
    from benchmarks import usual_way_app  # declares the queue for this side too
    from messaging.models import Message

    assert usual_way_app.app.conf.task_queues
    ids = _messages(crowd, messages)
    command = [
        sys.executable, "-m", "celery", "-A", "benchmarks.usual_way_app", "worker", "--concurrency=2",
        "--loglevel=WARNING", "--without-gossip", "--without-mingle", f"--queues={QUEUE}",
    ]  # fmt: skip
    left = Message.objects.filter(sender=crowd.sender, status="queued")
    with (
        (directory / "usual.log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=log, stderr=log) as worker,
    ):
        try:
            # Both children import what they need before the clock starts.
            for message_id in ids[:_WARM_UP]:
                send_one.apply_async((str(message_id),), queue=QUEUE)
            _wait_until(lambda: left.count() == len(ids) - _WARM_UP, worker)
            began = time.perf_counter()
            for message_id in ids[_WARM_UP:]:
                send_one.apply_async((str(message_id),), queue=QUEUE)
            _wait_until(lambda: not left.exists(), worker)
            return (len(ids) - _WARM_UP) / (time.perf_counter() - began)
        finally:
            worker.terminate()


def _messages(crowd: "Population", count: int) -> list[uuid.UUID]:
    """Queued messages that our own drains do not see: they are due tomorrow."""
    from contacts import clock
    from contacts.copying import copy_in
    from messaging.models import Direction, Message, Origin, Status, Thread

    threads = dict(Thread.objects.filter(brand=crowd.brand).values_list("contact_id", "id"))
    rows = [
        Message(
            brand=crowd.brand, thread_id=threads[contact_id], contact_id=contact_id, point_id=point_id,
            sender=crowd.sender, program=crowd.program, direction=Direction.OUT, origin=Origin.CAMPAIGN,
            purpose="marketing", body="Grind finer if your cup tastes sour. Acme, STOP to end",
            status=Status.QUEUED, created_at=clock.now(),
        )
        for contact_id, point_id, _ in crowd.people[:count]
    ]  # fmt: skip
    copy_in(rows)
    return [row.id for row in rows]


def _wait_until(is_so: Callable[[], bool], worker: "subprocess.Popen[bytes]") -> None:
    ends_at = time.monotonic() + 600
    while not is_so():
        assert worker.poll() is None, "the worker ended"
        assert time.monotonic() < ends_at, "the usual way did not come to an end"
        time.sleep(0.1)
