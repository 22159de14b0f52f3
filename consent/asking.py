"""What the gate is asked and what it answers: plain values, no tables."""

import dataclasses
import datetime as dt
import uuid
from typing import Any, Literal

Outcome = Literal["allow", "hold", "refuse"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """May this text go to this number now? Moments are aware UTC.

    `recent_marketing` are the moments at which this number got, or may be getting, marketing texts of the
    brand in the last 24 hours, or 7 days for who asked for fewer, oldest first; `last_inbound_at` is when the person
    last wrote to the brand.
    """

    message_id: uuid.UUID
    brand_id: uuid.UUID
    point_id: uuid.UUID
    program_id: uuid.UUID | None
    purpose: str
    value: str = ""
    sender_problem: str = ""
    last_inbound_at: dt.datetime | None = None
    recent_marketing: tuple[dt.datetime, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer to one ask.

    `until`: for a hold, the earliest moment at which it may be allowed (None: when something changes).
    `release_at`: for a hold with an end, when to judge this text again: at `until`, or, where many wait for the same
    opening of the hours, a little later, each at its own moment.
    `window_ends_at`: for an allowed text, the last moment at which it may still arrive (None: any time).
    `facts`: what it was decided on, JSON-ready, without personal data beyond the ids.
    """

    message_id: uuid.UUID
    outcome: Outcome
    reasons: tuple[str, ...]
    until: dt.datetime | None
    window_ends_at: dt.datetime | None
    rule_pack: str
    facts: dict[str, Any]
    release_at: dt.datetime | None = None
