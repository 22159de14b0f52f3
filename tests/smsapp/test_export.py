"""A person's data, for the person: all of it, readable, and nothing of anybody else."""

import csv
import io
import json
import stat
import zipfile
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from consent.models import Access, ConsentEvent
from contacts import clock
from messaging.models import Message
from smsapp.privacy import erase, export, export_files
from tests import calls
from tests.admin_story import hears
from tests.cast import Cast
from tests.smsapp import whole_life
from tests.smsapp.whole_life import FIRST, LAST, MAIL, NUMBER, Life

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)


@pytest.fixture
def life(noon: time_machine.Traveller, acme: Cast) -> Life:
    return whole_life.live(acme, noon)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_all_that_is_kept_of_her_is_in_it(life: Life) -> None:
    told = export.gather(life.point.contact_id)
    assert told["person"]["first_name"] == FIRST
    assert told["person"]["attributes"] == {"mail": MAIL}
    assert [number["address"] for number in told["numbers"]] == [NUMBER]
    assert [one["seq"] for one in told["consents"]] == list(range(1, len(told["consents"]) + 1))
    assert any(one["wording"] and one["evidence"] for one in told["consents"])
    kept = Message.objects.filter(contact=life.point.contact_id)
    assert len(told["messages"]) == kept.count()
    assert any(one["decisions"] for one in told["messages"])
    for kind in (
        "notes", "journeys", "requests_to_join", "requests_to_open_again", "rows_of_imports", "raw_requests",
    ):  # fmt: skip
        assert told[kind], kind
    [chain] = told["receipts"]
    assert chain["events"] == ConsentEvent.objects.filter(point=life.point).count()


def test_every_trace_that_an_erasure_removes_is_in_the_export(life: Life) -> None:
    before = whole_life.traces("\n".join(export_files.files(life.point.contact_id).values()))
    assert set(before) == set(whole_life.TRACES)
    erase.erase(life.point.contact_id, asked_by=None, reason="asked by mail")
    after = "\n".join(export_files.files(life.point.contact_id).values())
    assert whole_life.traces(whole_life.ignoring_ids(after)) == {}


def test_nothing_of_anybody_else_is_in_it(life: Life, rival: Cast) -> None:
    hears(rival, rival.person(NUMBER, first_name="Yolanda"), "a word to the rival")
    other = life.cast.person(first_name="Xaver")
    calls.text(life.cast.sender, other, f"my friend is {NUMBER}")
    text = "\n".join(export_files.files(life.point.contact_id).values())
    for word in (
        "Yolanda",
        "a word to the rival",
        "Xaver",
        "my friend is",
        "Rival",
        "agent@acme",
        "o@example.net",
    ):
        assert word not in text, word


def test_who_looked_is_told_by_role(life: Life) -> None:
    Access.objects.create(
        brand=life.cast.brand, user=life.cast.team["agent"], at=clock.now(), page="thread",
        contact_id=life.point.contact_id,
    )  # fmt: skip
    assert export.gather(life.point.contact_id)["looks"][-1]["by"] == "Agent"


def test_the_tables_open_in_a_spreadsheet_and_run_nothing(life: Life) -> None:
    hears(life.cast, life.point, '=HYPERLINK("https://x.example")')
    told = export_files.files(life.point.contact_id)
    messages = rows(told["messages.csv"])
    assert messages[-1]["text"] == """'=HYPERLINK("https://x.example")"""
    assert {row["number"] for row in messages} == {NUMBER}
    assert len(rows(told["consents.csv"])) == ConsentEvent.objects.filter(point=life.point).count()


def test_the_page_needs_nothing_from_elsewhere(life: Life) -> None:
    page = export_files.files(life.point.contact_id)["person.html"]
    assert f"{FIRST} {LAST}" in page
    assert "<script" not in page
    assert "src=" not in page
    assert "href=" not in page


def test_the_zip_holds_the_same_files_and_the_same_bytes_again(life: Life) -> None:
    zipped = export_files.zipped(life.point.contact_id)
    assert zipped == export_files.zipped(life.point.contact_id)
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert set(archive.namelist()) == {
            "person.html", "person.json", "messages.csv", "consents.csv", "receipts.json",
        }  # fmt: skip
        assert json.loads(archive.read("person.json"))["person"]["last_name"] == LAST


def test_somebody_on_anothers_phone_gets_what_is_theirs(acme: Cast, noon: object) -> None:
    point = acme.person(first_name="Omar")
    sharer = whole_life.Contact.objects.create(
        brand=acme.brand, first_name="Lea", shares_point=point, created_at=clock.now()
    )
    acme.grant(point, contact_id=sharer.id)
    told = export.gather(sharer.id)
    assert [one["seq"] for one in told["consents"]] == [2]
    assert told["numbers"] == []


def test_the_command_writes_files_for_its_owner_alone(life: Life, tmp_path: Path) -> None:
    folder = tmp_path / "hers"
    call_command(
        "consent_export", "--person", NUMBER, "-o", str(folder), "--json", stdout=(out := io.StringIO())
    )
    assert len(json.loads(out.getvalue())["files"]) == 5
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_the_command_says_what_is_wrong(life: Life, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match=r"--output: .* cannot be written"):
        call_command("consent_export", "--person", NUMBER, "-o", str(tmp_path / "file"))
    with pytest.raises(CommandError, match="nobody is known"):
        call_command("consent_export", "--person", "+12065550999", "-o", str(tmp_path / "x"))
