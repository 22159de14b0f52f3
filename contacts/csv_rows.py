"""Rows of a CSV file of contacts, read as a stream and never repaired by guessing."""

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

PERSON_COLUMNS = ("first_name", "last_name", "locale", "timezone", "postal_code", "region", "country")
CONSENT_COLUMNS = ("consent_purpose", "consent_method", "consent_at", "disclosure")
EVIDENCE_COLUMNS = ("evidence_url", "evidence_ip")
REQUIRED = ("phone", *CONSENT_COLUMNS)
KNOWN = frozenset({"phone", *PERSON_COLUMNS, *CONSENT_COLUMNS, *EVIDENCE_COLUMNS})
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_LONGEST_NAME = 60
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class BadFile(ValueError):
    """A file that cannot be read as a CSV of contacts at all."""


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One record of the file.

    `line` is the line it begins on, the header being line 1; `values` holds every known column, trimmed, ""
    where the file has none; `attributes` the other columns that are not blank. `problem` is "", or why the
    cells cannot be told apart; then only `values["phone"]` says anything.
    """

    line: int
    values: dict[str, str]
    attributes: dict[str, str]
    problem: str = ""


@dataclasses.dataclass(slots=True)
class CsvRows:
    """An open file: iterate over it once; `share` says how much of it has been read, from 0 to 1."""

    path: Path
    _source: IO[bytes] | None = None
    _size: int = 1

    @property
    def share(self) -> float:
        return min(1.0, self._source.tell() / self._size) if self._source else 0.0

    def __iter__(self) -> Iterator[Row]:
        """Read row by row; raises BadFile when the file is no UTF-8 CSV with the columns that decide."""
        self._size = max(1, self.path.stat().st_size)
        with (
            self.path.open("rb") as source,
            io.TextIOWrapper(source, encoding="utf-8-sig", newline="") as text,
        ):
            if source.read(2) in _UTF16_MARKS:
                raise BadFile("the file is UTF-16; save it as 'CSV UTF-8'")
            source.seek(0)
            self._source = source
            try:
                yield from _records(text)
            finally:
                self._source = None


def _records(text: io.TextIOWrapper) -> Iterator[Row]:
    reader = csv.reader(text, strict=True)
    before = 0
    try:
        columns = _columns(next(reader, []))
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                yield _row(line, columns, cells)
    except UnicodeDecodeError as error:
        raise BadFile(f"the file is not UTF-8 after line {before}; save it as 'CSV UTF-8'") from error
    except csv.Error as error:
        raise BadFile(
            f"after line {before} the file is not CSV ({error}); look for a quote that is not closed"
        ) from error


def _columns(header: Sequence[str]) -> list[str]:
    names = ["_".join(name.strip().lower().split()) for name in header]
    if len(names) == 1:
        for separator, words in _OTHER_SEPARATORS.items():
            if separator in header[0]:
                raise BadFile(f"columns are separated by {words}; save the file with commas")
    if missing := [name for name in REQUIRED if name not in names]:
        raise BadFile(
            f"the header lacks {', '.join(missing)}; add {'it' if len(missing) == 1 else 'them'}, even blank"
        )
    if repeated := sorted({name for name in names if name and names.count(name) > 1}):
        raise BadFile(f"the header has {', '.join(repeated)} more than once; keep one of each")
    for position, name in enumerate(names, start=1):
        if not name or len(name) > _LONGEST_NAME or "\x00" in name:
            raise BadFile(f"column {position} needs a name of 1 to {_LONGEST_NAME} characters")
    return names


def _row(line: int, columns: list[str], cells: list[str]) -> Row:
    cells = [cell.strip() for cell in cells]
    by_name = dict(zip(columns, cells, strict=False))
    values = {name: by_name.get(name, "") for name in KNOWN}
    problem = ""
    if len(cells) != len(columns):
        problem = (
            f"has {len(cells)} cells under {len(columns)} columns; look for a comma or quote out of place"
        )
    elif "\x00" in "".join(cells):
        problem = "holds a NUL character; remove it"
    if problem:
        return Row(
            line, dict.fromkeys(KNOWN, "") | {"phone": values["phone"].replace("\x00", "")}, {}, problem
        )
    others = {name: cell for name, cell in by_name.items() if name not in KNOWN and cell}
    return Row(line, values, others)
