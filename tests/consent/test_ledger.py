"""The ledger: chained, projected, and guarded by the database itself."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from consent import ledger
from consent.models import Act, ConsentEvent, Evidence, Method, Status, Subscription
from contacts import clock
from tests.cast import Cast


def standing(acme: Cast, point: object) -> Subscription:
    return Subscription.objects.get(point=point, program=acme.program)


def test_a_grant_makes_the_subscription_active(acme: Cast) -> None:
    point = acme.person()
    row = standing(acme, point)
    assert row.status == Status.ACTIVE
    assert row.purposes == [acme.program.purpose_key("marketing")]


def test_each_event_is_chained_to_the_one_before(acme: Cast) -> None:
    point = acme.person()
    acme.stop(point)
    first, second = ConsentEvent.objects.filter(point=point).order_by("seq")
    assert (first.seq, second.seq) == (1, 2)
    assert second.previous_hash == first.hash
    first.refresh_from_db()
    assert ledger.hash_of(first) == first.hash


def test_a_stop_closes_the_number_and_start_opens_it_again(acme: Cast) -> None:
    point = acme.person()
    acme.stop(point)
    number = Subscription.objects.get(point=point, program=None)
    assert (number.status, number.closed_by) == (Status.CLOSED, [Method.KEYWORD])
    ledger.record(ledger.Entry(point_id=point.id, act=Act.RESUMED, method=Method.KEYWORD, actor="customer"))
    number.refresh_from_db()
    assert number.status == Status.NONE
    assert standing(acme, point).status == Status.ACTIVE


def test_start_does_not_open_what_the_carrier_closed(acme: Cast) -> None:
    point = acme.person()
    acme.stop(point)
    ledger.record(
        ledger.Entry(point_id=point.id, act=Act.BLOCKED_BY_CARRIER, method=Method.CARRIER, actor="carrier")
    )
    ledger.record(ledger.Entry(point_id=point.id, act=Act.RESUMED, method=Method.KEYWORD, actor="customer"))
    number = Subscription.objects.get(point=point, program=None)
    assert (number.status, number.closed_by) == (Status.CLOSED, [Method.CARRIER])


def test_an_older_agreement_does_not_undo_a_leaving(acme: Cast) -> None:
    point = acme.person()
    ledger.record(
        ledger.Entry(
            point_id=point.id,
            program_id=acme.program.id,
            act=Act.REVOKED,
            method=Method.WEB_FORM,
            actor="customer",
        )
    )
    acme.grant(point, occurred_at=clock.now() - dt.timedelta(days=1), method=Method.IMPORT)
    assert standing(acme, point).status == Status.CLOSED


@pytest.mark.parametrize("statement", [
    "UPDATE consent_consentevent SET actor = 'nobody'",
    "DELETE FROM consent_consentevent",
    "TRUNCATE consent_consentevent CASCADE",
    "UPDATE consent_disclosure SET text = 'other'",
    "DELETE FROM consent_disclosure",
    "UPDATE consent_evidence SET data = '{}'",
])  # fmt: skip
def test_the_database_refuses_to_rewrite_history(acme: Cast, statement: str) -> None:
    acme.person()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE does not even start beside deferred checks
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)


def test_evidence_can_be_erased_and_the_chain_still_holds(acme: Cast) -> None:
    point = acme.person()
    Evidence.objects.all().delete()
    event = ConsentEvent.objects.get(point=point)
    assert ledger.hash_of(event) == event.hash


def test_recording_takes_two_round_trips_for_one_or_for_fifty(
    acme: Cast, django_assert_num_queries: object
) -> None:
    points = [acme.person(agrees_to=()) for _ in range(50)]
    key = acme.program.purpose_key("marketing")
    assert key
    for some in (points[:1], points):
        with django_assert_num_queries(2):  # type: ignore[operator]
            ledger.record_many([
                ledger.Entry(
                    point_id=point.id, program_id=acme.program.id, act=Act.GRANTED, method=Method.IMPORT,
                    actor="system", purposes=(key,), evidence={"file": "x"},
                )
                for point in some
            ])  # fmt: skip
