"""People who were erased: no import takes them in again, and their numbers are kept nowhere."""

from pathlib import Path
from typing import Any

import pytest

from consent import intake, suppressions
from consent.models import Suppression
from contacts.models import Contact, ContactPoint, ImportRow
from tests.cast import Cast
from tests.csv_files import GOOD, reported, take_in, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ERASED = ("sms", "+12065557991")


def test_an_erased_number_is_refused_and_not_kept(acme: Cast, tmp_path: Path) -> None:
    suppressions.add(acme.brand.id, [ERASED])
    path = write(tmp_path, GOOD, GOOD | {"phone": "+14155554328", "first_name": "Ana"})
    run = take_in(acme, path)
    assert (run.accepted, run.refused) == (1, 1)
    assert not ContactPoint.objects.filter(address=ERASED[1]).exists()
    assert not Contact.objects.filter(first_name="Maria").exists()
    row = ImportRow.objects.get()
    assert (row.reasons, row.phone, row.detail) == (["erased_person"], "…91", "")
    assert reported(path)[0]["phone"] == "…91"


def test_an_opt_out_list_does_not_bring_an_erased_number_back(acme: Cast, tmp_path: Path) -> None:
    suppressions.add(acme.brand.id, [ERASED])
    path = tmp_path / "left.csv"
    path.write_text(f"phone\n{ERASED[1]}\n")
    row = intake.describe(path, program=acme.program, filename="left.csv", kind="opt_outs")
    assert intake.run(path, row, program=acme.program).contact_import.refused == 1
    assert not ContactPoint.objects.exists()


def test_a_preview_refuses_it_too(acme: Cast, tmp_path: Path) -> None:
    suppressions.add(acme.brand.id, [ERASED])
    path = write(tmp_path, GOOD)
    row = intake.describe(path, program=acme.program, filename=path.name)
    assert intake.preview(path, row, program=acme.program).contact_import.refused == 1


def test_one_brands_erasure_is_not_anothers(acme: Cast, rival: Cast, tmp_path: Path) -> None:
    suppressions.add(rival.brand.id, [ERASED])
    assert take_in(acme, write(tmp_path, GOOD)).accepted == 1
    assert suppressions.is_suppressed(rival.brand.id, [ERASED, ("sms", "+12")]) == {ERASED}


def test_no_number_stands_in_the_table_and_adding_twice_is_once(acme: Cast) -> None:
    suppressions.add(acme.brand.id, [ERASED])
    suppressions.add(acme.brand.id, [ERASED])
    stub = Suppression.objects.get()
    assert "2065557991" not in str(stub.__dict__)
    assert len(stub.digest) == 64


def test_after_a_new_key_the_old_digests_still_hold(acme: Cast, settings: Any) -> None:
    settings.SUPPRESSION_KEYS = ["old"]
    suppressions.add(acme.brand.id, [ERASED])
    settings.SUPPRESSION_KEYS = ["new", "old"]
    assert suppressions.is_suppressed(acme.brand.id, [ERASED]) == {ERASED}


def test_without_its_key_nothing_is_imported_rather_than_somebody_missed(
    acme: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.SUPPRESSION_KEYS = ["old"]
    suppressions.add(acme.brand.id, [ERASED])
    settings.SUPPRESSION_KEYS = ["new"]
    with pytest.raises(suppressions.LostKey, match="SUPPRESSION_KEY"):
        take_in(acme, write(tmp_path, GOOD))
    assert not Contact.objects.exists()
