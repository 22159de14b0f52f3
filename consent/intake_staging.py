"""The judged rows of a running import in a temporary table: memory stays flat, repeats meet by number."""

import itertools
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson
from django.db import connection

from consent.intake_claims import Claim, pack, unpack
from consent.intake_judge import Judged

_CREATE = """
CREATE TEMPORARY TABLE intake_row (
    line integer NOT NULL, phone text NOT NULL, address text NOT NULL, country text NOT NULL,
    outcome text NOT NULL, reasons text[] NOT NULL, detail text NOT NULL,
    person text NOT NULL, claim text NOT NULL,
    point_id uuid, is_settled boolean NOT NULL DEFAULT false, needs_event boolean NOT NULL DEFAULT false,
    unchanged boolean NOT NULL DEFAULT false
) ON COMMIT DROP
"""
_COPY = "COPY intake_row (line, phone, address, country, outcome, reasons, detail, person, claim) FROM STDIN"
_COLUMNS = "line, address, country, outcome, person, claim, point_id"


class Staged(NamedTuple):
    """A judged row on its way; `point_id` is None until its number has a contact point."""

    line: int
    address: str
    country: str
    outcome: str
    person: dict[str, Any]
    claim: Claim | None
    point_id: uuid.UUID | None


class Settlement(NamedTuple):
    """What became of a row beyond what the row alone said. `needs_event` leaves the rest to the last pass."""

    line: int
    outcome: str
    reasons: tuple[str, ...] = ()
    unchanged: bool = False
    needs_event: bool = False


class Settled(NamedTuple):
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
                copy.write_row((
                    row.line, row.phone, row.address, row.country, row.outcome.value, list(row.reasons),
                    row.detail, orjson.dumps(row.person or {}).decode(), pack(row.claim),
                ))  # fmt: skip
        cursor.execute("CREATE INDEX ON intake_row (line)")
        cursor.execute("CREATE INDEX ON intake_row (address)")
        cursor.execute("ANALYZE intake_row")
    tie_to_points(brand_id)


def tie_to_points(brand_id: uuid.UUID, *, addresses: Sequence[str] = ()) -> None:
    """Note the contact point of every number, or of `addresses`."""
    # Two statements in one: an OR over "all or these" would read the whole table for each page.
    only = "AND r.address = ANY(%s) AND p.address = ANY(%s)" if addresses else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE intake_row r SET point_id = p.id FROM contacts_contactpoint p
            WHERE p.brand_id = %s AND p.channel = 'sms' AND p.address = r.address {only}
            """,  # noqa: S608 - constants
            [brand_id, *([list(addresses)] * 2 if addresses else [])],
        )


def addresses(size: int) -> Iterator[list[str]]:
    """Every number of the file once, in pages."""
    with connection.chunked_cursor() as cursor:
        cursor.execute("SELECT DISTINCT address FROM intake_row WHERE address <> ''")
        while page := cursor.fetchmany(size):
            yield [address for (address,) in page]


def refuse(numbers: Collection[str], reason: str) -> None:
    """Refuse every row of these numbers and forget what it said; of the number itself only the end stays to be seen.

    Who has texted us since the erasure is a number again, and can leave by a file too.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE intake_row SET outcome = 'refused', reasons = ARRAY[%s], detail = '', person = '{}', claim = '',
                phone = '…' || right(address, 2), address = '', country = '', point_id = NULL
            WHERE address = ANY(%s) AND NOT (point_id IS NOT NULL AND outcome = 'opted_out')
            """,
            [reason, list(numbers)],
        )


def known_numbers(size: int) -> Iterator[list[list[Staged]]]:
    """Rows that have a contact point and are not settled yet: pages of groups, one a number, in the file's order."""
    return _pages("point_id IS NOT NULL AND NOT is_settled", "point_id, line", size)


def unknown_numbers(size: int) -> Iterator[list[list[Staged]]]:
    """Rows of numbers without a contact point, in such groups too."""
    return _pages("address <> '' AND point_id IS NULL", "address, line", size)


def awaiting_events(size: int) -> Iterator[list[list[Staged]]]:
    """Rows that have something to tell the ledger, in the one order in which points may be locked."""
    return _pages("needs_event", "point_id, line", size)


def settle(settlements: Sequence[Settlement]) -> None:
    """Write down what became of these rows; reasons are added to those a row already has."""
    if not settlements:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE intake_row r
            SET outcome = s.outcome, unchanged = s.unchanged, needs_event = s.needs_event, is_settled = true,
                reasons = CASE s.reasons WHEN '' THEN r.reasons ELSE r.reasons || string_to_array(s.reasons, ';') END
            FROM unnest(%s::int[], %s::text[], %s::text[], %s::bool[], %s::bool[])
                AS s (line, outcome, reasons, unchanged, needs_event)
            WHERE r.line = s.line
            """,
            [
                [each.line for each in settlements],
                [each.outcome for each in settlements],
                [";".join(each.reasons) for each in settlements],
                [each.unchanged for each in settlements],
                [each.needs_event for each in settlements],
            ],
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


def drop() -> None:
    """Forget the rows before the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE intake_row")


def _pages(condition: str, order: str, size: int) -> Iterator[list[list[Staged]]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {_COLUMNS} FROM intake_row WHERE {condition} ORDER BY {order}")  # noqa: S608 - constants
        groups = (list(rows) for _, rows in itertools.groupby(_stream(cursor, size), lambda row: row.address))
        while page := list(itertools.islice(groups, size)):
            yield page


def _stream(cursor: Any, size: int) -> Iterator[Staged]:
    while rows := cursor.fetchmany(size):
        for line, address, country, outcome, person, claim, point_id in rows:
            yield Staged(
                line=line, address=address, country=country, outcome=outcome,
                person=orjson.loads(person), claim=unpack(claim), point_id=point_id,
            )  # fmt: skip
