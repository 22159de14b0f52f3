"""Importing people with proof of consent: what is kept, who may be texted, what an import never does."""

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from consent import ledger
from consent.models import Act, ConsentEvent, Disclosure, Evidence, Method, Status, Subscription
from contacts import csv_rows
from contacts.models import Contact, ContactImport, ContactPoint, ImportRow
from tests.cast import Cast
from tests.csv_files import GOOD, reported, take_in, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def everything() -> tuple[list[Any], ...]:
    return (
        list(Contact.objects.order_by("id").values()),
        list(ContactPoint.objects.order_by("id").values()),
        list(ConsentEvent.objects.order_by("id").values()),
        list(Subscription.objects.order_by("id").values()),
    )


def subscription(acme: Cast, address: str = "+12065557991") -> Subscription | None:
    return Subscription.objects.filter(point__address=address, program=acme.program).first()


def test_a_row_with_proof_becomes_a_person_who_may_be_texted(acme: Cast, tmp_path: Path) -> None:
    run = take_in(
        acme,
        write(tmp_path, GOOD | {"timezone": "America/Los_Angeles", "region": "wa", "favourite": "filter"}),
    )
    assert (run.rows, run.accepted, run.cannot_text, run.refused) == (1, 1, 0, 0)
    person = Contact.objects.get()
    assert (person.full_name, person.timezone, person.region) == ("Maria Young", "America/Los_Angeles", "WA")
    assert person.attributes == {"favourite": "filter"}
    event = ConsentEvent.objects.get(point__address="+12065557991")
    assert (event.act, event.method, event.actor) == (Act.GRANTED, Method.WEB_FORM, f"import:{run.id}")
    assert event.occurred_at == dt.datetime(2026, 3, 2, 19, 3, tzinfo=dt.UTC)
    assert event.purposes == [acme.program.purpose_key("marketing")]
    assert event.disclosure == acme.disclosure
    assert Evidence.objects.get().data == {
        "url": "https://acme.example/join?c=1", "ip": "203.0.113.9",
        "consent_at": "2026-03-02T14:03:00-05:00",
        "file": "people.csv", "sha256": run.sha256, "line": 2,
    }  # fmt: skip
    row = subscription(acme)
    assert row is not None
    assert row.status == Status.ACTIVE


@pytest.mark.parametrize(("changed", "reason"), [
    ({"consent_purpose": ""}, "no_purpose"),
    ({"consent_purpose": "spam"}, "unknown_purpose"),
    ({"consent_purpose": "conversational"}, "unknown_purpose"),
    ({"consent_method": ""}, "no_method"),
    ({"consent_method": "import"}, "method_import"),
    ({"consent_method": "agent"}, "unknown_method"),
    ({"consent_method": "api"}, "unknown_method"),
    ({"consent_at": ""}, "no_time"),
    ({"consent_at": "last spring"}, "unusable_time"),
    ({"consent_at": "2031-01-01T00:00:00Z"}, "time_in_future"),
    ({"consent_at": "2026-11-18"}, "time_unsure"),
    ({"disclosure": ""}, "no_disclosure"),
    ({"disclosure": "does-not-exist"}, "unknown_disclosure"),
    ({"phone": "+44 7700 900197", "country": "GB"}, "unsupported_country"),
])  # fmt: skip
def test_a_row_without_usable_proof_is_kept_but_cannot_be_texted(
    acme: Cast, tmp_path: Path, changed: dict[str, str], reason: str
) -> None:
    path = write(tmp_path, GOOD | changed)
    run = take_in(acme, path)
    assert (run.accepted, run.cannot_text, run.refused) == (0, 1, 0)
    assert Contact.objects.get().first_name == "Maria"
    assert not ConsentEvent.objects.exists()
    assert not Subscription.objects.exists()
    assert ImportRow.objects.get().reasons == [reason]
    assert reported(path)[0]["reasons"] == reason


def test_a_number_of_puerto_rico_is_served_by_a_program_of_the_united_states(
    acme: Cast, tmp_path: Path
) -> None:
    assert take_in(acme, write(tmp_path, GOOD | {"phone": "(787) 555-9994"})).accepted == 1


