"""Carries an accepted text through its sender's queue to the handset, one status after the other."""

import random
from collections.abc import Callable
from time import monotonic

from simulator.create import QUEUE_SECONDS
from simulator.texts import FINAL_STATUSES, Text
from simulator.timeline import Timeline
from simulator.world import World

_NOTHING_SENT = frozenset({"accepted", "queued", "scheduled"})


class Carrier:
    """Moves texts along accepted → queued → sending → sent → delivered, undelivered or failed."""

    def __init__(self, world: World, timeline: Timeline, on_status: Callable[[Text], None]) -> None:
        self._world = world
        self._timeline = timeline
        self._on_status = on_status
        self.moving = 0  # texts on their way, scheduled ones aside

    def submit(self, text: Text) -> None:
        """Take a text that was just accepted; its first status is already set and gets no callback."""
        if self._world.faults:
            self._order_outcome(text)
        if text.status == "scheduled":
            self._timeline.at(monotonic() + text.sent_at - self._world.now(), self._release, text)
            text.sent_at = 0.0
        else:
            self.moving += 1
            self._timeline.at(monotonic(), self._enqueue, text)

    def cancel(self, text: Text) -> bool:
        """Stop a text that has not left its queue; False when it is too late."""
        if text.status not in _NOTHING_SENT:
            return False
        if text.status == "scheduled":
            self.moving += 1  # _set counts it down again
        self._set(text, "canceled")
        return True

    def _order_outcome(self, text: Text) -> None:
        for fault in self._world.faults.take_for_delivery(text.handset):
            text.is_silent |= fault.kind == "silent"
            text.is_duplicated |= fault.kind == "callback_duplicates"
            text.is_out_of_order |= fault.kind == "callback_out_of_order"
            if fault.kind in ("undelivered", "failed"):
                text.outcome = (fault.kind, fault.code)

    def _release(self, due: float, text: Text) -> None:
        """A scheduled text comes due."""
        if text.status == "scheduled":
            self.moving += 1
            self._set(text, "accepted")
            self._enqueue(due, text)

    def _enqueue(self, due: float, text: Text) -> None:
        """Charge the sender's rate in segments; what would wait past its validity never leaves."""
        if text.status in FINAL_STATUSES:
            return
        sender = self._world.sender(text.sender)
        if self._world.is_blocked(sender, text.handset) and sender.kind == "toll_free":
            text.outcome = ("undelivered", 30004)
        starts = max(due, sender.free_at)
        if starts > due + QUEUE_SECONDS:
            self._set(text, "failed", 30001)
            return
        if text.status == "accepted":
            self._set(text, "queued")
        if starts > due + text.validity_seconds:
            self._timeline.at(due + text.validity_seconds, self._expire, text)
            return
        sender.free_at = starts + text.segments / sender.segments_per_second
        self._timeline.at(starts + self._world.settings.sending_delay, self._send, text)

    def _expire(self, _due: float, text: Text) -> None:
        if text.status not in FINAL_STATUSES:
            self._set(text, "failed", 30036)

    def _send(self, due: float, text: Text) -> None:
        if text.status in FINAL_STATUSES:
            return
        self._set(text, "sending")
        kind, code = text.outcome
        if kind == "failed":
            self._set(text, "failed", code)
        else:
            self._timeline.at(due + self._world.settings.sent_delay, self._hand_over, text)

    def _hand_over(self, due: float, text: Text) -> None:
        text.sent_at = self._world.now()
        self._set(text, "sent")
        settings = self._world.settings
        delay = settings.delivery_delay + random.random() * settings.delivery_jitter
        self._timeline.at(due + delay, self._deliver, text)

    def _deliver(self, _due: float, text: Text) -> None:
        status, code = text.outcome
        if status == "delivered":
            self._world.show(text)
        self._set(text, status, code)

    def _set(self, text: Text, status: str, code: int = 0) -> None:
        text.status, text.error_code, text.updated_at = status, code, self._world.now()
        if status in FINAL_STATUSES:
            self.moving -= 1
        self._on_status(text)
