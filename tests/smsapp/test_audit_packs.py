"""Export packs: what is in one, that a stranger can check it, and that it does not outlive an erasure."""

import csv
import datetime as dt
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse
from pypdf import PdfReader

from consent import evidence, sealing, signing
from consent.models import Access, Act, ConsentEvent, Erasure, Method
from contacts import clock
from contacts.models import ContactPoint
from smsapp.audit import pack_making, packs
from smsapp.audit.packs import Pack
from tests.admin_story import client_of, hears, says
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
TODAY = dt.date(2026, 11, 18)


@pytest.fixture(autouse=True)
def var(settings: Any, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture
def maria(noon: Any, acme: Cast) -> ContactPoint:
    """She agreed, got a text, wrote something dangerous to a spreadsheet, and left; all of it sealed."""
    point = acme.person(first_name="Łucja", last_name="Young")
    says(acme, point, "Grind finer")
    hears(acme, point, '=HYPERLINK("x")')
    acme.stop(point)
    sealing.seal(acme.brand.id)
    return point


def ordered(cast: Cast, **what: Any) -> Pack:
    pack = packs.order(
        brand_id=cast.brand.id, asked_by=cast.team["auditor"].pk, **{"with_words": True} | what
    )
    pack_making.make(pack.brand_id, pack.id)
    found = packs.find([cast.brand.id], pack.id)
    assert found
    return found


@pytest.fixture
def files(acme: Cast, maria: ContactPoint) -> Iterator[zipfile.ZipFile]:
    """The pack of one person."""
    pack = ordered(acme, contact_id=maria.contact_id)
    assert (pack.state, pack.problem) == (packs.READY, "")
    with zipfile.ZipFile(packs.file_of(pack)) as archive:
        yield archive


def rows_of(archive: zipfile.ZipFile, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(archive.read(f"{table}.json"))
    return found


def test_a_persons_pack_holds_the_whole_record_twice(files: zipfile.ZipFile, maria: ContactPoint) -> None:
    consents = rows_of(files, "consents")
    assert [(row["seq"], row["act"], row["leaf"]) for row in consents] == [
        (1, "granted", 0),
        (2, "revoked", 1),
    ]
    assert consents[0]["evidence"]["page"] == "https://acme.example/join"
    assert {row["body"] for row in rows_of(files, "messages")} == {"Grind finer", '=HYPERLINK("x")'}
    [decision] = rows_of(files, "decisions")
    assert decision["in_words"] == "Agreed to, and now is a good time"
    assert rows_of(files, "people")[0]["numbers"] == [maria.address]
    sheet = list(csv.DictReader(files.read("consents.csv").decode().splitlines()))
    assert [row["hash"] for row in sheet] == [row["hash"] for row in consents]


def test_no_cell_of_a_pack_is_run_by_a_spreadsheet(files: zipfile.ZipFile) -> None:
    bodies = [row["body"] for row in csv.DictReader(files.read("messages.csv").decode().splitlines())]
    assert '\'=HYPERLINK("x")' in bodies


def test_a_stranger_checks_the_receipts_with_what_is_in_the_pack(
    files: zipfile.ZipFile, maria: ContactPoint, tmp_path: Path
) -> None:
    files.extractall(tmp_path / "pack")
    key = signing.current().public_key
    assert key in files.read("README.txt").decode()
    check = [sys.executable, "-I", "verify_receipt.py", f"receipts/{maria.id}.json", "--key", key]
    check += ["--head", "tree-heads.jsonl"]
    done = subprocess.run(check, cwd=tmp_path / "pack", capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1][:6]) == (0, "PROVED"), done.stdout


def test_the_summary_is_a_pdf_that_tells_the_person_and_what_happened(
    files: zipfile.ZipFile, maria: ContactPoint
) -> None:
    pages = PdfReader(io.BytesIO(files.read("summary.pdf"))).pages
    told = " ".join(" ".join(page.extract_text() for page in pages).split())
    for expected in (
        "Consent record",
        f"Łucja Young, {maria.address}",
        "The number was closed to every program, by keyword.",
        "Agreed: marketing texts",
        "verified",
        signing.current().public_key,
    ):
        assert expected in told, expected


def test_the_summary_of_a_period_counts_what_happened(acme: Cast, maria: ContactPoint) -> None:
    pack = ordered(acme, first=TODAY, last=TODAY)
    with zipfile.ZipFile(packs.file_of(pack)) as archive:
        [page, *_] = PdfReader(io.BytesIO(archive.read("summary.pdf"))).pages
    told = " ".join(page.extract_text().split())
    for expected in (
        "2026-11-18 to 2026-11-18",
        "Agreed Web form 1",
        "Left Keyword 1",
        "allowed 1",
        "Received 1",
    ):
        assert expected in told, told


def test_a_pack_without_words_holds_none_and_its_receipts_still_prove(
    acme: Cast, maria: ContactPoint
) -> None:
    pack = ordered(acme, contact_id=maria.contact_id, with_words=False)
    with zipfile.ZipFile(packs.file_of(pack)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        made = json.loads(archive.read(f"receipts/{maria.id}.json"))
    for word in (b"Grind finer", b"HYPERLINK", b"acme.example/join", b"203.0.113.9"):
        assert word not in everything, word
    assert {each["ledger"]["evidence"]["status"] for each in made["receipts"]} == {"withheld", "none"}


def test_a_periods_pack_holds_what_was_recorded_in_these_days_and_nothing_else(
    acme: Cast, maria: ContactPoint, rival: Cast, noon: Any
) -> None:
    other = rival.person(first_name="Zqrival")
    noon.shift(dt.timedelta(days=2))
    late = acme.person(first_name="Late")
    sealing.seal(acme.brand.id)
    pack = ordered(acme, first=TODAY, last=TODAY + dt.timedelta(days=1))
    with zipfile.ZipFile(packs.file_of(pack)) as archive:
        assert {row["number"] for row in rows_of(archive, "consents")} == {maria.address}
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert [name for name in archive.namelist() if name.startswith("receipts/")] == [
            f"receipts/{maria.id}.json"
        ]
    assert late.address.encode() not in everything
    assert other.address.encode() not in everything
    assert b"Zqrival" not in everything


def test_the_days_are_the_brands_own(acme: Cast, maria: ContactPoint, noon: Any) -> None:
    noon.move_to(dt.datetime(2026, 11, 21, 4, 30, tzinfo=dt.UTC))  # still the 20th in New York
    night = acme.person()
    sealing.seal(acme.brand.id)
    for day, numbers in ((20, {night.address}), (21, set())):
        pack = ordered(acme, first=dt.date(2026, 11, day), last=dt.date(2026, 11, day))
        with zipfile.ZipFile(packs.file_of(pack)) as archive:
            assert {row["number"] for row in rows_of(archive, "consents")} == numbers


def test_a_pack_is_ordered_watched_and_taken_along(
    acme: Cast, maria: ContactPoint, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_of(acme.team["auditor"])
    answer = client.post(reverse("audit:order"), {"contact": str(maria.contact_id), "with_words": "on"})
    assert "Waiting for a worker" in client.get(answer["Location"]).content.decode()
    [pack] = packs.of_brands([acme.brand.id])
    assert client.get(reverse("audit:pack-file", args=[pack.id])).status_code == 404
    pack_making.make(pack.brand_id, pack.id)
    shown = client.get(answer["Location"]).content.decode()
    assert "Download" in shown
    with django_capture_on_commit_callbacks(execute=True):
        taken = client.get(reverse("audit:pack-file", args=[pack.id]))
        content = b"".join(taken.streaming_content)  # type: ignore[attr-defined]
    assert content.startswith(b"PK")
    assert Access.objects.get().page == "download"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"first": "2026-11-18", "last": "2026-11-01"}, "this day lies before the first"),
        ({"first": "", "last": "2026-11-01"}, "This field is required"),
        ({"first": "18.11.2026", "last": "2026-11-01"}, "Enter a valid date"),
    ],
)
def test_an_order_that_cannot_be_meant_is_refused_in_words(
    acme: Cast, sent: dict[str, str], says: str
) -> None:
    client = client_of(acme.team["owner"])
    answer = client.post(reverse("audit:order"), {"brand": str(acme.brand.id), **sent})
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert packs.of_brands([acme.brand.id]) == []


