"""Set writes of what happened to messages: events and decisions, many in one statement."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection

from consent.asking import Verdict

# (message id, brand id, status before or "", status after, detail)
Change = tuple[uuid.UUID, uuid.UUID, str, str, dict[str, Any]]


def note(changes: Sequence[Change], *, cause: str, at: dt.datetime) -> None:
    """One event per change of state."""
    if not changes:
        return
    messages, brands, was, became, details = zip(*changes, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO messaging_messageevent (message_id, brand_id, at, was, became, cause, detail)
            SELECT m, b, %s, w, s, %s, d::jsonb
              FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[]) AS t(m, b, w, s, d)
            """,
            [
                at,
                cause,
                list(messages),
                list(brands),
                list(was),
                list(became),
                [json.dumps(d) for d in details],
            ],
        )


def decide(verdicts: Sequence[tuple[uuid.UUID, Verdict]], *, stage: str, at: dt.datetime) -> None:
    """One decision receipt per (brand id, verdict)."""
    if not verdicts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO messaging_decision
                   (message_id, brand_id, stage, at, outcome, reasons, until, rule_pack, facts)
            SELECT m, b, %s, %s, o, string_to_array(r, ' '), u, p, f::jsonb
              FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::timestamptz[], %s::text[],
                          %s::text[]) AS t(m, b, o, r, u, p, f)
            """,
            [
                stage,
                at,
                [verdict.message_id for _, verdict in verdicts],
                [brand_id for brand_id, _ in verdicts],
                [verdict.outcome for _, verdict in verdicts],
                [" ".join(verdict.reasons) for _, verdict in verdicts],
                [verdict.until for _, verdict in verdicts],
                [verdict.rule_pack for _, verdict in verdicts],
                [json.dumps(verdict.facts) for _, verdict in verdicts],
            ],
        )
