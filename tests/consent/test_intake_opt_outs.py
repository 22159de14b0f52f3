"""Opt-outs of a previous provider: every number is closed, nobody is ever opened, and the same list changes nothing."""

import datetime as dt
import json
import uuid
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from consent import gate, intake, ledger
from consent.asking import Ask
from consent.models import Act, ConsentEvent, Method, Program, Status, Subscription
from contacts import clock
from contacts.models import Contact, ContactImport, ContactPoint
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
MARIA, OMAR = "+12065557991", "+12065557992"


def take_in(
    acme: Cast, folder: Path, text: str, name: str = "left.csv", kind: str = "opt_outs"
) -> ContactImport:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    row = intake.describe(path, program=acme.program, filename=name, kind=kind)
    return intake.run(path, row, program=acme.program).contact_import


def of_number(address: str, program: Program | None = None) -> str:
    return Subscription.objects.get(point__address=address, program=program).status


def test_a_known_number_is_closed_with_file_line_and_date_as_evidence(acme: Cast, tmp_path: Path) -> None:
    acme.person(MARIA)
    run = take_in(acme, tmp_path, f"phone,opted_out_at\n{MARIA},2026-02-03T10:00:00Z\n")
    assert (run.opted_out, run.reasons) == (1, [["opted_out", "left_there", 1]])
    event = ConsentEvent.objects.get(act=Act.REVOKED)
    assert (event.method, event.actor, event.program) == (Method.IMPORT, f"import:{run.id}", None)
    assert event.occurred_at == dt.datetime(2026, 2, 3, 10, tzinfo=dt.UTC)
    assert event.evidence.data == {
        "file": "left.csv", "sha256": run.sha256, "line": 2, "opted_out_at": "2026-02-03T10:00:00Z",
    }  # fmt: skip
    assert of_number(MARIA) == Status.CLOSED


def test_a_number_that_nobody_knows_is_closed_before_it_ever_joins(acme: Cast, tmp_path: Path) -> None:
    take_in(acme, tmp_path, f"{MARIA}\n{OMAR}\n")
    assert of_number(MARIA) == of_number(OMAR) == Status.CLOSED
    row = f"{MARIA},marketing,web_form,2026-03-02T14:03:00Z,checkout-2026"
    header = "phone,consent_purpose,consent_method,consent_at,disclosure"
    run = take_in(acme, tmp_path, f"{header}\n{row}\n", name="people.csv", kind="people")
    assert (run.accepted, run.cannot_text) == (0, 1)
    point = ContactPoint.objects.get(address=MARIA)
    ask = Ask(
        message_id=uuid.uuid4(), brand_id=acme.brand.id, point_id=point.id, program_id=acme.program.id,
        purpose="marketing",
    )  # fmt: skip
    (verdict,) = gate.judge([ask], now=clock.now())
    assert verdict.outcome == "refuse"


def test_the_same_list_again_changes_nothing(acme: Cast, tmp_path: Path) -> None:
    acme.person(MARIA)
    text = f"phone,opted_out_at\n{MARIA},\n{OMAR},2026-02-03\n{OMAR},2026-02-03\n"
    first = take_in(acme, tmp_path, text)
    events = ConsentEvent.objects.count()
    again = take_in(acme, tmp_path, text)
    assert (first.opted_out, again.opted_out) == (3, 3)
    assert again.unchanged == 3
    assert ConsentEvent.objects.count() == events


def test_who_came_back_since_by_a_second_signature_is_not_sent_away_by_the_same_list(
    acme: Cast, tmp_path: Path
) -> None:
    point = acme.person(MARIA)
    text = f"phone\n{MARIA}\n"
    take_in(acme, tmp_path, text)
    ledger.record(ledger.Entry(point_id=point.id, act=Act.RESUMED, method=Method.AGENT, actor="user:1"))
    take_in(acme, tmp_path, text)
    assert of_number(MARIA) != Status.CLOSED


