"""The drain: takes rate, claims a batch, posts it with no transaction open, records what became of it."""

import dataclasses
import logging
import time
import uuid
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

import redis
from django.conf import settings

from messaging import claim, record, secrets, throttle
from messaging.models import Lane, Sender
from messaging.providers import twilio
from messaging.providers.errors import Action
from messaging.providers.twilio import Outcome

log = logging.getLogger(__name__)

# How long one task drains before it lets other senders have the worker, and the longest nap it takes
# for the sender's rate; whatever is left is taken up by the next task.
SLICE_SECONDS = 4.0
LONGEST_NAP_SECONDS = 1.0
REPLY_LANES = (Lane.CONSENT, Lane.CONVERSATION)
# Batches under way at once: while Twilio thinks about one, the next is claimed and another written down. Each
# more would only keep a STOP waiting longer.
MOST_FLIGHTS = 3


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
    """Some batches are in the air while the next is claimed: the database works as Twilio answers."""
    sender = Sender.objects.select_related("account").get(id=sender_id)
    ends_at, posted = time.monotonic() + SLICE_SECONDS, 0
    flights: deque[Flight] = deque()
    try:
        while time.monotonic() < ends_at and not sender.problem:
            granted, wait = throttle.take(
                sender.id, rate=sender.segments_per_second, wanted=settings.BATCH_SIZE
            )
            if not granted:
                if wait > LONGEST_NAP_SECONDS or time.monotonic() + wait > ends_at:
                    break
                _land_all(flights)
                time.sleep(wait)
                continue
            flights.append(take_off(sender, segments=granted, lanes=lanes))
            posted += flights[-1].size
            if not flights[-1].looked_at:
                break
            while len(flights) == MOST_FLIGHTS or (flights and flights[0].is_answered):
                land(flights.popleft())
            sender.refresh_from_db(fields=["halted_at", "halted_why", "segments_per_second"])
    finally:
        # Whatever stops the drain, what is in the air is waited for and written down.
        _land_all(flights)
    return posted


def _land_all(flights: "deque[Flight]") -> None:
    while flights:
        land(flights.popleft())


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A claimed batch whose requests are under way."""

    sender: Sender
    claim_id: uuid.UUID
    size: int
    looked_at: int
    outcomes: Future[list[Outcome]] | None

    @property
    def is_answered(self) -> bool:
        """Whether landing it would not wait."""
        return self.outcomes is None or self.outcomes.done()


def take_off(sender: Sender, *, segments: int, lanes: Sequence[Lane] = tuple(Lane)) -> Flight:
    """Claim one batch worth `segments` of the sender's rate, and begin to post it.

    The moment by which each request must begin is fixed before the claim: it is what a STOP waits for.
    """
    post_by = time.monotonic() + settings.POST_WITHIN_SECONDS
    sid, tokens = secrets.credentials(sender.account)
    batch = claim.claim(sender, segments=segments, limit=min(segments, settings.BATCH_SIZE), lanes=lanes)
    throttle.settle(sender.id, unused=segments - batch.segments)
    outcomes = None
    if batch.outgoing:
        outcomes = twilio.start(batch.outgoing, account_sid=sid, token=tokens[0], post_by=post_by)
    return Flight(
        sender=sender,
        claim_id=batch.claim_id,
        size=len(batch.outgoing),
        looked_at=batch.looked_at,
        outcomes=outcomes,
    )


def land(flight: Flight) -> None:
    """Wait for a batch's answers and write them down."""
    if flight.outcomes is None:
        return
    outcomes = flight.outcomes.result()
    record.record(outcomes, sender=flight.sender, claim_id=flight.claim_id)
    if any(outcome.action is Action.BACK_OFF for outcome in outcomes):
        throttle.pause(flight.sender.id, seconds=record.BACK_OFF.total_seconds())


def send_batch(sender: Sender, *, segments: int, lanes: Sequence[Lane] = tuple(Lane)) -> tuple[int, int]:
    """Claim, post and record one batch; returns (requests made, messages looked at)."""
    flight = take_off(sender, segments=segments, lanes=lanes)
    land(flight)
    return flight.size, flight.looked_at
