"""Work beside a test's own transaction, in a connection of its own."""

import threading
from collections.abc import Callable, Sequence

from django.db import connection


def in_another_connection(work: Callable[[], None]) -> None:
    """Do `work` in another connection; waiting for longer than ten seconds is a failure."""
    _at_once([work], within_seconds=10)


def in_two_connections(work: Callable[[], None]) -> None:
    """Do `work` twice at once, each in a connection of its own; waiting for longer than a minute is a failure."""
    start = threading.Barrier(2)

    def together() -> None:
        start.wait()
        work()

    _at_once([together, together], within_seconds=60)


def _at_once(works: Sequence[Callable[[], None]], *, within_seconds: float) -> None:
    def run(work: Callable[[], None]) -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=within_seconds)
    assert not any(thread.is_alive() for thread in threads), "it waits"
