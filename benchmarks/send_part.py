"""One of several processes that send at once: `python -m benchmarks.send_part drain|drain_some|bare ARGUMENT`."""

import sys
from collections.abc import Callable

import django


def _bare(count: str) -> None:
    send.bare_here(int(count))


if __name__ == "__main__":
    django.setup()
    from benchmarks import backlog, send

    parts: dict[str, Callable[[str], None]] = {
        "drain": send.drain_here,
        "drain_some": backlog.drain_some,
        "bare": _bare,
    }
    what, argument = sys.argv[1:]
    parts[what](argument)
