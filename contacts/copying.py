"""Inserting many rows at once by COPY, PostgreSQL's fastest way in."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, models


def copy_in(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model; a row that breaks a constraint is an IntegrityError.

    Django's bulk_create writes one statement with a parameter per value, and most of its time is spent on
    putting that statement together. Nothing is read back: rows have their primary keys, or do not need them.
    """
    if not rows:
        return
    fields = [field for field in rows[0]._meta.concrete_fields if not isinstance(field, models.AutoField)]
    table = connection.ops.quote_name(rows[0]._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    names = [field.attname for field in fields]
    adapters = [(n, _adapter(field)) for n, field in enumerate(fields) if isinstance(field, models.JSONField)]
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            # The driver knows how to write every other type as Python has it.
            values = [getattr(row, name) for name in names]
            for position, adapt in adapters:
                values[position] = adapt(values[position])
            copy.write_row(values)


def _adapter(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    return lambda value: field.get_db_prep_save(value, connection)
