"""An import in the admin: upload, columns, preview, import, reasons, report; and who may do it."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns import imports
from consent import admin_upload
from consent.models import ConsentEvent, Subscription
from contacts.models import Contact, ContactImport, ContactPoint, ImportRow
from tests.admin_story import Story, client_of, tell, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

STANDARD = [
    "phone,first_name,country,consent_purpose,consent_method,consent_at,disclosure",
    "+12065550777,Nina,US,marketing,web_form,2026-03-01T10:00:00Z,checkout-2026",
    "+12065550778,Omar,US,marketing,,,",
    "12,Pia,US,marketing,web_form,2026-03-01T10:00:00Z,checkout-2026",
]
OTHERS = ["Mobile;Given name;Signed up", "+12065550777;Nina;2026-03-01T10:00:00Z", "+12065550778;José;soon"]


@pytest.fixture
def story(acme: Cast) -> Story:
    return tell(acme)


@pytest.fixture
def worker(settings: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    """A broker that hands each task to a worker at once."""
    settings.VAR_DIR = tmp_path

    def send_task(name: str, args: list[str], **_: Any) -> None:
        assert name == "campaigns.run_import"
        imports.run_uploaded(uuid.UUID(args[0]))

    monkeypatch.setattr(admin_upload.current_app, "send_task", send_task)
    return send_task


def upload(client: Client, story: Story, lines: list[str], kind: str = "people") -> Any:
    file = SimpleUploadedFile("people.csv", "\n".join(lines).encode(), content_type="text/csv")
    form = {"program": story.cast.program.id, "kind": kind, "file": file}
    return client.post(url("contacts.ContactImport", "add"), form)


def standing() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Contact, ContactPoint, ConsentEvent, Subscription))


def chosen(client: Client, row: ContactImport) -> dict[str, str]:
    """What the page of the columns shows as chosen, as a browser would send it."""
    form = client.get(url("contacts.ContactImport", "columns", row.pk)).context["form"]
    return {field.html_name: field.value() or "" for field in form}


def test_a_file_is_uploaded_previewed_and_imported_and_its_rows_explained(story: Story, worker: Any) -> None:
    client = client_of(story.cast.team["marketer"])
    answer = upload(client, story, STANDARD)
    row = ContactImport.objects.get(filename="people.csv")
    assert answer["Location"] == url("contacts.ContactImport", "columns", row.pk)
    assert "Recognised: Standard" in client.get(answer["Location"]).content.decode()
    before = standing()
    client.post(answer["Location"], chosen(client, row))
    preview = client.get(url("contacts.ContactImport", "change", row.pk)).content.decode()
    assert "nothing is written yet" in preview
    assert "Import 3 rows" in preview
    assert standing() == before
    client.post(url("contacts.ContactImport", "start", row.pk))
    shown = client.get(url("contacts.ContactImport", "change", row.pk)).content.decode()
    assert "Says not how it was agreed" in shown
    assert "Too few digits" in shown
    report = client.get(url("contacts.ContactImport", "report", row.pk))
    assert b"+12065550777" in b"".join(report.streaming_content)
    assert ConsentEvent.objects.filter(point__address="+12065550777", act="granted").exists()
    assert not admin_upload.file_of(row).exists()


def test_the_preview_and_the_import_say_the_same(story: Story, worker: Any) -> None:
    client = client_of(story.cast.team["owner"])
    upload(client, story, STANDARD)
    row = ContactImport.objects.get(filename="people.csv")
    client.post(url("contacts.ContactImport", "columns", row.pk), chosen(client, row))
    told = ("rows", "accepted", "cannot_text", "opted_out", "refused", "unchanged", "reasons")
    row.refresh_from_db()
    assert row.status == ContactImport.Status.PREVIEW
    previewed = {name: getattr(row, name) for name in told}
    samples = list(ImportRow.objects.filter(contact_import=row).values_list("line", "outcome"))
    assert samples == [(2, "accepted"), (3, "cannot_text"), (4, "refused")]
    client.post(url("contacts.ContactImport", "start", row.pk))
    row.refresh_from_db()
    assert row.status == ContactImport.Status.DONE
    assert {name: getattr(row, name) for name in told} == previewed


def test_a_guess_fills_in_the_form_and_is_nothing_until_a_person_sends_it(story: Story, worker: Any) -> None:
    client = client_of(story.cast.team["marketer"])
    page = upload(client, story, OTHERS)["Location"]
    row = ContactImport.objects.get(filename="people.csv")
    assert row.mapping["columns"] == {}
    form = chosen(client, row)
    assert (form["phone"], form["first_name"], form["consent_at"]) == ("Mobile", "Given name", "Signed up")
    assert client.get(page).content.decode().count("Guessed from its name") == 3
    client.post(url("contacts.ContactImport", "start", row.pk))
    row.refresh_from_db()
    assert row.status == ContactImport.Status.DRAFT
    client.post(page, form | {"first_name": "", "consent_at": ""})
    row.refresh_from_db()
    assert row.mapping["columns"] == {"phone": "Mobile"}
    assert "Guessed" not in client.get(page).content.decode()


def test_any_other_file_is_mapped_by_hand_and_remembered_for_its_header(story: Story, worker: Any) -> None:
    client = client_of(story.cast.team["marketer"])
    page = upload(client, story, OTHERS)["Location"]
    row = ContactImport.objects.get(filename="people.csv")
    shown = client.get(page).content.decode()
    assert "Not an export we know" in shown
    assert "UTF-8, semicolon" in shown
    refused = client.post(page, chosen(client, row) | {"phone": ""})
    assert "This field is required" in refused.content.decode()
    form = chosen(client, row) | {
        "consent_purpose": "=", "consent_purpose_all": "marketing",
        "consent_method": "=", "consent_method_all": "paper",
        "disclosure": "=", "disclosure_all": "checkout-2026",
    }  # fmt: skip
    assert client.post(page, form).status_code == 302
    client.post(url("contacts.ContactImport", "start", row.pk))
    row.refresh_from_db()
    assert (row.accepted, row.cannot_text) == (1, 1)
    assert ImportRow.objects.get(contact_import=row, line=3).detail.startswith(
        "“Signed up” 'soon' cannot be read"
    )
    event = ConsentEvent.objects.get(point__address="+12065550777")
    assert event.evidence.data["for_all_rows"]["consent_method"] == "paper"
    upload(client, story, OTHERS)
    again = ContactImport.objects.order_by("started_at").exclude(id=row.id).get(filename="people.csv")
    assert chosen(client, again)["phone"] == "Mobile"
    assert chosen(client, again)["disclosure_all"] == "checkout-2026"


def test_a_value_for_all_rows_must_be_said(story: Story, worker: Any) -> None:
    client = client_of(story.cast.team["marketer"])
    page = upload(client, story, OTHERS)["Location"]
    answer = client.post(page, {"phone": "Mobile", "disclosure": "="})
    assert "Say which value holds for all rows." in answer.content.decode()


def test_a_list_of_opt_outs_closes_its_numbers(story: Story, worker: Any) -> None:
    client = client_of(story.cast.team["owner"])
    page = upload(client, story, ["phone", "+12065550777", "+12065550778"], kind="opt_outs")["Location"]
    row = ContactImport.objects.get(filename="people.csv")
    client.post(page, chosen(client, row))
    client.post(url("contacts.ContactImport", "start", row.pk))
    row.refresh_from_db()
    assert (row.opted_out, row.status) == (2, ContactImport.Status.DONE)
    assert Subscription.objects.filter(status="closed", program=None).count() == 2


def test_while_texts_are_under_way_to_who_left_the_page_says_so_and_looks_again(story: Story) -> None:
    client = client_of(story.cast.team["owner"])
    row = story.rows["contacts.ContactImport"]
    ContactImport.objects.filter(pk=row.pk).update(status="settling", opted_out=2)
    shown = client.get(url("contacts.ContactImport", "change", row.pk)).content.decode()
    assert "Almost done" in shown
    assert 'hx-trigger="every 2s"' in shown
    progress = client.get(url("contacts.ContactImport", "progress", row.pk))
    assert "already under way to them are over" in progress.content.decode()
    assert "HX-Refresh" not in progress
    ContactImport.objects.filter(pk=row.pk).update(status="done")
    assert "HX-Refresh" in client.get(url("contacts.ContactImport", "progress", row.pk))


def test_a_file_that_is_no_csv_is_refused_on_the_spot(story: Story, worker: Any) -> None:
    client = client_of(story.cast.team["owner"])
    answer = upload(client, story, ["phone,phone", "1,2"])
    assert "phone more than once" in answer.content.decode()
    assert not ContactImport.objects.filter(filename="people.csv").exists()


def test_without_a_broker_it_waits_and_says_so(
    story: Story, tmp_path: Path, settings: Any, monkeypatch: Any
) -> None:
    settings.VAR_DIR = tmp_path

    def away(*_: Any, **__: Any) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(admin_upload.current_app, "send_task", away)
    client = client_of(story.cast.team["marketer"])
    page = upload(client, story, STANDARD)["Location"]
    row = ContactImport.objects.get(filename="people.csv")
    answer = client.post(page, chosen(client, row), follow=True)
    assert "No worker can be reached now" in answer.content.decode()
    row.refresh_from_db()
    assert row.status == ContactImport.Status.WAITING


@pytest.mark.parametrize("role", ["agent", "auditor"])
def test_who_may_not_import_looks_and_changes_nothing(story: Story, worker: Any, role: str) -> None:
    upload(client_of(story.cast.team["owner"]), story, STANDARD)
    row = ContactImport.objects.get(filename="people.csv")
    client = client_of(story.cast.team[role])
    assert upload(client, story, STANDARD).status_code == 403
    assert client.get(url("contacts.ContactImport", "change", row.pk)).status_code == 200
    assert client.get(url("contacts.ContactImport", "columns", row.pk)).status_code == 403
    assert client.post(url("contacts.ContactImport", "start", row.pk)).status_code == 403
    row.refresh_from_db()
    assert row.status == ContactImport.Status.DRAFT


def test_another_brands_file_is_not_there(story: Story, worker: Any, rival: Cast) -> None:
    upload(client_of(story.cast.team["owner"]), story, STANDARD)
    row = ContactImport.objects.get(filename="people.csv")
    client = client_of(rival.team["owner"])
    for page in ("columns", "start", "progress", "report"):
        assert client.post(url("contacts.ContactImport", page, row.pk)).status_code == 404


def test_nothing_is_imported_that_was_not_previewed(story: Story, worker: Any) -> None:
    client = client_of(story.cast.team["owner"])
    upload(client, story, STANDARD)
    row = ContactImport.objects.get(filename="people.csv")
    client.post(url("contacts.ContactImport", "start", row.pk))
    row.refresh_from_db()
    assert row.status == ContactImport.Status.DRAFT
    assert not ContactPoint.objects.filter(address="+12065550777").exists()
