"""A heap of things to do later, run in order by one timer of the event loop."""

import asyncio
import heapq
from collections.abc import Callable
from itertools import count
from time import monotonic
from typing import Any


class Timeline:
    """Runs `action(due, *arguments)` at monotonic moments; one loop timer serves any number of entries."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = count()
        self._timer: asyncio.TimerHandle | None = None
        self._armed_for = float("inf")

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due: float, action: Callable[..., None], *arguments: Any) -> None:
        """Run `action(due, *arguments)` when the monotonic clock reaches `due`, never inside this call."""
        heapq.heappush(self._heap, (due, next(self._order), action, arguments))
        if due < self._armed_for:
            self._arm(due)

    def clear(self) -> None:
        self._heap.clear()

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = due
        self._timer = asyncio.get_running_loop().call_later(max(0.0, due - monotonic()), self._run_due)

    def _run_due(self) -> None:
        self._timer = None
        self._armed_for = float("-inf")  # entries added while running need no timer of their own
        while self._heap and self._heap[0][0] <= monotonic():
            due, _, action, arguments = heapq.heappop(self._heap)
            action(due, *arguments)
        self._armed_for = float("inf")
        if self._heap:
            self._arm(self._heap[0][0])