def test_another_brands_person_pack_or_period_cannot_be_had(
    acme: Cast, maria: ContactPoint, rival: Cast
) -> None:
    pack = ordered(acme, contact_id=maria.contact_id)
    client = client_of(rival.team["owner"])
    assert client.get(reverse("audit:pack", args=[pack.id])).status_code == 404
    assert client.get(reverse("audit:pack-file", args=[pack.id])).status_code == 404
    assert client.post(reverse("audit:order"), {"contact": str(maria.contact_id)}).status_code == 404
    period = {"brand": str(acme.brand.id), "first": "2026-11-18", "last": "2026-11-18"}
    assert client.post(reverse("audit:order"), period).status_code == 400


def test_a_pack_is_made_once(acme: Cast, maria: ContactPoint) -> None:
    pack = ordered(acme, contact_id=maria.contact_id)
    before = packs.file_of(pack).stat()
    pack_making.make(pack.brand_id, pack.id)
    assert packs.file_of(pack).stat().st_mtime_ns == before.st_mtime_ns


def test_only_the_owner_of_the_process_reads_a_pack(acme: Cast, maria: ContactPoint) -> None:
    pack = ordered(acme, contact_id=maria.contact_id)
    assert packs.file_of(pack).stat().st_mode & 0o077 == 0
    assert packs.folder_of(pack).stat().st_mode & 0o077 == 0


def erased(cast: Cast, point: ContactPoint) -> None:
    Erasure.objects.create(
        brand=cast.brand,
        contact_id=point.contact_id,
        reason="asked",
        asked_at=clock.now(),
        finished_at=clock.now(),
    )


