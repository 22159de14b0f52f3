"""Reading a rule pack's files: a wrong row is refused with its file, its place in it and the field."""

import dataclasses
import datetime as dt
import tomllib
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

from consent.models import CONSENTED
from consent.rule_pack_rows import (
    WEEKDAYS,
    WHOLE_DAY,
    Hours,
    Inherited,
    Requirement,
    Row,
    Rule,
    Setting,
    Week,
)

_AnyRow = TypeVar("_AnyRow", bound=Row)


class RulePackError(ValueError):
    """A row of a rule pack is wrong; the message names the file, the row and the field."""


class Rows(NamedTuple):
    """All rows of a pack, by kind, each in the order of the files' names and then of the file."""

    rules: tuple[Rule, ...]
    inherited: tuple[Inherited, ...]
    settings: tuple[Setting, ...]
    requirements: tuple[Requirement, ...]


def read(texts: dict[str, str]) -> Rows:
    """The rows of these TOML files by name. Raises RulePackError."""
    found: dict[type[Row], list[Any]] = {Rule: [], Inherited: [], Setting: [], Requirement: []}
    named: list[tuple[str, Row]] = []
    for name, text in sorted(texts.items()):
        for where, row in _rows_of(name, text):
            found[type(row)].append(row)
            named.append((where, row))
    _refuse_overlaps(named)
    return Rows(*(tuple(rows) for rows in found.values()))


def _rows_of(name: str, text: str) -> Iterator[tuple[str, Row]]:
    try:
        file = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulePackError(f"{name}: {error}") from None
    defaults = file.pop("defaults", {})
    for at, row in enumerate(file.pop("rule", []), 1):
        yield f"{name}: rule {at}", _rule(defaults | row, f"{name}: rule {at}")
    for table, kind in (("inherited", Inherited), ("setting", Setting), ("requirement", Requirement)):
        for at, row in enumerate(file.pop(table, []), 1):
            yield f"{name}: {table} {at}", _made(kind, defaults | row, f"{name}: {table} {at}")
    if file:
        raise RulePackError(f"{name}: unknown table {', '.join(sorted(file))}")


def _refuse_overlaps(named: list[tuple[str, Row]]) -> None:
    """Of one subject one row at a time; and a state either has rules of the law or inherits them."""
    by_subject: dict[str, list[tuple[str, Row]]] = {}
    for where, row in named:
        subjects = [row.subject]
        if isinstance(row, Inherited) or (
            isinstance(row, Rule) and row.by == "law" and "-" in row.jurisdiction
        ):
            subjects.append(f"{row.jurisdiction}: has rules of its own or inherits them, not both; it")
        for subject in subjects:
            for there, other in by_subject.setdefault(subject, []):
                is_same_kind = type(row) is type(other)
                if (is_same_kind is (subject == row.subject)) and _overlap(row, other):
                    raise RulePackError(
                        f"{where}: {subject} is in effect from {row.effective_from} while {there} still is: "
                        f"end that one with effective_until"
                    )
            by_subject[subject].append((where, row))


def _overlap(one: Row, other: Row) -> bool:
    return one.effective_from < (other.effective_until or dt.date.max) and other.effective_from < (
        one.effective_until or dt.date.max
    )


def _rule(row: dict[str, Any], where: str) -> Rule:
    if "weekdays" not in row:
        raise RulePackError(f"{where}: weekdays is missing")
    row = row | {"week": _week(row, where)}
    for day in ("weekdays", *WEEKDAYS):
        row.pop(day, None)
    rule = _made(Rule, row, where)
    if rule.purpose not in CONSENTED:
        raise RulePackError(f"{where}: purpose must be one of {', '.join(CONSENTED)}")
    if (rule.cap_per_day is None) != (not rule.cap_counts):
        raise RulePackError(f"{where}: cap_per_day and cap_counts (which texts it counts) go together")
    return rule


def _week(row: dict[str, Any], where: str) -> Week:
    """Each day's own hours, or those of `weekdays`; they hold for Saturday and Sunday too unless these are named."""
    days = {day: row.get(day, row["weekdays"]) for day in WEEKDAYS}
    return tuple(_hours(text, f"{where}: {day if day in row else 'weekdays'}") for day, text in days.items())


def _hours(text: Any, where: str) -> Hours | None:
    """Read "10:00-20:00" or "none"."""
    if text == "none":
        return None
    try:
        start, end = (int(clock[:-3]) * 60 + int(clock[-2:]) for clock in text.split("-"))
    except (AttributeError, ValueError):
        raise RulePackError(f'{where}: {text!r} is not "none" or hours like "10:00-20:00"') from None
    if not 0 <= start < end <= WHOLE_DAY:
        raise RulePackError(f"{where}: {text!r} does not end after it begins within one day")
    return start, end


def _made(kind: type[_AnyRow], row: dict[str, Any], where: str) -> _AnyRow:
    """A row as its class, every field there and of its type; tomllib has made dates and numbers already."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if unknown := sorted(row.keys() - fields.keys()):
        raise RulePackError(f"{where}: unknown {', '.join(unknown)}")
    for name, field in fields.items():
        if name not in row and field.default is dataclasses.MISSING:
            raise RulePackError(f"{where}: {name} is missing")
        if name in row and not _fits(row[name], field.type):
            raise RulePackError(f"{where}: {name} cannot be {row[name]!r}")
    made = kind(**row)
    if made.effective_until is not None and made.effective_until <= made.effective_from:
        raise RulePackError(f"{where}: effective_until must come after effective_from")
    if made.confidence == "conflicting" and not made.disagreement:
        raise RulePackError(f"{where}: disagreement is missing: say what the other sources have")
    return made


def _fits(value: Any, wanted: Any) -> bool:
    if get_origin(wanted) is Literal:
        return value in get_args(wanted)
    if get_origin(wanted) is UnionType:
        return any(_fits(value, choice) for choice in get_args(wanted))
    if get_origin(wanted) is tuple:
        return isinstance(value, tuple)
    if wanted is str and value == "":
        return False
    return type(value) is wanted
