"""Two brands with everything in them, for the admin's tests."""

import pytest

from messaging import throttle
from smsapp.seen import signs
from tests.admin_story import Story, tell
from tests.cast import Cast


@pytest.fixture
def ours(noon: object, acme: Cast) -> Story:
    return tell(acme)


@pytest.fixture
def theirs(noon: object, rival: Cast) -> Story:
    return tell(rival)


@pytest.fixture
def lively() -> None:
    """A worker and beat have just shown themselves, and no other."""
    redis = throttle.connection()
    for key in redis.keys("alive:*"):
        redis.delete(key)
    signs.worker_lives("worker@one")
    signs.beat_lives()
