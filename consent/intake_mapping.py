"""From another's columns to ours: which of theirs is which of ours, and what holds for all rows of a file."""

import dataclasses
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from consent import layouts
from consent.intake_columns import BY_NAME, NAMES, columns_of
from consent.layouts import Layout, Times
from contacts.csv_rows import Record, Shape, key_of
from contacts.models import ContactImport

# Said in the place of a purpose, these mean that the person left, whoever's file it is.
_LEFT_WORDS = frozenset({"unsubscribed", "opted out", "opted_out", "opted-out", "opt-out", "optout", "stop"})
_NEVER_WORDS = frozenset({"", "false", "no", "0", "never", "n/a", "none", "null", "-"})


class BadMapping(ValueError):
    """Columns that cannot be read so; the message names the column and the fix."""


class Row(NamedTuple):
    """One record in our words.

    `values` holds every one of our columns, "" where the file has none; `attributes` the other columns that
    are not blank. `has_left`: the file says that this person left. `problem`: "", or why the cells cannot be
    told apart; then only `values["phone"]` says anything.
    """

    line: int
    values: dict[str, str]
    attributes: dict[str, str]
    has_left: bool = False
    problem: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Mapping:
    """Our column → column of the file, or → a value that holds for all its rows."""

    layout: str
    columns: dict[str, str]
    constants: dict[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_json(cls, layout: str, stored: dict[str, Any]) -> Self:
        return cls(layout, dict(stored.get("columns", {})), dict(stored.get("constants", {})))

    def as_json(self) -> dict[str, Any]:
        return {"columns": self.columns, "constants": self.constants}


def suggest(shape: Shape, kind: str, *, layout: Layout | None = None) -> Mapping:
    """What the columns of a file most likely are: by `layout`, else by the layout it is recognised as, else by name.

    The last only takes columns that are called like ours; nothing is guessed. A bare list of numbers is ours too.
    """
    layout = layout or layouts.recognise(shape.columns)
    theirs = {key_of(name): name for name in shape.columns}
    ours = [column.name for column in columns_of(kind)]
    if layout is None:
        by_name = {name: theirs[name] for name in ours if name in theirs}
        if kind == ContactImport.Kind.OPT_OUTS and not shape.has_header and len(shape.columns) == 1:
            by_name = {"phone": shape.columns[0]}
        is_ours = kind == ContactImport.Kind.OPT_OUTS and "phone" in by_name
        return Mapping(layouts.STANDARD if is_ours else layouts.BY_HAND, by_name)
    found = {}
    for name, candidates in layout.columns.items():
        present = [theirs[key_of(each)] for each in candidates if key_of(each) in theirs]
        if present and name in ours:
            found[name] = present[0]
    if kind == ContactImport.Kind.OPT_OUTS:
        return Mapping(layout.slug, found | {name: theirs[name] for name in ("program",) if name in theirs})
    return Mapping(layout.slug, found, dict(layout.constants))


def check(mapping: Mapping, shape: Shape, kind: str) -> None:
    """Raise BadMapping unless every column is there, named once, and the phone is among them."""
    ours = {column.name for column in columns_of(kind)}
    for name in (*mapping.columns, *mapping.constants):
        if name not in ours:
            raise BadMapping(f"{name!r} is no column of an import; there are: {', '.join(sorted(ours))}")
    for name, theirs in mapping.columns.items():
        if theirs not in shape.columns:
            raise BadMapping(f"{name}: the file has no column {theirs!r}; it has: {', '.join(shape.columns)}")
        if name in mapping.constants:
            raise BadMapping(f"{name}: choose a column or one value for all rows, not both")
    for name in mapping.constants:
        if not BY_NAME[name].for_all:
            raise BadMapping(f"{name}: one value for all rows cannot be true; choose a column")
    if "phone" not in mapping.columns:
        raise BadMapping("phone: choose the column with the numbers")


class Reader:
    """Reads records in our words, by one mapping; built once a file, called once a row."""

    def __init__(self, mapping: Mapping, shape: Shape) -> None:
        layout = layouts.layouts().get(mapping.layout)
        at = {name: position for position, name in enumerate(shape.columns)}
        self.times = layout.times if layout else Times()
        self._blank = dict.fromkeys(NAMES, "")
        self._base = self._blank | mapping.constants
        self._columns = [(name, at[theirs]) for name, theirs in mapping.columns.items()]
        self._phone = at[mapping.columns["phone"]]
        self._words = layout.values if layout else {}
        self._left_words = _LEFT_WORDS | frozenset(layout.leavers if layout else ())
        self._everybody_left = layout is not None and layout.kind == ContactImport.Kind.OPT_OUTS.value
        used = set(mapping.columns.values())
        self._others = [(key_of(name), position) for name, position in at.items() if name not in used]

    def read(self, record: Record) -> Row:
        """The record as a row; what cannot be told apart keeps only its number."""
        cells = record.cells
        if record.problem:
            phone = cells[self._phone] if self._phone < len(cells) else ""
            values = self._blank | {"phone": phone.replace("\x00", "")}
            return Row(record.line, values, {}, problem=record.problem)
        values = self._base.copy()
        for name, position in self._columns:
            values[name] = cells[position]
        has_left = self._has_left(values)
        for name, words in self._words.items():
            values[name] = words.get(values[name].lower(), values[name])
        others = {name: cells[position] for name, position in self._others if cells[position]}
        return Row(record.line, values, others, has_left)

    def _has_left(self, values: dict[str, str]) -> bool:
        return (
            self._everybody_left
            or values["consent_purpose"].lower() in self._left_words
            or values["opted_out_at"].lower() not in _NEVER_WORDS
        )


def parse_assignments(texts: Sequence[str]) -> dict[str, str]:
    """["phone=Mobile", …] → {"phone": "Mobile", …}; raises BadMapping for one without "="."""
    pairs = [text.partition("=") for text in texts]
    for ours, equals, theirs in pairs:
        if not (equals and ours.strip() and theirs.strip()):
            raise BadMapping(f"{ours!r}: write our column, =, and theirs, such as phone=Mobile")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
