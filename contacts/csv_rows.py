"""Records of a CSV file as a stream: how it is written is found out, what it says is never repaired by guessing."""

import codecs
import csv
import dataclasses
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

import charset_normalizer

# Python's names of the encodings that are read, and what people call them.
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a mark",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_LONGEST_NAME = 60
_BEGINNING = 65536
_CHUNK = 1 << 20
_PHONE_LIKE = re.compile(r"\+?[\d\s().-]{7,}")


class BadFile(ValueError):
    """A file that cannot be read as CSV at all."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written: `encoding` in Python's name, the separator, and its columns as they are called there.

    Without a header (the first line holds a number) the columns are "column 1", "column 2" and so on.
    """

    encoding: str
    separator: str
    columns: tuple[str, ...]
    has_header: bool = True

    @property
    def words(self) -> str:
        """For people: "UTF-8, comma"."""
        return f"{ENCODINGS[self.encoding]}, {SEPARATORS[self.separator]}"


class Record(NamedTuple):
    """One record: the line it begins on (the header being line 1), its trimmed cells, and "" or why they are none."""

    line: int
    cells: list[str]
    problem: str = ""


def key_of(name: str) -> str:
    """A column's name without case and spacing: "Phone  Number" is phone_number."""
    return "_".join(name.strip().lower().split())


def shape_of(path: Path) -> Shape:
    """Find out how a file is written; raises BadFile for one that is no CSV, in words with the cure."""
    encoding = _encoding_of(path)
    with path.open("rb") as source:
        beginning = codecs.getincrementaldecoder(encoding)("replace").decode(source.read(_BEGINNING))
    first = {separator: _first_record(beginning, separator) for separator in SEPARATORS}
    separator = max(SEPARATORS, key=lambda each: len(first[each]))
    cells = first[separator]
    if not any(cells):
        raise BadFile("the file is empty; its first line names the columns")
    if any(_PHONE_LIKE.fullmatch(cell) for cell in cells):
        return Shape(
            encoding, separator, tuple(f"column {n + 1}" for n in range(len(cells))), has_header=False
        )
    return Shape(encoding, separator, _names(cells))


@dataclasses.dataclass(slots=True)
class CsvRows:
    """A file to iterate over once; `share` says how much of it has been read, from 0 to 1."""

    path: Path
    shape: Shape
    _source: IO[bytes] | None = None
    _size: int = 1

    @property
    def share(self) -> float:
        return min(1.0, self._source.tell() / self._size) if self._source else 0.0

    def __iter__(self) -> Iterator[Record]:
        """Read record by record; raises BadFile where the file stops being what its beginning was."""
        self._size = max(1, self.path.stat().st_size)
        with (
            self.path.open("rb") as source,
            io.TextIOWrapper(source, encoding=self.shape.encoding, newline="") as text,
        ):
            self._source = source
            try:
                yield from _records(text, self.shape)
            finally:
                self._source = None


def _records(text: io.TextIOWrapper, shape: Shape) -> Iterator[Record]:
    reader = csv.reader(text, strict=True, delimiter=shape.separator)
    before = 0
    try:
        if shape.has_header:
            next(reader, [])
            before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed):
                yield Record(line, trimmed, _problem(trimmed, shape))
    except UnicodeDecodeError as error:
        raise BadFile(
            f"the file is not {ENCODINGS[shape.encoding]} after line {before}; save it as 'CSV UTF-8'"
        ) from error
    except csv.Error as error:
        raise BadFile(
            f"after line {before} the file is not CSV ({error}); look for a quote that is not closed"
        ) from error


def _problem(cells: Sequence[str], shape: Shape) -> str:
    if len(cells) != len(shape.columns):
        separator = SEPARATORS[shape.separator]
        return (
            f"has {len(cells)} cells under {len(shape.columns)} columns; "
            f"look for a {separator} or quote out of place"
        )
    return "holds a NUL character; remove it" if any("\x00" in cell for cell in cells) else ""


def _first_record(beginning: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader(io.StringIO(beginning), delimiter=separator), [])]
    except csv.Error:
        return []


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    names = tuple(cell or f"column {position}" for position, cell in enumerate(cells, start=1))
    keys = [key_of(name) for name in names]
    if repeated := sorted({key for key in keys if keys.count(key) > 1}):
        raise BadFile(f"the header has {', '.join(repeated)} more than once; keep one of each")
    for position, name in enumerate(names, start=1):
        if len(name) > _LONGEST_NAME or "\x00" in name:
            raise BadFile(f"column {position} needs a name of 1 to {_LONGEST_NAME} characters")
    return names


def _encoding_of(path: Path) -> str:
    """What the file's mark says; else UTF-8 if all of it is; else Windows-1252 if it reads as that."""
    with path.open("rb") as source:
        beginning = source.read(_BEGINNING)
        if beginning.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        # Every second byte of Latin letters in UTF-16 is a zero, which no other text has.
        if beginning[:64].count(0) > len(beginning[:64]) // 3:
            return "utf-16-be" if beginning[0] == 0 else "utf-16-le"
        source.seek(0)
        return _without_mark(source)


def _without_mark(source: IO[bytes]) -> str:
    decoder, is_ascii = codecs.getincrementaldecoder("utf-8")(), True
    while True:
        chunk = source.read(_CHUNK)
        try:
            is_ascii &= decoder.decode(chunk, final=not chunk).isascii()
        except UnicodeDecodeError as error:
            if not (is_ascii and chunk[: error.start].isascii()):
                raise BadFile(
                    "the file is UTF-8 at first and then something else; save it as 'CSV UTF-8'"
                ) from error
            return _single_byte(error.object[max(0, error.start - _BEGINNING) : error.start + _BEGINNING])
        if not chunk:
            return "utf-8"


def _single_byte(sample: bytes) -> str:
    if charset_normalizer.from_bytes(sample, cp_isolation=["cp1252"]).best() is None:
        raise BadFile("the file is neither UTF-8, UTF-16 nor Windows-1252; save it as 'CSV UTF-8'")
    return "cp1252"
