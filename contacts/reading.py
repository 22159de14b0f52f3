"""Queries written out, for the few places that every text passes; the rest of the product asks through the ORM.

The ORM takes longer to put such a query together than PostgreSQL to answer it, and `RawQuerySet` works out anew each
time which column is which field. See docs/decisions/0012.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

import psycopg
from django.db import ProgrammingError, connection, models
from django.db.backends.utils import CursorWrapper

M = TypeVar("M", bound=models.Model)
A = TypeVar("A")
B = TypeVar("B")
Params = Sequence[Any] | dict[str, Any]


class Reader(Generic[M]):
    """A query that gives whole rows of one table as instances of its model: `SELECT <all its columns> <rest>`.

    `rest` is SQL of the caller's own module, never anybody's input; in it the table goes by the name `row`.
    """

    def __init__(self, model: type[M], rest: str) -> None:
        self._model = model
        self._rest = rest

    def __call__(self, params: Params) -> list[M]:
        """Every row that the query finds with these parameters."""
        return self.question(params).ask()

    def question(self, params: Params) -> "Question[list[M]]":
        """The same, to be asked together with others."""
        return Question(
            self.query, params, lambda cursor: [self._instance(values) for values in cursor.fetchall()]
        )

    def first(self, params: Params) -> M | None:
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


@dataclass(frozen=True, slots=True)
class Question(Generic[A]):
    """A statement with the parameters of this time, and what to make of the cursor that has its answer."""

    query: str
    params: Params
    read: Callable[[CursorWrapper], A]

    def ask(self) -> A:
        """The answer to it alone."""
        with connection.cursor() as cursor:
            cursor.execute(self.query, self.params)
            return self.read(cursor)

    def into(self, make: Callable[[A], B]) -> "Question[B]":
        """The same question, of whose answer something is made."""
        return Question(self.query, self.params, lambda cursor: make(self.read(cursor)))


def rows(query: str, params: Params) -> Question[list[tuple[Any, ...]]]:
    """Every row that a query finds."""
    return Question(query, params, lambda cursor: cursor.fetchall())


def column(query: str, params: Params) -> Question[list[Any]]:
    """The first column of every row that a query finds."""
    return rows(query, params).into(lambda found: [row[0] for row in found])


def values(query: str, params: Params) -> list[Any]:
    """The same, asked at once."""
    return column(query, params).ask()


def change(statement: str, params: Params) -> Question[int]:
    """How many rows a statement changes."""
    return Question(statement, params, lambda cursor: cursor.rowcount)


def prepared() -> CursorWrapper:
    """A cursor whose statements PostgreSQL plans once and keeps, when they have come a few times on a connection.

    For a statement that comes alone, often, and takes longer to plan than to execute. Its parameters reach PostgreSQL
    as such, so each needs a type there (`%s::jsonb`), and its plan must suit them all. Behind a pooler nothing is
    kept (`DATABASE_IS_POOLED`), and all else is the same. To be used in a `with` statement.
    """
    connection.ensure_connection()
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    return wrap(psycopg.Cursor(connection.connection))  # type: ignore[arg-type] # the stubs expect an older driver


class Asked(Generic[A]):
    """A question that goes together with others; `answer` is there when the round trip is over."""

    answer: A

    def __init__(self, question: Question[A]) -> None:
        self.question = question


class RoundTrip:
    """Statements that go to PostgreSQL together, in this order, when the `with` block ends.

    Each sees what was committed before it began, as if it went by itself. Whoever asks one after the other waits
    as often for PostgreSQL, and that is most of what a small statement costs.
    """

    def __init__(self) -> None:
        self._asked: list[Asked[Any]] = []

    def ask(self, question: Question[A]) -> Asked[A]:
        """Take a question along."""
        asked = Asked(question)
        self._asked.append(asked)
        return asked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._asked:
            with connection.cursor() as cursor:
                self._go(cursor)

    def _go(self, cursor: CursorWrapper) -> None:
        questions = [each.question for each in self._asked]
        cursor.execute("; ".join(cursor.mogrify(each.query, each.params) for each in questions))
        for place, asked in enumerate(self._asked):
            # An answer that is missing must not pass for one without rows.
            if place and not cursor.nextset():
                raise ProgrammingError("PostgreSQL answered fewer questions than it was asked")
            asked.answer = asked.question.read(cursor)
