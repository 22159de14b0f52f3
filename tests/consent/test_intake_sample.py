"""The messy sample export: most of it is accepted, and every exception has its reason."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from campaigns import program_file
from consent import intake
from consent.models import ConsentEvent, Program, Subscription
from contacts.models import Contact, ContactPoint, ImportRow

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_the_sample_is_mostly_accepted_and_every_exception_is_named(tmp_path: Path) -> None:
    program_file.apply_file(ROOT / "programs" / "acme.toml")
    program = Program.objects.get()
    path = tmp_path / "customers.csv"
    shutil.copy(ROOT / "programs" / "customers.csv", path)
    run = intake.import_file(path, program=program, filename=path.name)
    assert run.rows == 1235
    assert run.accepted + run.cannot_text + run.refused == run.rows
    assert run.accepted > 900
    exceptions = ImportRow.objects.filter(contact_import=run)
    assert all(row.reasons for row in exceptions)
    reasons = Counter(reason for row in exceptions for reason in row.reasons)
    expected = {
        "phone_missing", "phone_not_a_number", "phone_too_short", "phone_toll_free",
        "no_method", "method_import", "no_time", "time_in_future", "unknown_purpose", "unknown_disclosure",
        "unsupported_country", "number_shared",
    }  # fmt: skip
    assert expected <= set(reasons)
    assert reasons["method_import"] == 130 - reasons_of_refused(exceptions, path, "import")
    granted = set(ConsentEvent.objects.values_list("point_id", flat=True))
    textable = set(Subscription.objects.filter(status="active").values_list("point_id", flat=True))
    assert granted == textable
    assert not ContactPoint.objects.filter(country="GB", id__in=granted).exists()
    assert Contact.objects.filter(first_name__contains="DROP TABLE").exists()
    before = (Contact.objects.count(), ConsentEvent.objects.count())
    again = intake.import_file(path, program=program, filename=path.name)
    assert (Contact.objects.count(), ConsentEvent.objects.count()) == before
    assert again.unchanged == run.accepted + run.cannot_text


def reasons_of_refused(exceptions: object, path: Path, method: str) -> int:
    """How many refused rows name this method: a refused row is not judged for its consent."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    refused = ImportRow.objects.filter(outcome="refused").values_list("line", flat=True)
    return sum(f",{method}," in lines[line - 1] for line in refused)
