"""The ways in which a person's rows are erased: blanked, deleted, or masked where somebody else's text names them."""

import dataclasses
from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet

from contacts import clock
from smsapp.privacy.subject import Subject

Rows = Callable[[Subject], "QuerySet[Any]"]


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """Columns of one model that may tell of a person, and what erases them; `clear` returns how many rows changed."""

    model: type[Model]
    columns: tuple[str, ...]
    clear: Callable[[Subject], int]
    how: str

    @property
    def label(self) -> str:
        """The model as the register names it, e.g. contacts.Contact."""
        return str(self.model._meta.label)


def blank(model: type[Model], rows: Rows, *, stamp: str = "", **values: Any) -> Step:
    """Set these columns to these values where they are anything else; `stamp` is a column for the moment of it."""

    def clear(subject: Subject) -> int:
        stamps = {stamp: clock.now()} if stamp else {}
        return rows(subject).exclude(**values).update(**values, **stamps)

    return Step(model, tuple(values), clear, "blanked")


def delete(model: type[Model], rows: Rows, *columns: str) -> Step:
    """Delete the rows; `columns` are those that told of a person."""

    def clear(subject: Subject) -> int:
        deleted: dict[str, int] = rows(subject).delete()[1]
        return deleted.get(str(model._meta.label), 0)

    return Step(model, columns, clear, "the row is deleted")


def mask(model: type[Model], rows: Rows, *columns: str) -> Step:
    """Replace the person's numbers in texts that are about something else."""

    def clear(subject: Subject) -> int:
        changed: set[Any] = set()
        for column in columns:
            for spelled in subject.spellings:
                found = spelled.rows_with(rows(subject), column).values_list("pk", column)
                for pk, text in list(found):
                    masked = spelled.masked(text)
                    if masked != text:
                        rows(subject).filter(pk=pk).update(**{column: masked})
                        changed.add(pk)
        return len(changed)

    return Step(model, columns, clear, "the person's numbers in it are masked")