def test_after_an_erasure_no_pack_made_before_is_handed_out_or_kept(
    acme: Cast, maria: ContactPoint, var: Path
) -> None:
    pack = ordered(acme, first=TODAY, last=TODAY)
    erased(acme, maria)
    client = client_of(acme.team["owner"])
    assert client.get(reverse("audit:pack-file", args=[pack.id])).status_code == 404
    assert packs.sweep()["deleted"] == 1
    assert [path for path in (var / "exports").rglob("*") if path.is_file()] == []


def test_a_pack_in_the_making_during_an_erasure_is_thrown_away(
    acme: Cast, maria: ContactPoint, monkeypatch: Any
) -> None:
    write = pack_making._write

    def write_slowly(pack: Pack, path: Path) -> Pack:
        made = write(pack, path)
        erased(acme, maria)
        return made

    monkeypatch.setattr(pack_making, "_write", write_slowly)
    pack = ordered(acme, first=TODAY, last=TODAY)
    assert pack.state == packs.FAILED
    assert "erased while it was made" in pack.problem
    assert list(packs.folder_of(pack).glob("*.zip")) == []


def test_packs_are_deleted_after_a_week(acme: Cast, maria: ContactPoint, noon: Any) -> None:
    pack = ordered(acme, contact_id=maria.contact_id)
    noon.shift(dt.timedelta(days=6, hours=23))
    assert packs.sweep()["deleted"] == 0
    noon.shift(dt.timedelta(hours=2))
    assert packs.sweep()["deleted"] == 1
    assert packs.find([acme.brand.id], pack.id) is None


def test_what_waits_is_told_to_a_worker_again_and_what_lost_its_worker_fails(
    acme: Cast, maria: ContactPoint, noon: Any
) -> None:
    pack = packs.order(
        brand_id=acme.brand.id, asked_by=acme.team["owner"].pk, contact_id=maria.contact_id, with_words=True
    )
    assert packs.sweep() == {"deleted": 0, "failed": 0, "waiting": 1}
    packs.claim(acme.brand.id, pack.id)
    noon.shift(dt.timedelta(minutes=6))
    assert packs.sweep() == {"deleted": 0, "failed": 1, "waiting": 0}
    found = packs.find([acme.brand.id], pack.id)
    assert found
    assert "Order it again" in found.problem


def test_too_many_numbers_are_refused_with_the_cure(
    acme: Cast, maria: ContactPoint, monkeypatch: Any
) -> None:
    monkeypatch.setattr(pack_making, "MOST_NUMBERS", 0)
    pack = ordered(acme, first=TODAY, last=TODAY)
    assert (pack.state, "Choose fewer days" in pack.problem) == (packs.FAILED, True)


def test_a_person_of_whom_nothing_was_ever_recorded_has_a_pack_too(acme: Cast, maria: ContactPoint) -> None:
    nobody = acme.person(agrees_to=())
    pack = ordered(acme, contact_id=nobody.contact_id)
    assert pack.state == packs.READY
    with zipfile.ZipFile(packs.file_of(pack)) as archive:
        assert rows_of(archive, "consents") == []
        assert "receipts/" not in "".join(archive.namelist())


def test_an_event_that_was_erased_is_told_as_erased(acme: Cast, maria: ContactPoint) -> None:
    event = ConsentEvent.objects.filter(point=maria, act=Act.GRANTED, method=Method.WEB_FORM).get()
    evidence.delete([evidence.Place(maria.id, event.contact_id, event.program_id)], actor="system")
    pack = ordered(acme, contact_id=maria.contact_id)
    with zipfile.ZipFile(packs.file_of(pack)) as archive:
        states = {row["act"]: row["evidence_state"] for row in rows_of(archive, "consents")}
    assert states["granted"] == "erased"


def test_the_command_writes_a_period_into_a_file_and_keeps_nothing_else(
    acme: Cast, maria: ContactPoint, var: Path, django_capture_on_commit_callbacks: Any
) -> None:
    file = var / "november.zip"
    with django_capture_on_commit_callbacks(execute=True):
        days = ["--from", "2026-11-01", "--to", "2026-11-30", "--brand", "acme"]
        call_command("consent_export", *days, "-o", str(file), "--json", stdout=(said := io.StringIO()))
    assert json.loads(said.getvalue())["counts"]["consents"] == 2
    assert zipfile.is_zipfile(file)
    assert file.stat().st_mode & 0o077 == 0
    assert packs.of_brands([acme.brand.id]) == []
    assert list(Access.objects.values_list("page", "user", "detail")) == [
        ("export", None, "2026-11-01 to 2026-11-30")
    ]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--from", "March", "--to", "2026-11-30", "--brand", "acme"], "--from: 'March' is no day"),
        (["--from", "2026-11-01", "--brand", "acme"], "--to: None is no day"),
        (["--from", "2026-11-02", "--to", "2026-11-01", "--brand", "acme"], "--to: this day lies before"),
        (["--from", "2026-11-01", "--to", "2026-11-30"], "--brand: there is no brand None; there is acme"),
    ],
)
def test_the_command_names_what_is_wrong_and_the_cure(
    acme: Cast, var: Path, options: list[str], says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        call_command("consent_export", *options, "-o", str(var / "x.zip"))
    assert not (var / "x.zip").exists()