def test_every_reason_of_a_row_is_named(acme: Cast, tmp_path: Path) -> None:
    path = write(
        tmp_path, GOOD | {"consent_method": "", "consent_at": "", "disclosure": "", "consent_purpose": ""}
    )
    take_in(acme, path)
    assert reported(path)[0]["reasons"].split(";") == ["no_purpose", "no_method", "no_time", "no_disclosure"]


@pytest.mark.parametrize(("phone", "reason"), [
    ("", "phone_missing"), ("call me maybe", "phone_not_a_number"), ("206-555-79", "phone_too_short"),
    ("+1 800 555 0199", "phone_toll_free"),
])  # fmt: skip
def test_a_row_without_a_usable_phone_is_refused_with_its_reason(
    acme: Cast, tmp_path: Path, phone: str, reason: str
) -> None:
    path = write(tmp_path, GOOD | {"phone": phone})
    assert take_in(acme, path).refused == 1
    assert reported(path)[0]["reasons"] == reason
    assert not Contact.objects.exists()


def test_the_same_file_again_changes_nothing(acme: Cast, tmp_path: Path) -> None:
    path = write(
        tmp_path,
        GOOD,
        GOOD | {"consent_at": "2026-04-01T00:00:00Z", "last_name": "López", "cups": "3"},
        GOOD | {"first_name": "Mateo"},
        GOOD | {"phone": "+1 415 555 4328", "consent_method": ""},
    )
    first = take_in(acme, path)
    before = everything()
    second = take_in(acme, path)
    assert everything() == before
    assert (first.unchanged, second.unchanged) == (0, 4)
    assert (second.accepted, second.cannot_text) == (first.accepted, first.cannot_text) == (2, 2)


def test_another_file_brings_the_person_up_to_date_and_blanks_erase_nothing(
    acme: Cast, tmp_path: Path
) -> None:
    take_in(acme, write(tmp_path, GOOD | {"locale": "es-US", "favourite": "filter", "cups": "3"}))
    take_in(acme, write(tmp_path, GOOD | {"last_name": "López", "cups": "4"}, name="later.csv"))
    person = Contact.objects.get()
    assert (person.full_name, person.locale) == ("Maria López", "es-US")
    assert person.attributes == {"favourite": "filter", "cups": "4"}
    assert ConsentEvent.objects.count() == 1


def test_a_later_proof_of_the_same_person_is_added(acme: Cast, tmp_path: Path) -> None:
    take_in(acme, write(tmp_path, GOOD))
    take_in(acme, write(tmp_path, GOOD | {"consent_purpose": "informational"}, name="later.csv"))
    row = subscription(acme)
    assert row is not None
    assert {key.partition(":")[0] for key in row.purposes} == {"marketing", "informational"}


def test_repeats_in_one_file_are_one_person_with_each_proof_once(acme: Cast, tmp_path: Path) -> None:
    run = take_in(
        acme,
        write(
            tmp_path,
            GOOD,
            GOOD,
            GOOD | {"phone": "12065557991", "first_name": "MARIA", "consent_at": "2026-05-01T00:00:00Z"},
        ),
    )
    assert run.accepted == 3
    assert Contact.objects.get().first_name == "Maria"
    assert ConsentEvent.objects.count() == 2


def test_another_person_on_a_number_is_kept_but_not_texted(acme: Cast, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, GOOD | {"first_name": "Mateo"})
    run = take_in(acme, path)
    assert (run.accepted, run.cannot_text) == (1, 1)
    mateo = Contact.objects.get(first_name="Mateo")
    assert mateo.shares_point is not None
    assert mateo.shares_point.contact.first_name == "Maria"
    assert reported(path)[1]["reasons"] == "number_shared"
    assert ConsentEvent.objects.get().contact.first_name == "Maria"


def test_one_brand_does_not_see_the_numbers_of_another(acme: Cast, rival: Cast, tmp_path: Path) -> None:
    rival.stop(rival.person("+12065557991", first_name="Boris"))
    assert take_in(acme, write(tmp_path, GOOD)).accepted == 1
    assert ContactPoint.objects.filter(address="+12065557991").count() == 2


