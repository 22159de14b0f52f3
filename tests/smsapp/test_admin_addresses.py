"""An address of the admin that nobody could have been given: not found, and never an error of ours."""

import pytest

from tests.admin_pages import SCOPED
from tests.admin_story import Story, client_of, tell, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

MALFORMED = ("nonsense", "99999999999999999999999", "_00")


@pytest.fixture
def story(acme: Cast) -> Story:
    return tell(acme)


@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_malformed_id_is_not_found(page: str, story: Story) -> None:
    client = client_of(story.cast.team["owner"])
    for label in SCOPED:
        for pk in MALFORMED:
            assert client.get(url(label, page, pk)).status_code in {403, 404}, (label, pk)
