"""Set writes of what happened to messages: events and decisions, many in one statement."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection

from consent.asking import Verdict

# (message id, brand id, status before or "", status after, detail)
Change = tuple[uuid.UUID, uuid.UUID, str, str, dict[str, Any]]


def note(changes: Sequence[Change], *, cause: str, at: dt.datetime) -> None:
    """One event per change of state; of none, not even a query."""
    if not changes:
        return
    _copy_in(
        "messaging_messageevent (message_id, brand_id, at, was, became, cause, detail)",
        (
            (message_id, brand_id, at, was, became, cause, orjson.dumps(detail).decode())
            for message_id, brand_id, was, became, detail in changes
        ),
    )


def decide(verdicts: Sequence[tuple[uuid.UUID, Verdict]], *, stage: str, at: dt.datetime) -> None:
    """One decision receipt per (brand id, verdict)."""
    _copy_in(
        "messaging_decision (message_id, brand_id, stage, at, outcome, reasons, until, rule_pack, facts)",
        (
            (
                verdict.message_id,
                brand_id,
                stage,
                at,
                verdict.outcome,
                list(verdict.reasons),
                verdict.until,
                verdict.rule_pack,
                orjson.dumps(verdict.facts).decode(),
            )
            for brand_id, verdict in verdicts
        ),
    )


def _copy_in(where: str, rows: Iterable[Sequence[Any]]) -> None:
    """Insert by COPY, which neither parses a statement nor escapes lists of parameters."""
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(f"COPY {where} FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