def closed_by_stop(acme: Cast, point: ContactPoint) -> None:
    acme.stop(point)


def closed_by_carrier(acme: Cast, point: ContactPoint) -> None:
    ledger.record(
        ledger.Entry(point_id=point.id, act=Act.BLOCKED_BY_CARRIER, method=Method.CARRIER, actor="carrier")
    )


def held(acme: Cast, point: ContactPoint) -> None:
    ledger.record(ledger.Entry(point_id=point.id, act=Act.HELD, method=Method.PLAIN_WORDS, actor="customer"))


def left_the_program(acme: Cast, point: ContactPoint) -> None:
    ledger.record(
        ledger.Entry(
            point_id=point.id,
            program_id=acme.program.id,
            act=Act.REVOKED,
            method=Method.WEB_FORM,
            actor="customer",
        )
    )


@pytest.mark.parametrize("leave", [closed_by_stop, closed_by_carrier, held, left_the_program])
@pytest.mark.parametrize("consent_at", ["2026-03-02T14:03:00-05:00", "2026-11-18T17:59:00Z"])
@pytest.mark.parametrize("agreed", [(), ("marketing",)])
def test_an_import_never_opens_what_was_closed(
    acme: Cast, tmp_path: Path, leave: Any, consent_at: str, agreed: tuple[str, ...]
) -> None:
    point = acme.person("+12065557991", agrees_to=agreed)
    with time_machine.travel(dt.datetime(2026, 11, 10, tzinfo=dt.UTC), tick=False):
        leave(acme, point)
    ledger_before = everything()[2:]
    path = write(tmp_path, GOOD | {"consent_at": consent_at})
    run = take_in(acme, path)
    assert (run.accepted, run.cannot_text) == (0, 1)
    assert reported(path)[0]["reasons"] == "opted_out_before"
    assert everything()[2:] == ledger_before


def test_a_purpose_that_was_left_is_not_agreed_to_again_by_an_import(acme: Cast, tmp_path: Path) -> None:
    point = acme.person("+12065557991", agrees_to=("marketing", "informational"))
    marketing = acme.program.purpose_key("marketing")
    assert marketing
    ledger.record(ledger.Entry(
        point_id=point.id, program_id=acme.program.id, act=Act.REVOKED, method=Method.AGENT, actor="customer",
        purposes=(marketing,),
    ))  # fmt: skip
    take_in(acme, write(tmp_path, GOOD | {"consent_purpose": "marketing;informational"}))
    row = subscription(acme)
    assert row is not None
    assert {key.partition(":")[0] for key in row.purposes} == {"informational"}


