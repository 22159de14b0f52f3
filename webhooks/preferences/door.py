"""Who may come in: the link is the only key, and a wrong one leads nowhere."""

from django.http import HttpRequest

from consent import preferences
from consent.preferences import Opened
from webhooks.public import failures

# So many links that lead nowhere a minute from one line on the internet. A good one is never limited: many people
# share a line, and nobody who wants to leave may be kept in by a neighbour. Guessing one of 2^138 is hopeless anyway.
FAILURES_PER_MINUTE = 30


class Shut(Exception):
    """No such page: `status` says whether for this link (404), or for too many like it (429)."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def enter(request: HttpRequest, token: str) -> Opened:
    """The number that the link is for. Raises Shut."""
    opened = preferences.open_link(token)
    if opened is None:
        raise Shut(404 if failures.count("preferences", request) <= FAILURES_PER_MINUTE else 429)
    return opened
