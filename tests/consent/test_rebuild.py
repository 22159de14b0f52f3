"""The rebuild: the ledger is the truth, the subscriptions follow from it."""

import datetime as dt
import io
import json
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.forms.models import model_to_dict

from consent import ledger, rebuild
from consent.models import Act, Method, Status, Subscription
from contacts import clock
from contacts.models import ContactPoint
from tests.cast import Cast


def told(*arguments: str) -> dict[str, Any]:
    """What the command says as JSON."""
    out = io.StringIO()
    call_command("consent_rebuild", "--json", *arguments, stdout=out, stderr=io.StringIO())
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def record(point: ContactPoint, act: str, method: str = Method.KEYWORD, **fields: Any) -> None:
    ledger.record(ledger.Entry(point_id=point.id, act=act, method=method, actor="customer", **fields))


def rows() -> list[dict[str, Any]]:
    stored = Subscription.objects.order_by("point_id", "program_id")
    return [model_to_dict(row, exclude=["id"]) for row in stored]


def lived_in(acme: Cast) -> list[ContactPoint]:
    """People with every kind of history."""
    people = [acme.person() for _ in range(4)]
    stopped, restarted, left, paused = people
    record(stopped, Act.REVOKED)
    record(restarted, Act.REVOKED)
    record(restarted, Act.RESUMED)
    record(left, Act.REVOKED, Method.WEB_FORM, program_id=acme.program.id, occurred_at=clock.now())
    record(paused, Act.PAUSED, program_id=acme.program.id)
    record(paused, Act.HELD, Method.PLAIN_WORDS)
    record(paused, Act.BLOCKED_BY_CARRIER, Method.CARRIER)
    record(stopped, Act.REQUESTED, Method.WEB_FORM, program_id=acme.program.id)
    record(stopped, Act.EXPIRED, Method.SYSTEM, program_id=acme.program.id)
    return people


def test_what_the_ledger_writes_is_what_the_rebuild_finds(acme: Cast) -> None:
    lived_in(acme)
    before = rows()
    assert told("--check") == {"points": 4, "subscriptions": 7, "different": 0, "rewritten": 0}
    assert rows() == before


def test_a_check_names_the_difference_exits_with_1_and_changes_nothing(acme: Cast) -> None:
    point = acme.person()
    Subscription.objects.filter(point=point).update(status=Status.PAUSED, purposes=[])
    before, errors = rows(), io.StringIO()
    with pytest.raises(CommandError, match="1 subscriptions differ") as failure:
        call_command("consent_rebuild", "--check", stdout=io.StringIO(), stderr=errors)
    assert failure.value.returncode == 1
    assert f"point {point.id}, program {acme.program.id}: differs in status, purposes" in errors.getvalue()
    assert rows() == before


@pytest.mark.parametrize(
    "damage",
    [
        {"status": Status.ACTIVE, "closed_by": []},
        {"purposes": ["marketing:forged"]},
        {"closed_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
        {"last_seq": 99},
        {"held_by": ["agent"], "paused": True},
    ],
)
def test_it_puts_every_damage_right(acme: Cast, damage: dict[str, Any]) -> None:
    lived_in(acme)
    before = rows()
    Subscription.objects.update(**damage)
    damaged = told()
    assert damaged["different"] == damaged["rewritten"] > 0
    assert rows() == before
    assert told("--check")["different"] == 0


def test_it_writes_a_row_that_is_missing_and_removes_one_without_events(acme: Cast, rival: Cast) -> None:
    missing, silent = acme.person(), acme.person(agrees_to=())
    before = rows()
    Subscription.objects.filter(point=missing).delete()
    forged = Subscription(
        brand=acme.brand, point=silent, contact=silent.contact, program=acme.program, status=Status.ACTIVE,
        purposes=[acme.program.purpose_key("marketing")], last_seq=1,
    )  # fmt: skip
    forged.save()
    errors = io.StringIO()
    call_command("consent_rebuild", stdout=io.StringIO(), stderr=errors)
    assert f"point {missing.id}, program {acme.program.id}: has no row" in errors.getvalue()
    assert f"point {silent.id}, program {acme.program.id}: has a row without events" in errors.getvalue()
    assert rows() == before


def test_a_suspect_that_agrees_once_its_lock_is_held_is_left_alone(acme: Cast) -> None:
    point = acme.person()
    [row] = Subscription.objects.all()
    assert rebuild._settle({point.id}, is_check=False) == ()
    assert Subscription.objects.get().id == row.id


def test_it_rebuilds_one_brand_alone(acme: Cast, rival: Cast) -> None:
    acme.person()
    rival.person()
    Subscription.objects.update(last_seq=99)
    assert told("--brand", "acme") == {"points": 1, "subscriptions": 1, "different": 1, "rewritten": 1}
    assert Subscription.objects.get(brand=rival.brand).last_seq == 99


def test_an_unknown_brand_is_one_line_naming_the_argument(acme: Cast) -> None:
    with pytest.raises(CommandError, match=r"^--brand: there is no brand 'nobody'"):
        told("--brand", "nobody")


def test_it_walks_through_more_points_than_it_holds_at_once(
    acme: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild, "POINTS_AT_ONCE", 2)
    for _ in range(5):
        acme.person()
    Subscription.objects.update(last_seq=99)
    steps = list(rebuild.rebuild())
    assert [(step.points, len(step.differences)) for step in steps] == [(2, 2), (2, 2), (1, 1)]
    assert told("--check")["points"] == 5


def test_the_contact_who_agreed_keeps_the_subscription_when_another_leaves(acme: Cast, rival: Cast) -> None:
    point = acme.person()
    sharer = acme.person(agrees_to=()).contact
    record(point, Act.REVOKED, program_id=acme.program.id, contact_id=sharer.id)
    assert Subscription.objects.get(point=point).contact_id == point.contact_id
    assert told("--check")["different"] == 0


def test_the_ids_in_its_words_are_ids_of_rows(acme: Cast) -> None:
    point = acme.person()
    Subscription.objects.update(last_seq=99)
    [step] = rebuild.rebuild(brand_id=acme.brand.id, is_check=True)
    [difference] = step.differences
    assert isinstance(difference.point_id, uuid.UUID)
    assert (difference.point_id, difference.columns) == (point.id, ("last_seq",))
