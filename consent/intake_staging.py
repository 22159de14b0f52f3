"""The judged rows of a running import in a temporary table: memory stays flat, repeats meet by number."""

import dataclasses
import datetime as dt
import itertools
import json
import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import connection

from consent.intake_judge import Consent, Judged

_CREATE = """
CREATE TEMPORARY TABLE intake_row (
    line integer NOT NULL, phone text NOT NULL, address text NOT NULL, country text NOT NULL,
    outcome text NOT NULL, reasons text[] NOT NULL, detail text NOT NULL,
    person text NOT NULL, consent text NOT NULL,
    point_id uuid, is_new boolean NOT NULL DEFAULT false, is_alone boolean NOT NULL DEFAULT false,
    needs_event boolean NOT NULL DEFAULT false, unchanged boolean NOT NULL DEFAULT false
) ON COMMIT DROP
"""
_COPY = (
    "COPY intake_row (line, phone, address, country, outcome, reasons, detail, person, consent) FROM STDIN"
)
_COLUMNS = "line, address, country, outcome, reasons, person, consent, point_id, is_new"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A judged row on its way; `point_id` is None until its number has a contact point."""

    line: int
    address: str
    country: str
    outcome: str
    reasons: tuple[str, ...]
    person: dict[str, Any]
    consent: Consent | None
    point_id: uuid.UUID | None
    is_new: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What became of a row beyond what the row alone said. `needs_event` leaves the rest to the last pass."""

    line: int
    outcome: str
    reasons: tuple[str, ...] = ()
    unchanged: bool = False
    needs_event: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Settled:
    """A row at the end, as the report shows it."""

    line: int
    phone: str
    outcome: str
    reasons: tuple[str, ...]
    detail: str
    unchanged: bool


def stage(rows: Iterable[Judged], brand_id: uuid.UUID) -> None:
    """Fill the table from a stream of judged rows, and tie each to the contact point of its number, if any.

    Needs an open transaction; takes no lock that anyone waits for.
    """
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.intake_row")
        cursor.execute(_CREATE)
        with cursor.copy(_COPY) as copy:
            for row in rows:
                consent = json.dumps(dataclasses.asdict(row.consent), default=str) if row.consent else ""
                copy.write_row((
                    row.line, row.phone, row.address, row.country, row.outcome.value, list(row.reasons),
                    row.detail, json.dumps(row.person), consent,
                ))  # fmt: skip
        cursor.execute("CREATE INDEX ON intake_row (line)")
        cursor.execute("CREATE INDEX ON intake_row (address)")
        cursor.execute("ANALYZE intake_row")
    tie_to_points(brand_id)


def tie_to_points(
    brand_id: uuid.UUID, *, created: Sequence[uuid.UUID] = (), addresses: Sequence[str] = ()
) -> None:
    """Note the contact point of every number, or of `addresses`; those in `created` are this import's own."""
    # Two statements in one: an OR over "all or these" would read the whole table for each page.
    only = "AND r.address = ANY(%s) AND p.address = ANY(%s)" if addresses else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE intake_row r SET point_id = p.id, is_new = p.id = ANY(%s::uuid[])
            FROM contacts_contactpoint p
            WHERE p.brand_id = %s AND p.channel = 'sms' AND p.address = r.address {only}
            """,  # noqa: S608 - constants
            [list(created), brand_id, *([list(addresses)] * 2 if addresses else [])],
        )


def settle_alone() -> None:
    """Settle the only row of each number that this import made: there is nobody to compare it with."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE intake_row r SET is_alone = true, needs_event = r.consent <> ''
            WHERE r.is_new AND NOT EXISTS
                (SELECT FROM intake_row other WHERE other.address = r.address AND other.line <> r.line)
            """
        )


def unknown_numbers(size: int) -> Iterator[list[list[Staged]]]:
    """Rows of numbers without a contact point: pages of groups, one a number, each in the file's order."""
    return _pages("address <> '' AND point_id IS NULL", "address, line", size)


def known_numbers(size: int) -> Iterator[list[list[Staged]]]:
    """Rows that have a contact point and are not settled yet, in pages of groups; new numbers first."""
    return _pages("point_id IS NOT NULL AND NOT is_alone", "is_new DESC, point_id, line", size)


def awaiting_events(size: int) -> Iterator[list[list[Staged]]]:
    """Rows that have something to tell the ledger, in the one order in which points may be locked.

    New points come first, as nobody else can see them yet: those that others may wait for are locked last.
    """
    return _pages("needs_event", "is_new DESC, point_id, line", size)


def settle(settlements: Sequence[Settlement]) -> None:
    """Write down what became of these rows; reasons are added to those a row already has."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            UPDATE intake_row
            SET outcome = %s, reasons = reasons || %s::text[], unchanged = %s, needs_event = %s
            WHERE line = %s
            """,
            [(s.outcome, list(s.reasons), s.unchanged, s.needs_event, s.line) for s in settlements],
        )


def settled_rows() -> Iterator[Settled]:
    """Every row of the file, in its order."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            "SELECT line, phone, outcome, reasons, detail, unchanged FROM intake_row ORDER BY line"
        )
        while page := cursor.fetchmany(2000):
            for line, phone, outcome, reasons, detail, unchanged in page:
                yield Settled(line, phone, outcome, tuple(reasons), detail, unchanged)


def _pages(condition: str, order: str, size: int) -> Iterator[list[list[Staged]]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM intake_row WHERE {condition} ORDER BY {order}")  # noqa: S608 - constants
        groups = (list(rows) for _, rows in itertools.groupby(_stream(cursor, size), lambda row: row.address))
        while page := list(itertools.islice(groups, size)):
            yield page


def _stream(cursor: Any, size: int) -> Iterator[Staged]:
    while rows := cursor.fetchmany(size):
        for line, address, country, outcome, reasons, person, consent, point_id, is_new in rows:
            yield Staged(
                line=line, address=address, country=country, outcome=outcome, reasons=tuple(reasons),
                person=json.loads(person), consent=_consent(consent), point_id=point_id, is_new=is_new,
            )  # fmt: skip


def _consent(text: str) -> Consent | None:
    if not text:
        return None
    said = json.loads(text)
    return Consent(
        method=said["method"],
        kinds=tuple(said["kinds"]),
        occurred_at=dt.datetime.fromisoformat(said["occurred_at"]),
        disclosure_id=said["disclosure_id"],
        evidence=said["evidence"],
    )
