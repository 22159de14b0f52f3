"""An import beside a living system: nobody waits for it, a STOP meanwhile wins, and memory stays flat."""

import resource
from pathlib import Path

import pytest

from consent import intake, intake_taking
from consent.models import Status, Subscription
from contacts.models import ContactImport, ContactPoint, ImportRow
from tests.cast import Cast
from tests.connections import in_another_connection

pytestmark = pytest.mark.django_db(transaction=True)
HEADER = "phone,first_name,consent_purpose,consent_method,consent_at,disclosure\n"


def write(path: Path, first: int, count: int) -> Path:
    with path.open("w", encoding="utf-8") as out:
        out.write(HEADER)
        for number in range(first, first + count):
            out.write(f"+1206{number},Ana {number},marketing,web_form,2026-03-02T14:03:00Z,checkout-2026\n")
    return path


@pytest.mark.parametrize("stage", ["adding people", "bringing people up to date", "recording consent"])
def test_a_stop_during_an_import_does_not_wait_and_wins(acme: Cast, tmp_path: Path, stage: str) -> None:
    point = acme.person("+12065557991", agrees_to=(), first_name="Ana 5557991")
    seen = []

    def on_progress(now: str, _rows: int, _share: float) -> None:
        if now == stage:
            in_another_connection(lambda: acme.stop(point))
            seen.append(now)

    path = write(tmp_path / "people.csv", 5557990, 3)
    run = intake.import_file(path, program=acme.program, filename="people.csv", on_progress=on_progress)
    assert seen == [stage]
    assert (run.accepted, run.cannot_text) == (2, 1)
    assert ImportRow.objects.get().reasons == ["opted_out_before"]
    assert not Subscription.objects.filter(point=point, program=acme.program).exists()
    assert Subscription.objects.get(point=point, program=None).status == Status.CLOSED


def test_a_number_that_wrote_in_meanwhile_keeps_its_contact_point(acme: Cast, tmp_path: Path) -> None:
    def on_progress(now: str, _rows: int, _share: float) -> None:
        if now == "adding people":
            in_another_connection(lambda: acme.stop(acme.person("+12065557991", agrees_to=(), first_name="")))

    path = write(tmp_path / "people.csv", 5557990, 3)
    run = intake.import_file(path, program=acme.program, filename="people.csv", on_progress=on_progress)
    assert (run.accepted, run.cannot_text) == (2, 1)
    point = ContactPoint.objects.get(address="+12065557991")
    assert (point.contact.first_name, point.contact.last_name) == ("Ana 5557991", "Young")


def test_the_admin_sees_rows_counted_while_the_import_runs(acme: Cast, tmp_path: Path) -> None:
    seen: list[tuple[str, int]] = []

    def look() -> None:
        run = ContactImport.objects.get()
        seen.append((run.status, run.rows))

    def on_progress(now: str, _rows: int, _share: float) -> None:
        if now == "recording consent":
            in_another_connection(look)

    path = write(tmp_path / "people.csv", 5557990, 3)
    intake.import_file(path, program=acme.program, filename="people.csv", on_progress=on_progress)
    assert seen == [(ContactImport.Status.RUNNING, 3)]


def test_more_rows_take_no_more_memory(acme: Cast, tmp_path: Path) -> None:
    def peak_megabytes() -> float:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    warm = write(tmp_path / "warm.csv", 2_000_000, intake_taking.PAGE + 1)
    intake.import_file(warm, program=acme.program, filename="warm.csv")
    before = peak_megabytes()
    more = write(tmp_path / "more.csv", 3_000_000, 4 * intake_taking.PAGE)
    assert (
        intake.import_file(more, program=acme.program, filename="more.csv").accepted == 4 * intake_taking.PAGE
    )
    assert peak_megabytes() - before < 40
