"""Server-sent events: tells open walls which handsets changed, gathered so that a burst stays readable."""

import asyncio
import json
from collections.abc import AsyncIterator

_GATHER_SECONDS = 0.15
_KEEP_ALIVE_SECONDS = 15.0


class Live:
    """Fans changed numbers out to every listener; costs nothing while nobody listens."""

    def __init__(self) -> None:
        self._changed: dict[int, set[str]] = {}
        self._wake: dict[int, asyncio.Event] = {}
        self._next = 0
        self._is_stopping = False

    def publish(self, number: str) -> None:
        for listener, changed in self._changed.items():
            changed.add(number)
            self._wake[listener].set()

    def stop(self) -> None:
        """End every stream, so that the process can exit at once."""
        self._is_stopping = True
        for wake in self._wake.values():
            wake.set()

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield `data: {"numbers": [...]}` whenever handsets changed, else a comment as keep-alive."""
        self._next += 1
        me = self._next
        self._changed[me], self._wake[me] = set(), asyncio.Event()
        try:
            yield b"retry: 1000\n\n: open\n\n"
            while not self._is_stopping:
                try:
                    await asyncio.wait_for(self._wake[me].wait(), _KEEP_ALIVE_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                await asyncio.sleep(_GATHER_SECONDS)
                numbers, self._changed[me] = self._changed[me], set()
                self._wake[me].clear()
                yield b"data: " + json.dumps({"numbers": sorted(numbers)}).encode() + b"\n\n"
        finally:
            del self._changed[me], self._wake[me]
