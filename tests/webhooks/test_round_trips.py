"""How often a webhook asks PostgreSQL: each more is a wait for the customer, and grows unseen."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.calls import text
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)

# BEGIN and COMMIT are round trips too.
STOP, ORDINARY = 11, 8


def asked(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries.captured_queries]


def test_a_stop_is_closed_answered_and_waited_for_in_so_many_round_trips(acme: Cast) -> None:
    person = acme.person()
    with CaptureQueriesContext(connection) as queries:
        assert text(acme.sender, person, "STOP").status_code == 200
    assert len(queries) == STOP, asked(queries)


def test_an_ordinary_text_is_understood_and_put_into_its_thread_in_so_many(acme: Cast) -> None:
    person = acme.person()
    with CaptureQueriesContext(connection) as queries:
        assert text(acme.sender, person, "What are your hours?").status_code == 200
    assert len(queries) == ORDINARY, asked(queries)
