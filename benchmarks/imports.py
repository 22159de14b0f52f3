"""How fast a first import of contacts with proof of consent is, beside a bare COPY of the rows that it writes.

    python -m benchmarks.imports [--rows 20000] [--json]

- import: a CSV file of people nobody knows yet, each with a proof: read, judged, written, chained into the ledger and
  reported, all rows in one transaction; then a preview of the same file, and the same file once more, which changes
  nothing.
- Its limit is one COPY into each table of the rows that came of it, people, numbers, events, evidence and standings,
  with the same indexes and nothing to judge.
- The usual way is a row at a time through the ORM: find the number, else make the person, the number and the consent,
  all rows in one transaction, without evidence or a chain.
"""

import argparse
import csv
import datetime as dt
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmarks import measure
from benchmarks.stage import NOON, stage

if TYPE_CHECKING:
    from consent.models import Program

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
USUAL = 2_000  # rows taken in the usual way
COLUMNS = (
    "phone", "first_name", "last_name", "postal_code", "region", "country", "consent_purpose", "consent_method",
    "consent_at", "disclosure", "evidence_url", "evidence_ip", "loyalty",
)  # fmt: skip
AREA_CODES = (206, 212, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 720, 801, 813, 919)
NUMBERS_AN_AREA_CODE = 8_000_000
FIRST_NAMES = ("Ann", "Ben", "Chloé", "Dai", "Eva", "Finn", "Grace", "Hugo", "Iris", "Juan", "Kim", "Lea")
LAST_NAMES = ("Ng", "O'Neil", "Park", "Quinn", "Rossi", "Silva", "Tran", "Ueda", "Vogel", "Wood")
TABLES = (
    "contacts_contact", "contacts_contactpoint", "consent_consentevent", "consent_evidence", "consent_subscription",
)  # fmt: skip


def main() -> None:
    """Write a file, take it in, and print the report."""
    parser = measure.arguments("A first import with proof of consent, beside a bare COPY of what it writes.")
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    with stage(DEBUG="0") as directory:
        measured = _run(options, directory)
    copied, usual = measured.pop("copy_rows_per_s"), measured.pop("usual_rows_per_s")
    measure.report(
        "imports",
        counts={"rows": options.rows},
        figures=measured,
        limit=measure.Compared("COPY of the rows it writes", copied),
        usual=measure.Compared("a row at a time through the ORM", usual),
        per_s=measured["import_rows_per_s"],
        json_only=options.json,
    )


def _run(options: argparse.Namespace, directory: Path) -> dict[str, float | None]:
    from campaigns import program_file
    from consent import intake
    from consent.models import Program
    from contacts.models import ContactImport

    program_file.apply_file(ROOT / "programs" / "acme.toml")
    program = Program.objects.select_related("brand").get()
    path = directory / "customers.csv"
    _write(path, options.rows)

    def taken_in(run: Callable[..., intake.Imported]) -> ContactImport:
        return run(
            path, intake.describe(path, program=program, filename=path.name), program=program
        ).contact_import

    previewed, _ = _timed(lambda: taken_in(intake.preview))
    imported, first = _timed(lambda: taken_in(intake.run))
    assert first.accepted == options.rows, f"only {first.accepted} rows were accepted: {first.reasons}"
    repeated, again = _timed(lambda: taken_in(intake.run))
    assert again.unchanged == options.rows, "the same file changed something"
    copied = _copy()
    usual, _ = _timed(lambda: _usual(program, path))
    return {
        "import_seconds": imported,
        "import_rows_per_s": options.rows / imported,
        "preview_rows_per_s": options.rows / previewed,
        "same_file_again_rows_per_s": options.rows / repeated,
        "copy_rows_per_s": options.rows / copied,
        "usual_rows_per_s": min(USUAL, options.rows) / usual,
    }


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _write(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_row(n) for n in range(rows))


def _row(n: int) -> tuple[str, ...]:
    """A person as a shop's export tells of one: the number as people write it, a moment with its zone."""
    number = f"{2_000_000 + n * 7_919 % NUMBERS_AN_AREA_CODE}"
    agreed_at = NOON - dt.timedelta(days=1 + n % 700, seconds=n % 86_400)
    return (
        f"({AREA_CODES[n % len(AREA_CODES)]}) {number[:3]}-{number[3:]}",
        FIRST_NAMES[n % len(FIRST_NAMES)], LAST_NAMES[n % len(LAST_NAMES)], "", "", "US",
        "marketing;informational", "web_form", agreed_at.isoformat(), "checkout-2026",
        f"https://acme.example/join?c={n}", f"203.0.113.{n % 256}", str(n % 40),
    )  # fmt: skip


def _copy() -> float:
    """Seconds to COPY what the import wrote into empty tables with the same indexes, in one transaction."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        lines = {}
        for table in TABLES:
            with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                lines[table] = b"".join(copy)
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
        began = time.perf_counter()
        with transaction.atomic():
            for table, rows in lines.items():
                with cursor.copy(f"COPY bare_{table} FROM STDIN") as copy:
                    copy.write(rows)
        return time.perf_counter() - began


def _usual(program: "Program", path: Path) -> None:
    """What most people would write: each row parsed, looked up and saved by itself; no evidence, no chain."""
    import phonenumbers
    from django.db import transaction

    from consent.models import Subscription
    from contacts.models import Contact, ContactPoint

    with path.open(encoding="utf-8", newline="") as file, transaction.atomic():
        for row in islice(csv.DictReader(file), USUAL):
            number = phonenumbers.parse(row["phone"], row["country"])
            # An address of its own, so that everybody is as new as they were to the import.
            address = f"usual{phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)}"
            point = ContactPoint.objects.filter(brand=program.brand, address=address).first()
            assert point is None, "the usual way takes people in whom nobody knows"
            at = dt.datetime.fromisoformat(row["consent_at"])
            contact = Contact.objects.create(
                brand=program.brand, first_name=row["first_name"], last_name=row["last_name"],
                country=row["country"], attributes={"loyalty": row["loyalty"]}, created_at=NOON,
            )  # fmt: skip
            point = ContactPoint.objects.create(
                brand=program.brand, contact=contact, address=address, country=row["country"], created_at=NOON
            )
            Subscription.objects.create(
                brand=program.brand, point=point, contact=contact, program=program, granted_at=at,
                status="active", purposes=[program.purpose_key("marketing")], last_seq=1,
            )  # fmt: skip


if __name__ == "__main__":
    main()
