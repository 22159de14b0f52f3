"""A month goes whole once no brand keeps it, row by row while one does, and never before law and rules allow it."""

import datetime as dt
import io
import json
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from contacts import clock
from contacts.models import Kept, RetentionRule
from messaging import partitions
from messaging.models import Decision, MessageEvent
from messaging.partitions import DECISIONS, EVENTS
from smsapp.privacy import retention
from tests.admin_story import hears
from tests.cast import Cast
from tests.messaging.test_partitions import happened, settle

pytestmark = [pytest.mark.django_db]
DAY = dt.timedelta(days=1)
MAY = f"{EVENTS}_2031_05"


@pytest.fixture
def may() -> Any:
    """The 20th of May 2031, with partitions made ahead."""
    with time_machine.travel(dt.datetime(2031, 5, 20, 12, tzinfo=dt.UTC), tick=False) as traveller:
        partitions.make_ahead()
        yield traveller


def keeps(cast: Cast, kind: str, days: int) -> None:
    RetentionRule.objects.create(brand=cast.brand, kind=kind, days=days)


def is_there(name: str) -> bool:
    return name in {one.name for one in partitions.partitions()}


def retire() -> dict[tuple[str, str], int]:
    """What a run took, by brand and kind."""
    settle()
    return {(row.brand, row.kind): row.count for row in retention.run()}


def test_a_month_that_no_brand_keeps_is_dropped_whole(acme: Cast, rival: Cast, may: Any) -> None:
    for cast in (acme, rival):
        keeps(cast, Kept.MESSAGE_CHANGES, 100)
        happened(cast, clock.now())
    may.move_to(dt.datetime(2031, 9, 9, tzinfo=dt.UTC))
    assert retire() == {("acme", Kept.MESSAGE_CHANGES): 1, ("rival", Kept.MESSAGE_CHANGES): 1}
    assert not is_there(MAY)
    assert not MessageEvent.objects.exists()
    assert is_there(f"{EVENTS}_2031_06")
    assert is_there(f"{DECISIONS}_2031_05")


def test_a_month_is_not_dropped_before_its_last_day_is_old_enough(acme: Cast, may: Any) -> None:
    keeps(acme, Kept.MESSAGE_CHANGES, 100)
    happened(acme, clock.now())
    last = happened(acme, dt.datetime(2031, 5, 31, 23, 59, tzinfo=dt.UTC))
    may.move_to(dt.datetime(2031, 9, 8, 23, 58, tzinfo=dt.UTC))
    assert retire() == {("acme", Kept.MESSAGE_CHANGES): 1}
    assert is_there(MAY)
    assert MessageEvent.objects.get() == last


def test_while_one_brand_keeps_a_month_the_others_rows_go_one_by_one(
    acme: Cast, rival: Cast, may: Any
) -> None:
    keeps(acme, Kept.MESSAGE_CHANGES, 100)
    happened(acme, clock.now())
    theirs = happened(rival, clock.now())
    may.move_to(dt.datetime(2031, 12, 1, tzinfo=dt.UTC))
    assert retire() == {("acme", Kept.MESSAGE_CHANGES): 1}
    assert is_there(MAY)
    assert MessageEvent.objects.get() == theirs


def test_a_rule_below_its_minimum_drops_nothing(acme: Cast, may: Any) -> None:
    keeps(acme, Kept.DECISIONS, 1826)
    message = hears(acme, acme.person(), "Hello")
    Decision.objects.create(
        brand=acme.brand, message=message, at=clock.now(), stage="claim", outcome="allow", rule_pack="x"
    )
    may.move_to(dt.datetime(2037, 5, 20, tzinfo=dt.UTC))
    assert retire() == {("acme", Kept.DECISIONS): 0}
    assert Decision.objects.count() == 1
    RetentionRule.objects.update(days=1827)
    assert retire() == {("acme", Kept.DECISIONS): 1}
    assert not is_there(f"{DECISIONS}_2031_05")


def test_the_rules_of_one_brand_alone_drop_no_table(acme: Cast, may: Any) -> None:
    keeps(acme, Kept.MESSAGE_CHANGES, 100)
    happened(acme, clock.now())
    may.move_to(dt.datetime(2031, 12, 1, tzinfo=dt.UTC))
    settle()
    [row] = retention.run(brand=acme.brand)
    assert (row.count, is_there(MAY)) == (1, True)


def test_a_dry_run_drops_nothing(acme: Cast, may: Any) -> None:
    keeps(acme, Kept.MESSAGE_CHANGES, 100)
    happened(acme, clock.now())
    may.move_to(dt.datetime(2031, 12, 1, tzinfo=dt.UTC))
    [row] = retention.run(is_dry_run=True)
    assert (row.count, is_there(MAY)) == (1, True)


# --- the command -------------------------------------------------------------------------------------


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("partitions", *arguments, stdout=out)
    return out.getvalue()


def line_of(name: str) -> str:
    [line] = [line for line in told().splitlines() if line.startswith(f"{name}: ")]
    return line.partition("; ")[2]


def test_the_command_says_when_each_month_will_be_dropped_and_why_not(
    acme: Cast, rival: Cast, may: Any
) -> None:
    keeps(acme, Kept.MESSAGE_CHANGES, 100)
    happened(acme, clock.now())
    assert line_of(MAY) == "dropped after 2031-09-09"
    happened(rival, clock.now())
    assert line_of(MAY) == "kept: 1 of 2 brands in it have no rule for changes of messages"
    keeps(rival, Kept.MESSAGE_CHANGES, 200)
    assert line_of(MAY) == "dropped after 2031-12-18"
    assert line_of(f"{EVENTS}_2031_06") == "empty"
    assert line_of(f"{EVENTS}_default") == "never dropped; its rows go one by one"
    assert is_there(MAY)


def test_the_command_makes_the_coming_months_when_asked(acme: Cast) -> None:
    with time_machine.travel(dt.datetime(2033, 1, 1, tzinfo=dt.UTC), tick=False):
        told()
        assert not is_there(f"{EVENTS}_2033_04")
        made = json.loads(told("--make", "--json"))
    assert f"{EVENTS}_2033_04" in made["made"]
    [row] = [row for row in made["partitions"] if row["name"] == f"{EVENTS}_2033_04"]
    assert (row["since"], row["drop_at"], row["why"]) == ("2033-04-01 00:00:00+00:00", None, "empty")
