"""Files of contacts, written and imported as the tests of imports need them."""

import csv
from pathlib import Path
from typing import Any

from consent import intake
from contacts.models import ContactImport
from tests.cast import Cast

GOOD = {
    "phone": "(206) 555-7991", "first_name": "Maria", "last_name": "Young", "country": "US",
    "consent_purpose": "marketing", "consent_method": "web_form", "consent_at": "2026-03-02T14:03:00-05:00",
    "disclosure": "checkout-2026", "evidence_url": "https://acme.example/join?c=1",
    "evidence_ip": "203.0.113.9",
}  # fmt: skip


def write(folder: Path, *rows: dict[str, str], name: str = "people.csv") -> Path:
    path = folder / name
    columns = list(dict.fromkeys(column for row in (GOOD, *rows) for column in row))
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def take_in(acme: Cast, path: Path, **options: Any) -> ContactImport:
    return intake.import_file(path, program=acme.program, filename=path.name, **options)


def reported(path: Path) -> list[dict[str, str]]:
    with path.with_name(f"{path.stem}.report.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))
