"""A preview: the import without its writing. It says what the import will say, and touches nothing."""

import csv
import json
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from consent import intake, ledger
from contacts.models import ContactImport
from tests.cast import Cast
from tests.csv_files import GOOD, write

SAME = ("rows", "accepted", "cannot_text", "opted_out", "refused", "unchanged", "reasons")


def busy_file(acme: Cast, folder: Path) -> Path:
    """Known and new people, closed numbers, sharers, repeats, leavers and rubbish in one file."""
    acme.person("+12065557991", agrees_to=(), first_name="Maria")
    acme.stop(acme.person("+12065557992"))
    rows = [
        GOOD, GOOD | {"last_name": "López"}, GOOD | {"first_name": "Mateo"},
        GOOD | {"phone": "+12065557992", "first_name": "Omar"},
        GOOD | {"phone": "+12065557993"}, GOOD | {"phone": "+12065557993", "first_name": "Pia"},
        GOOD | {"phone": "+12065557994", "consent_purpose": "unsubscribed"}, GOOD | {"phone": "+12065557994"},
        GOOD | {"phone": "12"}, GOOD | {"phone": "+12065557995", "disclosure": ""},
    ]  # fmt: skip
    return write(folder, *rows)


def tables() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def previewed(acme: Cast, path: Path) -> ContactImport:
    row = intake.describe(path, program=acme.program, filename=path.name)
    return intake.preview(path, row, program=acme.program).contact_import


@pytest.mark.django_db
@pytest.mark.usefixtures("noon")
def test_a_preview_writes_nothing_and_the_import_then_says_the_same(acme: Cast, tmp_path: Path) -> None:
    path = busy_file(acme, tmp_path)
    before = tables()
    preview = previewed(acme, path)
    assert tables() == before
    assert [file.name for file in tmp_path.iterdir()] == ["people.csv"]
    run = intake.import_file(path, program=acme.program, filename=path.name)
    assert {name: getattr(preview, name) for name in SAME} == {name: getattr(run, name) for name in SAME}
    assert (run.accepted, run.cannot_text, run.opted_out, run.refused) == (3, 5, 1, 1)
    again = previewed(acme, path)
    assert again.unchanged == 9


@pytest.mark.django_db(transaction=True)
def test_a_preview_locks_no_number_and_makes_nobody_wait(acme: Cast, tmp_path: Path) -> None:
    path = busy_file(acme, tmp_path)
    point = acme.person("+12065557999")
    done = threading.Event()

    def look() -> None:
        try:
            previewed(acme, path)
            done.set()
        finally:
            connection.close()

    with transaction.atomic():
        ledger.lock_points([point.id, acme.person("+12065557998").id])
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(timeout=10)
        assert done.is_set(), "the preview waits for a number that is held"


@pytest.mark.django_db
@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize(("encoding", "separator"), [
    ("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-16-le", ","), ("cp1252", ";"), ("utf-8", "|"),
])  # fmt: skip
def test_every_usual_way_of_writing_a_csv_is_read(
    acme: Cast, tmp_path: Path, encoding: str, separator: str
) -> None:
    path = tmp_path / "people.csv"
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, GOOD, delimiter=separator)
        writer.writeheader()
        writer.writerow(GOOD | {"first_name": "José", "last_name": "Müller, Söhne"})
    run = intake.import_file(path, program=acme.program, filename=path.name)
    assert run.accepted == 1
    person = acme.brand.contacts.get()
    assert person.full_name == "José Müller, Söhne"


@pytest.mark.django_db
@pytest.mark.usefixtures("noon")
def test_the_command_maps_any_other_file(acme: Cast, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Mobile;Given name;Signed up\n+12065557991;Nina;2026-03-01T10:00:00Z\n", encoding="utf-8")
    options: list[Any] = ["--program", "acme-club", "--json"]
    options += ["--map", "phone=Mobile", "--map", "consent_at=Signed up", "--set", "disclosure=checkout-2026"]
    options += ["--set", "consent_method=paper", "--set", "consent_purpose=marketing"]
    before, out = tables(), StringIO()
    call_command("import_contacts", str(path), *options, "--preview", stdout=out)
    assert tables() == before
    assert json.loads(out.getvalue())["accepted"] == 1
    call_command("import_contacts", str(path), *options, stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["accepted"] == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("option", "words"), [
    (["--map", "phone=Telephone"], "phone: the file has no column 'Telephone'; it has: Mobile"),
    (["--map", "telephone=Mobile"], "'telephone' is no column of an import; there are"),
    (["--map", "phone"], "write our column, =, and theirs"),
    (["--map", "consent_at=Mobile"], "phone: choose the column with the numbers"),
    (["--map", "phone=Mobile", "--set", "consent_at=2026-01-01"], "consent_at: one value for all rows cannot be true"),
])  # fmt: skip
def test_a_wrong_column_is_named_with_the_fix(
    acme: Cast, tmp_path: Path, option: list[str], words: str
) -> None:
    path = tmp_path / "other.csv"
    path.write_text("Mobile\n+12065557991\n")
    with pytest.raises(CommandError, match=words.replace("(", r"\(")):
        call_command("import_contacts", str(path), "--program", "acme-club", *option)