def test_an_old_proof_is_no_yes_to_a_new_wording(acme: Cast, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    take_in(acme, path)
    acme.program.purposes = acme.program.purposes | {"marketing": "Anything we like."}
    acme.program.save()
    assert take_in(acme, path).cannot_text == 1
    assert reported(path)[0]["reasons"] == "wording_changed"
    assert ConsentEvent.objects.count() == 1


def test_the_disclosure_is_the_version_that_was_shown_when_they_agreed(acme: Cast, tmp_path: Path) -> None:
    Disclosure.objects.create(
        brand=acme.brand, program=acme.program, slug="checkout-2026", version=2,
        text="Another …", sha256="1" * 64,
        created_at=dt.datetime(2026, 11, 18, 17, tzinfo=dt.UTC),
    )  # fmt: skip
    late = GOOD | {"phone": "+1 415 555 4328", "consent_at": "2026-11-18T17:30:00Z"}
    take_in(acme, write(tmp_path, GOOD, late))
    shown = dict(ConsentEvent.objects.values_list("point__address", "disclosure__version"))
    assert shown == {"+12065557991": 1, "+14155554328": 2}


def test_a_time_zone_nobody_lives_in_is_left_empty_and_said(acme: Cast, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD | {"timezone": "Mars/Olympus"})
    assert take_in(acme, path).accepted == 1
    assert Contact.objects.get().timezone == ""
    assert "Mars/Olympus" in reported(path)[0]["detail"]


def test_a_formula_is_kept_as_text_and_runs_in_no_spreadsheet(acme: Cast, tmp_path: Path) -> None:
    formula = "=cmd|' /C calc'!A0"
    path = write(tmp_path, GOOD | {"first_name": formula}, GOOD | {"phone": "=1+cmd|' /C calc'!A0"})
    take_in(acme, path)
    assert Contact.objects.get().first_name == formula
    assert [row["phone"] for row in reported(path)] == ["(206) 555-7991", "'=1+cmd|' /C calc'!A0"]


def test_a_row_whose_cells_cannot_be_told_apart_is_refused(acme: Cast, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    with path.open("a", encoding="utf-8") as more:
        more.write(
            "+12065550143,Ana,one,comma,too,many,here,US,marketing,web_form,2026-01-01T00:00:00Z\n\n,,,,,,,,,,\n"
        )
    run = take_in(acme, path)
    assert (run.rows, run.accepted, run.refused) == (2, 1, 1)
    assert reported(path)[1]["reasons"] == "unreadable_row"


def test_all_rows_of_a_file_are_in_or_none(acme: Cast, tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, GOOD | {"phone": "+1 415 555 4328"})
    with path.open("ab") as more:
        more.write(b"+12065550143,\xff\xfe\n")
    with pytest.raises(csv_rows.BadFile, match="UTF-8"):
        take_in(acme, path)
    assert not Contact.objects.exists()
    run = ContactImport.objects.get()
    assert (run.status, run.rows) == (ContactImport.Status.FAILED, 0)
    assert "UTF-8" in run.problem
    assert [file.name for file in tmp_path.iterdir()] == ["people.csv"]


@pytest.mark.parametrize(("content", "words"), [
    (b"", "empty"),
    (b"phone,first_name\n", "lacks consent_purpose, consent_method, consent_at, disclosure.*--map"),
    (b"phone;first_name\n", "lacks consent_purpose"),
    (b"phone,phone,consent_purpose,consent_method,consent_at,disclosure\n", "phone more than once"),
    (b"phone,consent_purpose,consent_method,consent_at,disclosure\nJos\xc3\xa9,\xe9", "UTF-8 at first and then"),
    (b'phone,consent_purpose,consent_method,consent_at,disclosure\n"+1206', "quote"),
])  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_one_line_with_the_cure(
    acme: Cast, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "broken.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=words) as caught:
        call_command("import_contacts", str(path), "--program", "acme-club")
    assert "\n" not in str(caught.value)


def test_the_command_names_the_programs_there_are(acme: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no program 'tea'; there are: acme-club"):
        call_command("import_contacts", str(write(tmp_path, GOOD)), "--program", "tea")


def test_the_command_says_when_there_is_no_such_file(acme: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_contacts", str(tmp_path / "none.csv"), "--program", "acme-club")


def test_the_command_ends_with_one_json_line(acme: Cast, tmp_path: Path) -> None:
    path, out = write(tmp_path, GOOD, GOOD | {"phone": ""}), StringIO()
    call_command("import_contacts", str(path), "--program", "acme-club", "--json", stdout=out)
    answer = json.loads(out.getvalue().splitlines()[-1])
    assert answer.pop("rows_per_s") > 0
    assert answer == {
        "import": str(ContactImport.objects.get().id), "layout": "standard", "rows": 2, "imported": 1,
        "accepted": 1, "cannot_text": 0, "opted_out": 0, "refused": 1, "unchanged": 0,
        "reasons": {"phone_missing": 1}, "report": str(tmp_path / "people.report.csv"), "in_flight": 0,
    }  # fmt: skip


def test_a_dry_run_judges_and_keeps_nothing(acme: Cast, tmp_path: Path) -> None:
    path, out = write(tmp_path, GOOD, GOOD | {"phone": ""}), StringIO()
    call_command("import_contacts", str(path), "--program", "acme-club", "--dry-run", stdout=out)
    assert "2 rows: 1 accepted, 0 cannot be texted, 0 left, 1 refused" in out.getvalue()
    assert not Contact.objects.exists()
    assert not ContactImport.objects.exists()
    assert [file.name for file in tmp_path.iterdir()] == ["people.csv"]
