"""The drain: takes rate, claims a batch, posts it with no transaction open, records what became of it."""

import logging
import time
import uuid
from collections.abc import Sequence

import redis
from django.conf import settings

from messaging import claim, record, secrets, throttle
from messaging.models import Lane, Sender
from messaging.providers import twilio
from messaging.providers.errors import Action

log = logging.getLogger(__name__)

# How long one task drains before it lets other senders have the worker, and the longest nap it takes
# for the sender's rate; whatever is left is taken up by the next task.
SLICE_SECONDS = 4.0
LONGEST_NAP_SECONDS = 1.0
REPLY_LANES = (Lane.CONSENT, Lane.CONVERSATION)


def drain(sender_id: uuid.UUID, *, lanes: Sequence[Lane] = tuple(Lane)) -> int:
    """Send what is due from one sender, at its rate, for at most a slice of time.

    At most DRAINS_PER_SENDER tasks drain a sender at once (replies have a place of their own). Returns how
    many requests were made. Raises redis.RedisError when Redis is away: with no rate nothing is sent.
    """
    name = "replies" if lanes == REPLY_LANES else "all"
    places = 1 if lanes == REPLY_LANES else settings.DRAINS_PER_SENDER
    for place in range(places):
        lock = throttle.connection().lock(f"drain:{name}:{sender_id}:{place}", timeout=60)
        if lock.acquire(blocking=False):
            try:
                return _drain(sender_id, lanes)
            finally:
                _release(lock)
    return 0


def _release(lock: "redis.lock.Lock") -> None:
    try:
        lock.release()
    except redis.exceptions.LockError:
        log.info("a drain outlived its place; the lock had ended by itself")


def _drain(sender_id: uuid.UUID, lanes: Sequence[Lane]) -> int:
    sender = Sender.objects.select_related("account").get(id=sender_id)
    ends_at, posted = time.monotonic() + SLICE_SECONDS, 0
    while time.monotonic() < ends_at and not sender.problem:
        granted, wait = throttle.take(sender.id, rate=sender.segments_per_second, wanted=settings.BATCH_SIZE)
        if not granted:
            if wait > LONGEST_NAP_SECONDS or time.monotonic() + wait > ends_at:
                break
            time.sleep(wait)
            continue
        count, looked_at = send_batch(sender, segments=granted, lanes=lanes)
        posted += count
        if not looked_at:
            break
        sender.refresh_from_db(fields=["halted_at", "halted_why", "segments_per_second"])
    return posted


def send_batch(sender: Sender, *, segments: int, lanes: Sequence[Lane] = tuple(Lane)) -> tuple[int, int]:
    """Claim, post and record one batch worth `segments` of the sender's rate.

    Returns (requests made, messages looked at). The moment by which each request must begin is fixed before
    the claim: it is what a STOP waits for.
    """
    post_by = time.monotonic() + settings.POST_WITHIN_SECONDS
    sid, tokens = secrets.credentials(sender.account)
    batch = claim.claim(sender, segments=segments, limit=min(segments, settings.BATCH_SIZE), lanes=lanes)
    throttle.settle(sender.id, unused=segments - batch.segments)
    if not batch.outgoing:
        return 0, batch.looked_at
    outcomes = twilio.send(batch.outgoing, account_sid=sid, token=tokens[0], post_by=post_by)
    record.record(outcomes, sender=sender, claim_id=batch.claim_id)
    if any(outcome.action is Action.BACK_OFF for outcome in outcomes):
        throttle.pause(sender.id, seconds=record.BACK_OFF.total_seconds())
    return len(outcomes), batch.looked_at
