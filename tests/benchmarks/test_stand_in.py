"""What the stand-in tells a benchmark of the texts that came."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.stand_in import StandIn


def test_it_tells_when_texts_with_a_word_came_from_the_first_question_on() -> None:
    twilio = StandIn(latency_seconds=0)
    _post(twilio, "/Messages.json", b"Body=The+kettle")
    assert _arrived(twilio, "kettle") == []
    _post(twilio, "/Messages.json", b"Body=The+kettle")
    _post(twilio, "/Messages.json", b"Body=Grind+finer")
    _post(twilio, "/Messages.json", b"Body=Another+kettle")
    first, second = _arrived(twilio, "kettle")
    assert first <= second
    assert _arrived(twilio, "finer") == []


def _arrived(twilio: StandIn, word: str) -> list[float]:
    found: list[float] = json.loads(_post(twilio, "/arrivals", query=f"word={word}".encode()))
    return found


def _post(twilio: StandIn, path: str, body: bytes = b"", query: bytes = b"") -> bytes:
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    # A loop of its own, in a thread of its own: a browser test may have left one running in this one.
    scope = {"type": "http", "path": path, "query_string": query}
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(twilio(scope, receive, send))).result()
    return bytes(said[-1]["body"])
