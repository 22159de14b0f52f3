"""What applying a program file changes: each difference is noted where it is written."""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Literal, TypeVar

from django.db import models

from campaigns.program_file_waits import format_wait

Row = TypeVar("Row", bound=models.Model)


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """One line of the diff: "+" a new row, "~" a changed field, "!" something a person should know."""

    sign: Literal["+", "~", "!"]
    what: str
    words: str = ""

    def __str__(self) -> str:
        return f"{self.sign} {self.what}{': ' if self.words else ''}{self.words}"


@dataclasses.dataclass(slots=True)
class Diff:
    """Collects the changes of one application, in the order they are made."""

    changes: list[Change] = dataclasses.field(default_factory=list)

    def created(self, what: str) -> None:
        self.changes.append(Change("+", what))

    def changed(self, what: str, was: Any, becomes: Any) -> None:
        self.changes.append(Change("~", what, f"{shown(was)} → {shown(becomes)}"))

    def warn(self, what: str, words: str) -> None:
        self.changes.append(Change("!", what, words))

    def put(
        self,
        model: type[Row],
        what: str,
        *,
        key: Mapping[str, Any],
        values: Mapping[str, Any],
        given: AbstractSet[str],
        once: Mapping[str, Any],
    ) -> tuple[Row, bool]:
        """Find the row by `key`, or make it from `key`, `values` and `once`; gives it and whether it is new.

        Of a row that is there, only the values named in `given` are brought up to date.
        """
        row = model._default_manager.filter(**key).first()  # noqa: SLF001 - Django's documented name
        if row is None:
            row = model._default_manager.create(**key, **values, **once)  # noqa: SLF001
            self.created(what)
            return row, True
        self.update(row, what, {column: value for column, value in values.items() if column in given})
        return row, False

    def update(self, row: models.Model, what: str, values: Mapping[str, Any]) -> None:
        """Bring these columns up to date, and note each that differs."""
        differing = {column: value for column, value in values.items() if getattr(row, column) != value}
        for column, value in differing.items():
            self.changed(f"{what}.{KEY_OF_COLUMN.get(column, column)}", getattr(row, column), value)
            setattr(row, column, value)
        if differing:
            row.save(update_fields=list(differing))


# Where the file and the table call a thing by different names.
KEY_OF_COLUMN = {
    "disclosure_slug": "disclosure",
    "help_text": "help",
    "messaging_service_sid": "messaging_service",
    "segment_id": "segment",
    "active_since": "active",
}


def shown(value: Any) -> str:
    """A value as it would stand in the file."""
    if isinstance(value, dt.timedelta):
        return f'"{format_wait(value)}"'
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if value is None or value == "":
        return "nothing"
    if isinstance(value, str | bool | int | float | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
