"""Uploaded files of contacts and their reports, with a person's rows taken out of them."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from django.conf import settings

from contacts.csv_rows import BadFile, shape_of
from smsapp.privacy.subject import Subject

# A record in quotes may run over several lines; a quote that is never closed must not swallow the file.
_MOST_LINES = 50


def blank_rows(subject: Subject, *, is_dry_run: bool = False) -> int:
    """Empty every record that names a number of the person, in all files of the brand; returns how many.

    An emptied record leaves its lines, so that the line numbers in other people's evidence still hold. The digest
    of what was uploaded stays with the import; the erasure that is on record says why the file differs.
    """
    spelled = subject.spellings
    if not spelled:
        return 0
    return sum(
        _blank_in(path, subject, is_dry_run=is_dry_run)
        for brand_id in subject.brand_ids
        for path in sorted((Path(settings.VAR_DIR) / "uploads" / str(brand_id)).rglob("*"))
        if path.is_file()
    )


def _blank_in(path: Path, subject: Subject, *, is_dry_run: bool) -> int:
    encoding = _encoding_of(path)
    found = 0
    with (
        path.open(encoding=encoding, errors=_errors(encoding), newline="") as source,
        tempfile.NamedTemporaryFile(
            "w", dir=path.parent, encoding=encoding, errors=_errors(encoding), newline="", delete=False
        ) as target,
    ):
        try:
            for record in _records(source):
                is_theirs = subject.are_in(record)
                found += is_theirs
                target.write(_emptied(record) if is_theirs else record)
        except BaseException:
            Path(target.name).unlink()
            raise
    if found and not is_dry_run:
        os.chmod(target.name, path.stat().st_mode)  # noqa: PTH101 - the name is a str already
        os.replace(target.name, path)  # noqa: PTH105 - the same
    else:
        Path(target.name).unlink()
    return found


def _encoding_of(path: Path) -> str:
    """UTF-16 where it is that; all else is read byte for byte, whatever its letters mean."""
    try:
        encoding = shape_of(path).encoding
    except (BadFile, UnicodeError):
        return "utf-8"
    return encoding if encoding.startswith("utf-16") else "utf-8"


def _errors(encoding: str) -> str:
    return "surrogateescape" if encoding == "utf-8" else "surrogatepass"


def _records(source: IO[str]) -> Iterator[str]:
    """Each record with its line ends; while a quote is open the record goes on."""
    lines: list[str] = []
    for line in source:
        lines.append(line)
        if "".join(lines).count('"') % 2 == 0:
            yield "".join(lines)
            lines.clear()
        elif len(lines) == _MOST_LINES:
            yield from lines
            lines.clear()
    yield from lines


def _emptied(record: str) -> str:
    return "".join(letter for letter in record if letter in "\r\n")
