"""Two questions about the past: what did we know then, and what was true then."""

import datetime as dt
import io
import json
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from consent import history, ledger, projection
from consent.models import Act, Method, Status, Subscription
from contacts import clock
from contacts.models import ContactPoint
from tests.cast import Cast
from tests.conftest import NOON
from tests.people import many

pytestmark = [pytest.mark.django_db]
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: time_machine.Traveller) -> None:
    """Every test of this file begins on a Wednesday at 13:00 New York."""


def says_stop(point: ContactPoint, *, at: dt.datetime | None = None, method: str = Method.SUPPORT) -> None:
    ledger.record(
        ledger.Entry(point_id=point.id, act=Act.REVOKED, method=method, actor="customer", occurred_at=at)
    )


def number(past: history.Past) -> str:
    row = past.subscriptions.get(None)
    return str(row.status) if row else "none"


def in_program(past: history.Past, acme: Cast) -> str:
    row = past.subscriptions.get(acme.program.id)
    return str(row.status) if row else "none"


def test_a_letter_recorded_late_does_not_rewrite_what_we_knew(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    point = acme.person()
    noon.move_to(NOON + 5 * DAY)
    says_stop(point, at=NOON + 1 * DAY)
    then = NOON + 3 * DAY
    assert number(history.as_known(point, then)) == "none"
    was = history.as_it_was(point, then)
    assert number(was) == Status.CLOSED
    assert [event.act for event in was.learned_later] == [Act.REVOKED]
    assert number(history.as_it_was(point, NOON + 12 * HOUR)) == "none"


def test_as_it_was_can_be_asked_by_what_was_known_at_another_moment(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    point = acme.person()
    noon.move_to(NOON + 5 * DAY)
    says_stop(point, at=NOON + 1 * DAY)
    then = NOON + 3 * DAY
    assert number(history.as_it_was(point, then, known_at=NOON + 4 * DAY)) == "none"
    assert number(history.as_it_was(point, then, known_at=NOON + 5 * DAY)) == Status.CLOSED


def test_what_happened_first_counts_first_whatever_was_recorded_first(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    """A START at 9:00 that is taken up after a STOP of 10:00 opens nothing, in truth."""
    point = acme.person()
    noon.move_to(NOON + 2 * HOUR)
    says_stop(point, at=NOON + 1 * HOUR, method=Method.KEYWORD)
    noon.move_to(NOON + 3 * HOUR)
    ledger.record(
        ledger.Entry(
            point_id=point.id, act=Act.RESUMED, method=Method.KEYWORD, actor="customer", occurred_at=NOON + HOUR / 2
        )
    )  # fmt: skip
    now = clock.now()
    assert number(history.as_known(point, now)) == "none"
    assert number(history.as_it_was(point, now)) == Status.CLOSED


def test_an_agreement_brought_in_later_was_one_all_along(acme: Cast, noon: time_machine.Traveller) -> None:
    point = acme.person(agrees_to=())
    noon.move_to(NOON + 10 * DAY)
    acme.grant(point, occurred_at=NOON + DAY, method=Method.PAPER)
    then = NOON + 5 * DAY
    assert in_program(history.as_known(point, then), acme) == "none"
    assert in_program(history.as_it_was(point, then), acme) == Status.ACTIVE


def test_a_moment_itself_counts_and_one_instant_goes_by_the_order_of_recording(acme: Cast) -> None:
    point = acme.person()
    says_stop(point, method=Method.KEYWORD)
    ledger.record(ledger.Entry(point_id=point.id, act=Act.RESUMED, method=Method.KEYWORD, actor="customer"))
    assert number(history.as_known(point, NOON)) == "none"
    assert number(history.as_it_was(point, NOON)) == "none"
    before = NOON - dt.timedelta(microseconds=1)
    assert history.as_known(point, before).events == ()
    assert [event.seq for event in history.as_it_was(point, before).events] == [1]


ACTS = st.sampled_from([
    (Act.REVOKED, Method.KEYWORD), (Act.REVOKED, Method.SUPPORT), (Act.RESUMED, Method.KEYWORD),
    (Act.HELD, Method.PLAIN_WORDS), (Act.RELEASED, Method.AGENT), (Act.BLOCKED_BY_CARRIER, Method.CARRIER),
    (Act.PAUSED, Method.PREFERENCES),
])  # fmt: skip


@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.tuples(ACTS, st.integers(0, 48)), max_size=6))
def test_what_we_knew_is_the_projection_of_that_moment(
    acme: Cast, noon: time_machine.Traveller, told: list[tuple[Any, int]]
) -> None:
    """Whatever is said to have happened when: a look back gives the rows the gate read at that moment."""
    noon.move_to(NOON)
    point = acme.person()
    read_then = [stored(point)]
    for hour, ((act, method), ago) in enumerate(told, start=1):
        noon.move_to(NOON + hour * HOUR)
        at = clock.now() - ago * HOUR
        ledger.record(
            ledger.Entry(point_id=point.id, act=act, method=method, actor="customer", occurred_at=at)
        )
        read_then.append(stored(point))
    noon.move_to(NOON + 100 * DAY)
    for hour, rows in enumerate(read_then):
        past = history.as_known(point, NOON + hour * HOUR)
        assert {key: ledger.standing_of(row) for key, row in past.subscriptions.items()} == rows


def stored(point: ContactPoint) -> dict[Any, projection.Standing]:
    return {row.program_id: ledger.standing_of(row) for row in Subscription.objects.filter(point=point)}


# --- the command -------------------------------------------------------------------------------------


def shown(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("consent_show", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_the_command_tells_both_and_says_where_they_differ(acme: Cast, noon: time_machine.Traveller) -> None:
    point = acme.person("+12065550123")
    noon.move_to(NOON + 5 * DAY)
    says_stop(point, at=NOON + 1 * DAY)
    told = shown(point.address, "--purpose", "marketing", "--at", (NOON + 3 * DAY).isoformat())
    assert [answer["outcome"] for answer in told["answers"]] == ["allow"]
    assert [answer["reasons"] for answer in told["as_it_was"]["answers"]] == [["number_closed"]]
    assert told["as_it_was"]["differs"]
    assert [event["act"] for event in told["as_it_was"]["learned_later"]] == ["revoked"]
    then = (NOON + 3 * DAY).isoformat()
    known = shown(point.address, "--at", then, "--known-at", (NOON + 4 * DAY).isoformat())
    assert not known["as_it_was"]["differs"]
    out = io.StringIO()
    call_command("consent_show", point.address, "--at", then, stdout=out)
    assert "learned later:   2  2026-11-19" in out.getvalue()


def test_the_command_names_the_option_that_is_wrong(acme: Cast) -> None:
    acme.person("+12065550123")
    with pytest.raises(CommandError, match=r"^--known-at: 'soon' is not a time"):
        shown("+12065550123", "--known-at", "soon")


def test_a_look_into_the_past_reads_one_range_of_one_index(acme: Cast) -> None:
    point = many(acme, 50)[7]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    for rows in (
        history.events_of(point, until=NOON),
        history.events_of(point, until=NOON).filter(occurred_at__lte=NOON),
    ):
        plan = rows.explain()
        assert "ledger_one_chain" in plan
        assert "Seq Scan on consent_consentevent" not in plan


def test_a_look_takes_one_query_however_long_the_history(acme: Cast, django_assert_num_queries: Any) -> None:
    point = acme.person()
    for _ in range(30):
        says_stop(point)
    with django_assert_num_queries(1):
        history.as_known(point, NOON)
    with django_assert_num_queries(1):
        history.as_it_was(point, NOON)
