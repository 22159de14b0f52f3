"""Work beside a test's own transaction, in a connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection


def in_another_connection(work: Callable[[], None]) -> None:
    """Do `work` in another connection; waiting for longer than ten seconds is a failure."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive(), "it waits"
