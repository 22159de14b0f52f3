"""Queries written out, for the few places that every text passes; the rest of the product asks through the ORM.

The ORM takes longer to put such a query together than PostgreSQL to answer it, and `RawQuerySet` works out anew each
time which column is which field. See docs/decisions/0012.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import ProgrammingError, connection, models
from django.db.backends.utils import CursorWrapper

M = TypeVar("M", bound=models.Model)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class Reader(Generic[M]):
    """A query that gives whole rows of one table as instances of its model: `SELECT <all its columns> <rest>`.

    `rest` is SQL of the caller's own module, never anybody's input; in it the table goes by the name `row`.
    """

    def __init__(self, model: type[M], rest: str) -> None:
        self._model = model
        self._rest = rest

    def __call__(self, params: Sequence[Any] | dict[str, Any]) -> list[M]:
        """Every row that the query finds with these parameters."""
        with connection.cursor() as cursor:
            cursor.execute(self.query, params)
            return self.rows(cursor)

    def rows(self, cursor: CursorWrapper) -> list[M]:
        """Every row that a cursor found with this query, for which it may have been asked together with others."""
        return [self._instance(values) for values in cursor.fetchall()]

    def first(self, params: Sequence[Any] | dict[str, Any]) -> M | None:
        """The first row, or None."""
        return next(iter(self(params)), None)

    def _instance(self, values: Sequence[Any]) -> M:
        if self._converters:
            read = list(values)
            for place, convert in self._converters:
                read[place] = convert(read[place], None, connection)
            values = read
        return self._model.from_db(connection.alias, self._names, values)

    @cached_property
    def query(self) -> str:
        """The whole statement."""
        columns = ", ".join(f"row.{field.column}" for field in self._model._meta.concrete_fields)
        return f"SELECT {columns} {self._rest}"

    @cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self._model._meta.concrete_fields]

    @cached_property
    def _converters(self) -> list[tuple[int, Callable[..., Any]]]:
        fields = enumerate(self._model._meta.concrete_fields)
        return [(place, field.from_db_value) for place, field in fields if hasattr(field, "from_db_value")]


def values(query: str, params: Sequence[Any] | dict[str, Any]) -> list[Any]:
    """The first column of every row that a query finds."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return [row[0] for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Question(Generic[A]):
    """A query with the parameters of this time, and what to make of the cursor that has its answer."""

    query: str
    params: Sequence[Any]
    read: Callable[[CursorWrapper], A]

    def ask(self) -> A:
        """The answer to it alone."""
        with connection.cursor() as cursor:
            cursor.execute(self.query, self.params)
            return self.read(cursor)


def ask_three(first: Question[A], second: Question[B], third: Question[C]) -> tuple[A, B, C]:
    """Three questions in one round trip; each sees what was committed before it began, as if asked by itself."""
    with connection.cursor() as cursor:
        questions = (first, second, third)
        cursor.execute(
            "; ".join(each.query for each in questions), [*first.params, *second.params, *third.params]
        )
        answer = first.read(cursor)
        _to_next(cursor)
        another = second.read(cursor)
        _to_next(cursor)
        return answer, another, third.read(cursor)


def _to_next(cursor: CursorWrapper) -> None:
    """On to the next answer; one that is missing must not pass for one without rows."""
    if not cursor.nextset():
        raise ProgrammingError("PostgreSQL answered fewer questions than it was asked")
