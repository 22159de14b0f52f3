"""Two brands with everything in them, for the admin's tests."""

import pytest

from tests.admin_story import Story, tell
from tests.cast import Cast


@pytest.fixture
def ours(noon: object, acme: Cast) -> Story:
    return tell(acme)


@pytest.fixture
def theirs(noon: object, rival: Cast) -> Story:
    return tell(rival)
