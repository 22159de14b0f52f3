"""Calls that come at the same moment, done as one: whoever comes first works for those who wait."""

import dataclasses
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclasses.dataclass(slots=True, eq=False)
class _Waiting(Generic[T, R]):
    item: T
    leads: bool = False
    turn: threading.Event = dataclasses.field(default_factory=threading.Event)
    result: R | None = None
    error: Exception | None = None

    def outcome(self) -> R | None:
        if self.error is not None:
            raise self.error
        return self.result


class Together(Generic[T, R]):
    """Call it from many threads with one item each; `work` gets the items that wait, in order, and answers each.

    One thread works at a time; when it is done it hands over to the first of those who came meanwhile. Alone, a call
    costs nothing more than `work` itself. Items with the same `key` are never in one batch. What `work` raises, every
    caller of the batch is told.
    """

    def __init__(
        self, work: Callable[[Sequence[T]], Sequence[R]], *, key: Callable[[T], Hashable], most: int
    ) -> None:
        self._work = work
        self._key = key
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting[T, R]] = deque()
        self._is_led = False

    def __call__(self, item: T) -> R | None:
        mine = _Waiting[T, R](item)
        with self._lock:
            self._waiting.append(mine)
            mine.leads, self._is_led = not self._is_led, True
        if not mine.leads:
            mine.turn.wait()
        if mine.leads:
            self._lead()
        return mine.outcome()

    def _lead(self) -> None:
        """Work for those who wait, the leader among them, and hand over."""
        batch = self._take()
        try:
            for one, result in zip(batch, self._work([one.item for one in batch]), strict=True):
                one.result = result
        except Exception as error:  # noqa: BLE001 - each caller raises it
            for one in batch:
                one.error = error
        finally:
            with self._lock:
                self._is_led = bool(self._waiting)
                if self._is_led:
                    self._waiting[0].leads = True
                    self._waiting[0].turn.set()
            for one in batch:
                one.turn.set()

    def _take(self) -> list[_Waiting[T, R]]:
        taken: dict[Hashable, _Waiting[T, R]] = {}
        with self._lock:
            left: deque[_Waiting[T, R]] = deque()
            while self._waiting:
                one = self._waiting.popleft()
                key = self._key(one.item)
                if len(taken) < self._most and key not in taken:
                    taken[key] = one
                else:
                    left.append(one)
            self._waiting = left
        return list(taken.values())
