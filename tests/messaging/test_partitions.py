"""A month of events and decisions is a table of its own, made ahead; no row is refused, moved or lost on the way."""

import datetime as dt
import importlib

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection, transaction

from messaging import partitions
from messaging.models import Message, MessageEvent
from messaging.partitions import DECISIONS, EVENTS, TABLES
from tests import connections
from tests.admin_story import hears
from tests.cast import Cast

FAR = dt.datetime(2031, 5, 20, 12, tzinfo=dt.UTC)


def happened(cast: Cast, at: dt.datetime) -> MessageEvent:
    """Something about a text, at that moment; checked at once, as a commit would."""
    message = hears(cast, cast.person(), "Hello")
    event: MessageEvent = message.events.create(brand=cast.brand, at=at, became="received", cause="callback")
    settle()
    return event


def settle() -> None:
    """Check the foreign keys now: what waits for the commit keeps a table from being changed."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def lies_in(event: MessageEvent) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM messaging_messageevent WHERE id = %s", [event.id]
        )
        return str(cursor.fetchone()[0])


def names(table: str) -> list[str]:
    return [one.name.removeprefix(f"{table}_") for one in partitions.partitions() if one.table == table]


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_this_month_and_the_next_three_are_made_once(table: str) -> None:
    with time_machine.travel(FAR, tick=False):
        made = partitions.make_ahead()
        assert not made.problems
        wanted = ["2031_05", "2031_06", "2031_07", "2031_08"]
        assert [name for name in made.names if name.startswith(table)] == [f"{table}_{m}" for m in wanted]
        assert names(table)[-5:] == [*wanted, "default"]
        assert partitions.make_ahead() == partitions.Made()


@pytest.mark.django_db
def test_a_row_lies_in_its_month_and_is_the_same_to_everybody(acme: Cast) -> None:
    with time_machine.travel(FAR, tick=False):
        partitions.make_ahead()
    event = happened(acme, dt.datetime(2031, 5, 31, 23, 59, tzinfo=dt.UTC))
    following = happened(acme, dt.datetime(2031, 6, 1, tzinfo=dt.UTC))
    assert (lies_in(event), lies_in(following)) == (f"{EVENTS}_2031_05", f"{EVENTS}_2031_06")
    assert MessageEvent.objects.get(pk=event.pk).at == event.at


@pytest.mark.django_db
def test_a_row_of_a_month_that_nobody_made_is_taken_and_never_moved(acme: Cast) -> None:
    event = happened(acme, FAR)
    assert lies_in(event) == f"{EVENTS}_default"
    with time_machine.travel(FAR, tick=False):
        made = partitions.make_ahead()
    assert made.problems == [
        f"{EVENTS}_2031_05: the default partition has rows of this month; they stay there"
    ]
    assert f"{DECISIONS}_2031_05" in made.names
    assert lies_in(event) == f"{EVENTS}_default"


@pytest.mark.django_db
def test_migrating_makes_the_coming_months() -> None:
    with time_machine.travel(FAR, tick=False):
        call_command("migrate", verbosity=0, interactive=False)
    assert "2031_08" in names(EVENTS)


@pytest.mark.django_db
def test_what_was_there_before_becomes_the_first_partition(acme: Cast) -> None:
    migration = importlib.import_module("messaging.migrations.0007_partitions")
    event = happened(acme, dt.datetime(2031, 3, 3, tzinfo=dt.UTC))
    with time_machine.travel(FAR, tick=False), connection.schema_editor() as editor:
        migration.unpartition(None, editor)
        assert partitions.partitions() == []
        assert partitions.make_ahead() == partitions.Made()
        assert lies_in(event) == EVENTS
        migration.partition(None, editor)
    assert lies_in(event) == f"{EVENTS}_before"
    assert names(EVENTS) == ["before", "2031_06", "2031_07", "2031_08", "default"]
    assert names(DECISIONS) == ["2031_05", "2031_06", "2031_07", "2031_08", "default"]
    assert happened(acme, FAR).id > event.id


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_the_tables_keep_the_indexes_and_keys_that_the_models_ask_for(table: str) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    keys = {tuple(each["columns"]): each["foreign_key"] for each in found.values() if each["foreign_key"]}
    # The message has the key to the brand.
    assert keys == {("message_id",): ("messaging_message", "id")}
    indexed = {tuple(each["columns"]) for each in found.values() if each["index"] or each["primary_key"]}
    assert indexed == {("id", "at"), ("message_id",)} | (
        {("brand_id", "at")} if table == DECISIONS else set()
    )


@pytest.mark.django_db(transaction=True)
def test_while_somebody_writes_a_message_nothing_is_made_and_nobody_waits_for_long(acme: Cast) -> None:
    hears(acme, acme.person(), "Hello")
    made: list[partitions.Made] = []
    before = names(EVENTS)
    with time_machine.travel(FAR, tick=False), transaction.atomic():
        Message.objects.update(looks=1)
        connections.in_another_connection(lambda: made.append(partitions.make_ahead()))
    assert made[0].names == []
    assert made[0].problems == [f"{DECISIONS}_2031_05: the tables were busy; the next run tries again"]
    assert names(EVENTS) == before


@pytest.mark.django_db(transaction=True)
def test_a_month_in_use_is_not_dropped(acme: Cast) -> None:
    month = next(one for one in partitions.partitions() if one.until)
    dropped: list[object] = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM messaging_messageevent, messaging_decision")
        connections.in_another_connection(lambda: dropped.append(partitions.drop(month, allowed=[])))
    assert dropped == [None]
    assert month in partitions.partitions()


@pytest.mark.django_db
def test_the_default_partition_is_never_dropped() -> None:
    default = partitions.partitions()[-1]
    with pytest.raises(ValueError, match="default partition"):
        partitions.drop(default, allowed=[])
