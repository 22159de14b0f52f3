"""The export of a person as files: one to read and print, one for machines, two tables."""

import csv
import datetime as dt
import io
import json
import uuid
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format

from consent.intake_report import as_text
from smsapp.privacy import export
from smsapp.privacy.labels import evidence_in_words
from webhooks.public.wordings import Wordings

_MESSAGE_COLUMNS = (
    "at", "direction", "number", "our_number", "text", "status", "why", "program", "purpose", "campaign", "sent_at",
)  # fmt: skip
_CONSENT_COLUMNS = (
    "number", "seq", "act", "in_words", "program", "purposes", "basis", "method", "happened_at", "recorded_at",
    "ends_at", "by", "wording", "wording_version", "evidence", "hash",
)  # fmt: skip
_WORDINGS = Wordings("smsapp.privacy")
# A moment of no year, so that the same content gives the same bytes.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)


def files(contact_id: uuid.UUID, *, language: str = "en", way_back: str = "") -> dict[str, str]:
    """The files by name: person.html, person.json, messages.csv, consents.csv, receipts.json.

    `language` is that of the page to read, as far as the words around the entries go; the entries stand as they were
    recorded. `way_back`: the address that the page leads back to, if it is shown and not taken along.
    """
    told = export.gather(contact_id)
    proofs = told.pop("receipts")
    return {
        "person.html": _page(told, language, way_back),
        "person.json": _json(told),
        "messages.csv": _csv(_MESSAGE_COLUMNS, told["messages"]),
        "consents.csv": _csv(_CONSENT_COLUMNS, told["consents"]),
        "receipts.json": _json(proofs),
    }


def _page(told: dict[str, Any], language: str, way_back: str) -> str:
    with translation.override(language):
        values = {
            "brand": told["brand"]["name"],
            "support": told["brand"]["contact"],
            "at": date_format(told["made_at"], "j M Y, H:i:s"),
            "count": len(told["raw_requests"]),
        }
        said = {name: words.format(**values) for name, words in _WORDINGS.of(language).items()}
        around = {"said": said, "language": language, "way_back": way_back}
        return render_to_string("privacy/person.html", told | _proofs_in_words(told) | around)


def _proofs_in_words(told: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [row | {"proof": evidence_in_words(row["evidence"])} for row in told[name]]
        for name in ("consents", "requests_to_open_again")
    }


def write(contact_id: uuid.UUID, folder: Path) -> list[Path]:
    """Write the files into a folder, which is made if need be, readable by its owner alone. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = []
    for name, content in files(contact_id).items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(content, encoding="utf-8")
        written.append(path)
    return written


def zipped(contact_id: uuid.UUID, *, language: str = "en") -> bytes:
    """The files as one ZIP, the page to read in this language."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files(contact_id, language=language).items():
            archive.writestr(zipfile.ZipInfo(name, _NO_MOMENT), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_moment) + "\n"


def _csv(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([as_text(_cell(row[column])) for column in columns])
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return _moment(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _moment(at: dt.datetime) -> str:
    return at.isoformat()