def test_a_closed_number_stays_closed_whatever_the_date(acme: Cast, tmp_path: Path) -> None:
    point = acme.person(MARIA)
    acme.stop(point)
    before = ConsentEvent.objects.count()
    take_in(acme, tmp_path, f"phone,opted_out_at\n{MARIA},2020-02-03T10:00:00Z\n")
    assert of_number(MARIA) == Status.CLOSED
    assert ConsentEvent.objects.count() == before


def test_a_program_of_the_file_closes_that_program_alone(acme: Cast, tmp_path: Path) -> None:
    acme.person(MARIA)
    take_in(acme, tmp_path, f"phone,program\n{MARIA},acme-club\n")
    assert of_number(MARIA, acme.program) == Status.CLOSED
    assert not Subscription.objects.filter(point__address=MARIA, program=None).exists()


def test_a_program_that_does_not_exist_closes_the_whole_brand(
    acme: Cast, rival: Cast, tmp_path: Path
) -> None:
    acme.person(MARIA)
    take_in(acme, tmp_path, f"phone,program\n{MARIA},rival-club\n")
    assert of_number(MARIA) == Status.CLOSED


def test_another_brands_number_is_not_touched(acme: Cast, rival: Cast, tmp_path: Path) -> None:
    rival.person(MARIA)
    take_in(acme, tmp_path, f"phone\n{MARIA}\n")
    assert Subscription.objects.get(point__brand=rival.brand).status == Status.ACTIVE


def test_of_one_number_in_one_file_leaving_wins(acme: Cast, tmp_path: Path) -> None:
    header = "phone,consent_purpose,consent_method,consent_at,disclosure,opted_out_at"
    yes = f"{MARIA},marketing,web_form,2026-03-02T14:03:00Z,checkout-2026,"
    left = f"{MARIA},marketing,web_form,2026-03-02T14:03:00Z,checkout-2026,2026-02-01T00:00:00Z"
    run = take_in(acme, tmp_path, f"{header}\n{yes}\n{left}\n", kind="people")
    assert (run.accepted, run.cannot_text, run.opted_out) == (0, 1, 1)
    assert not ConsentEvent.objects.filter(act=Act.GRANTED).exists()


@pytest.mark.parametrize("first", ["yes", "left"])
def test_leaving_wins_for_a_known_person_in_any_order(acme: Cast, tmp_path: Path, first: str) -> None:
    acme.person(MARIA, agrees_to=())
    header = "phone,consent_purpose,consent_method,consent_at,disclosure"
    rows = [
        f"{MARIA},{word},web_form,2026-03-02T14:03:00Z,checkout-2026"
        for word in ("marketing", "unsubscribed")
    ]
    rows = rows if first == "yes" else rows[::-1]
    run = take_in(acme, tmp_path, "\n".join([header, *rows]), kind="people")
    assert (run.accepted, run.cannot_text, run.opted_out) == (0, 1, 1)
    assert of_number(MARIA) == Status.CLOSED


def test_a_list_of_opt_outs_keeps_nothing_of_a_person_but_the_number(acme: Cast, tmp_path: Path) -> None:
    take_in(acme, tmp_path, f"phone,first_name,reason\n{MARIA},Maria,angry\n")
    person = Contact.objects.get()
    assert (person.first_name, person.attributes) == ("", {})


def test_when_somebody_left_need_not_be_known(acme: Cast, tmp_path: Path) -> None:
    take_in(acme, tmp_path, f"phone,opted_out_at\n{MARIA},long ago\n")
    assert of_number(MARIA) == Status.CLOSED


def test_the_command_takes_a_list_of_opt_outs(acme: Cast, tmp_path: Path) -> None:
    path, out = tmp_path / "left.csv", StringIO()
    path.write_text(f"Mobile number\n{MARIA}\n")
    options: list[Any] = ["--program", "acme-club", "--opt-outs", "--map", "phone=Mobile number", "--json"]
    with time_machine.travel(dt.datetime(2026, 11, 18, 18, tzinfo=dt.UTC), tick=False):
        call_command("import_contacts", str(path), *options, stdout=out)
    answer = json.loads(out.getvalue())
    assert (answer["opted_out"], answer["layout"]) == (1, "by_hand")
