"""An import in the admin: upload, progress, reasons, report."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from consent import admin_upload
from consent.models import ConsentEvent
from contacts.models import ContactImport
from tests.admin_story import Story, client_of, tell, url
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def story(acme: Cast) -> Story:
    return tell(acme)


def test_an_uploaded_file_is_imported_and_its_rows_explained(
    story: Story, tmp_path: Path, settings: Any, monkeypatch: Any
) -> None:
    settings.BASE_DIR = tmp_path
    asked: list[Any] = []
    monkeypatch.setattr(
        admin_upload.current_app, "send_task", lambda name, **order: asked.append((name, order["args"]))
    )
    lines = [
        "phone,first_name,country,consent_purpose,consent_method,consent_at,disclosure",
        "+12065550777,Nina,US,marketing,web_form,2026-03-01T10:00:00Z,checkout-2026",
        "+12065550778,Omar,US,marketing,,,",
        "12,Pia,US,marketing,web_form,2026-03-01T10:00:00Z,checkout-2026",
    ]
    upload = SimpleUploadedFile("people.csv", "\n".join(lines).encode(), content_type="text/csv")
    client = client_of(story.cast.team["marketer"])
    answer = client.post(
        url("contacts.ContactImport", "add"), {"program": story.cast.program.id, "file": upload}
    )
    assert answer.status_code == 302, answer.content.decode()
    ((name, args),) = asked
    assert name == "consent.run_import"
    assert client.get(answer["Location"]).status_code == 200
    admin_upload.run(story.cast.program.id, user_id=args[1], sha256=args[2], filename=args[3])
    taken_in = ContactImport.objects.get(filename="people.csv")
    assert client.get(answer["Location"])["Location"] == url("contacts.ContactImport", "change", taken_in.pk)
    shown = client.get(url("contacts.ContactImport", "change", taken_in.pk)).content.decode()
    assert "Says not how it was agreed" in shown
    assert "Too few digits" in shown
    report = client.get(url("contacts.ContactImport", "report", taken_in.pk))
    assert b"+12065550777" in b"".join(report.streaming_content)
    assert ConsentEvent.objects.filter(point__address="+12065550777", act="granted").exists()


def test_without_a_broker_an_import_says_so(
    story: Story, tmp_path: Path, settings: Any, monkeypatch: Any
) -> None:
    settings.BASE_DIR = tmp_path

    def away(*_: Any, **__: Any) -> None:
        raise OSError("connection refused")

    monkeypatch.setattr(admin_upload.current_app, "send_task", away)
    form = {"program": story.cast.program.id, "file": SimpleUploadedFile("people.csv", b"phone\n")}
    answer = client_of(story.cast.team["marketer"]).post(url("contacts.ContactImport", "add"), form)
    assert "No worker can be reached now" in answer.content.decode()
