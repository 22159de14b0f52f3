"""The automatic answer: only to a question the brand is sure of, word for word, and never in a loop."""

import datetime as dt

from django.db import transaction

from campaigns import journeys
from consent import keywords, moods
from consent.models import Status as Standing
from consent.models import Subscription
from contacts import clock, pausing, reading
from inbox import reply
from inbox.models import AutoAnswer
from messaging import outbox
from messaging.models import Message, Origin, Status, Thread

# Two machines that answer each other would never end: after so many, a person takes over.
MOST_ANSWERS = 3
WITHIN = dt.timedelta(minutes=10)
_KNOWN = reading.Reader(AutoAnswer, "FROM inbox_autoanswer row WHERE brand_id = %s AND is_active")


def answer(message: Message) -> bool:
    """Answer an ordinary inbound text by itself; True when an answer is on its way.

    0. Nothing automatic goes to who is held, angry or sad, nor while the brand or everything is paused.
    1. The whole text, normalised, must be the question of an active automatic answer of the brand.
    2. Under the thread's lock: at most MOST_ANSWERS to one person in WITHIN, or a person is called.
    3. Queue the answer, once per inbound text; a refusal of the gate leaves the text to a person.
    4. Stop the reply clock if this text had started it; an older question still waits for a person.
    """
    found = _find(message)
    if found is None or _is_for_people_only(message):
        return False
    with transaction.atomic(savepoint=False):
        thread = Thread.objects.select_for_update(no_key=True).get(id=message.thread_id)
        if _answered_lately(thread) >= MOST_ANSWERS:
            return False
        draft = reply.conversation(message, found.body, origin=Origin.AUTO, origin_id=message.id)
        outbox.queue([draft])
        sent = Message.objects.get(
            brand_id=message.brand_id, contact_id=message.contact_id, origin=Origin.AUTO, origin_id=message.id
        )
        if sent.status == Status.REFUSED:
            return False
        if thread.waiting_since is not None and thread.waiting_since >= message.created_at:
            reply.stop_clock(thread, seen_through=message.settled_at or message.created_at)
            journeys.answered(message.contact_id)
    return True


def _is_for_people_only(message: Message) -> bool:
    number = Subscription.objects.filter(point_id=message.point_id, program=None)
    is_paused = message.brand.paused_at is not None or pausing.is_everything_paused()
    is_upset = moods.mood(message.body) != ""
    return is_paused or is_upset or number.filter(status=Standing.HELD).exists()


def _find(message: Message) -> AutoAnswer | None:
    said = keywords.normalise(message.body)
    if not said:
        return None
    return next((row for row in _KNOWN([message.brand_id]) if keywords.normalise(row.question) == said), None)


def _answered_lately(thread: Thread) -> int:
    return Message.objects.filter(
        brand_id=thread.brand_id,
        thread_id=thread.id,
        origin=Origin.AUTO,
        created_at__gte=clock.now() - WITHIN,
    ).count()
