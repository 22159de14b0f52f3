"""The drain: takes rate, claims a batch, posts it with no transaction open, records what became of it."""

import dataclasses
import functools
import logging
import random
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue

import redis
from django.conf import settings
from django.db import connection

from messaging import claim, kick, record, secrets, throttle
from messaging.models import Lane, Sender
from messaging.providers import twilio
from messaging.providers.errors import Action
from messaging.providers.twilio import Outcome

log = logging.getLogger(__name__)

# How long one task drains before it lets other senders have the worker, and the longest nap it takes
# for the sender's rate; whatever is left is taken up by the next task.
SLICE_SECONDS = 4.0
LONGEST_NAP_SECONDS = 1.0
# The same while drains of other senders wait for a worker: everybody has a short turn after the other.
SHARED_SLICE_SECONDS = 1.0
SHARED_NAP_SECONDS = 0.05
# Longer than this nobody is kept waiting for an account's answers.
PATIENCE_SECONDS = 2.0
REPLY_LANES = (Lane.CONSENT, Lane.CONVERSATION)
# Batches under way at once: while Twilio thinks about one, the next is claimed and another written down. Each
# more would only keep a STOP waiting longer.
MOST_FLIGHTS = 3


def drain(sender_id: uuid.UUID, *, lanes: Sequence[Lane] = tuple(Lane)) -> int:
    """Send what is due from one sender, at its rate, for at most a slice of time.

    At most DRAINS_PER_SENDER tasks drain a sender at once (replies have a place of their own). Returns how
    many requests were made. Raises redis.RedisError when Redis is away: with no rate nothing is sent.
    """
    is_bulk = lanes != REPLY_LANES
    name = "all" if is_bulk else "replies"
    if is_bulk:
        throttle.take_turn(sender_id)
    for place in range(settings.DRAINS_PER_SENDER if is_bulk else 1):
        # Its owner may be another thread in the end, see Landing.
        lock = throttle.connection().lock(
            f"drain:{name}:{sender_id}:{place}", timeout=_longest_drain(), thread_local=False
        )
        if lock.acquire(blocking=False):
            landing = Landing(at_end=functools.partial(_release, lock))
            try:
                return _drain(sender_id, lanes, landing)
            finally:
                landing.end()
    return 0


def _longest_drain() -> float:
    """Seconds after which the place of a drain is free again, should its worker die or lose Redis.

    A drain that takes longer has company for a while, which does no harm: it is the claim that counts.
    """
    return SLICE_SECONDS + PATIENCE_SECONDS + settings.POST_WITHIN_SECONDS + settings.TWILIO_TIMEOUT_SECONDS


def _release(lock: "redis.lock.Lock") -> None:
    try:
        lock.release()
    except redis.exceptions.LockError:
        log.info("a drain outlived its place; the lock had ended by itself")


def _drain(sender_id: uuid.UUID, lanes: Sequence[Lane], landing: "Landing") -> int:
    """One batch after the other is claimed and takes off; those before it land meanwhile."""
    sender = Sender.objects.select_related("account").get(id=sender_id)
    began, posted = time.monotonic(), 0
    ends_at = began + SLICE_SECONDS
    while time.monotonic() < ends_at and not sender.problem and not landing.has_failed:
        is_shared = lanes != REPLY_LANES and throttle.others_wait(sender.id)
        if is_shared and time.monotonic() > began + SHARED_SLICE_SECONDS:
            kick.now(sender.id, is_reply=False)
            break
        granted, pause = throttle.take(
            sender.id,
            rate=sender.segments_per_second,
            wanted=settings.BATCH_SIZE,
            account_id=sender.account_id,
        )
        if not granted:
            nap = min(pause, SHARED_NAP_SECONDS) if is_shared else pause
            if pause > LONGEST_NAP_SECONDS or time.monotonic() + nap > ends_at:
                break
            time.sleep(nap)
            if nap < pause:
                kick.now(sender.id, is_reply=False)
                break
            continue
        flight = take_off(sender, segments=granted, lanes=lanes)
        posted += flight.size
        if not flight.looked_at or not landing.expect(flight):
            break
        sender.refresh_from_db(fields=["halted_at", "halted_why", "segments_per_second"])
    return posted


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A claimed batch whose requests are under way."""

    sender: Sender
    claim_id: uuid.UUID
    size: int
    looked_at: int
    outcomes: Future[list[Outcome]] | None


class Landing:
    """What is in the air is waited for and written down in a thread of its own, while the drain claims the next batch.

    So an account that answers slowly keeps its own place (which `at_end` gives back) and not a worker that others
    need: the drain leaves, and the thread stays. Should the process end before, the leases do, and the outcomes are
    looked up.
    """

    def __init__(self, *, at_end: Callable[[], None]) -> None:
        self._at_end = at_end
        self._expected: SimpleQueue[Flight | None] = SimpleQueue()
        self._room = threading.Semaphore(MOST_FLIGHTS)
        self._thread: threading.Thread | None = None
        self.has_failed = False  # something was not written down: more had better not take off

    def expect(self, flight: Flight) -> bool:
        """Land this one, too; returns whether there was room for another in time."""
        if flight.outcomes is None:
            return True
        if self._thread is None:
            thread = threading.Thread(target=self._land_each, name="landing")
            thread.start()
            self._thread = thread
        self._room.acquire()  # at once: whoever was told that there is no room does not come again
        self._expected.put(flight)
        if not self._room.acquire(timeout=PATIENCE_SECONDS):
            return False
        self._room.release()
        return True

    def end(self) -> None:
        """Nothing more is expected; wait for the rest, but not for ever."""
        if self._thread is None:
            self._at_end()
            return
        self._expected.put(None)
        self._thread.join(timeout=PATIENCE_SECONDS)

    def _land_each(self) -> None:
        try:
            while flight := self._expected.get():
                self._land(flight)
                self._room.release()
        finally:
            try:
                connection.close()
            finally:
                self._at_end()

    def _land(self, flight: Flight) -> None:
        try:
            land(flight)
        except Exception:
            self.has_failed = True
            log.exception("a batch did not land; what was not written down is left to its leases")


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
    """Wait for a batch's answers and write them down; of one that asked for nothing there is nothing to write."""
    if flight.outcomes is None:
        return
    outcomes = flight.outcomes.result()
    record.record(outcomes, sender=flight.sender, claim_id=flight.claim_id)
    if any(outcome.action is Action.BACK_OFF for outcome in outcomes):
        # Not all senders come back at once.
        throttle.pause(flight.sender.id, seconds=record.BACK_OFF.total_seconds() * random.uniform(0.5, 1.5))  # noqa: S311
    if any(outcome.action is Action.BACK_OFF and outcome.was_answered for outcome in outcomes):
        throttle.ease(flight.sender.account_id)


def send_batch(sender: Sender, *, segments: int, lanes: Sequence[Lane] = tuple(Lane)) -> tuple[int, int]:
    """Claim, post and record one batch; returns (requests made, messages looked at)."""
    flight = take_off(sender, segments=segments, lanes=lanes)
    land(flight)
    return flight.size, flight.looked_at
