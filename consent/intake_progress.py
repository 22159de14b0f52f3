"""How far an import is, told to the caller and to the admin; and the lock that shows that it lives."""

import time
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Self

from django.db import connection

from contacts.models import ContactImport

# What is going on, rows read so far, and how far along it is, from 0 to 1.
OnProgress = Callable[[str, int, float], None]
_EVERY_SECONDS = 1.0
_EVERY_ROWS = 500
_READING_IS = 0.5


def lock_key(import_id: uuid.UUID) -> int:
    """The advisory lock that a process holds as long as it works on this import, and loses when it dies."""
    return import_id.int & (2**63 - 1)


class Progress:
    """Tells at most once a second. What it writes is for the eye: a lost update harms nothing."""

    def __init__(self, contact_import: ContactImport, on_progress: OnProgress | None) -> None:
        self._import = contact_import
        self._on_progress = on_progress
        self._rows = 0
        self._told_at = time.monotonic()

    def __enter__(self) -> Self:
        self._own = connection.copy()
        self._execute("SELECT pg_advisory_lock(%s)", [lock_key(self._import.id)])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._execute("SELECT pg_advisory_unlock(%s)", [lock_key(self._import.id)])
        finally:
            self._own.close()

    def reading(self, rows: int, share: float) -> None:
        """Count a row that was read; `share` of the file is read so far."""
        self._rows = rows
        if rows % _EVERY_ROWS == 0 and time.monotonic() - self._told_at >= _EVERY_SECONDS:
            self._tell("reading", share * _READING_IS)

    def enter(self, stage: str, share: float) -> None:
        """A stage after the reading has begun, at this share of the whole."""
        self._tell(stage, share)

    def _tell(self, stage: str, share: float) -> None:
        self._told_at = time.monotonic()
        if self._on_progress:
            self._on_progress(stage, self._rows, share)
        self._execute(
            "UPDATE contacts_contactimport SET rows = %s WHERE id = %s", [self._rows, self._import.id]
        )

    def _execute(self, statement: str, values: list[int | uuid.UUID]) -> None:
        with self._own.cursor() as cursor:
            cursor.execute(statement, values)
