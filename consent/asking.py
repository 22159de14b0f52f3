"""What the gate is asked and what it answers: plain values, no tables."""

import dataclasses
import datetime as dt
import uuid
from typing import Any, Literal, NamedTuple

Outcome = Literal["allow", "hold", "refuse"]


class Got(NamedTuple):
    """A marketing text that a number got, or may be getting: when (aware UTC), what it brought, and its likeness.

    `likeness`: 64 bits, signed, of which nearly the same texts share nearly all; None where it was not kept.
    """

    at: dt.datetime
    value: str = ""
    likeness: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """May this text go to this number now? Moments are aware UTC.

    `recent_marketing` are the marketing texts of the brand that this number got, or may be getting, oldest first: all
    of the last 90 days, and the dozen before these. `likeness` is this text's own, as there. `last_inbound_at` is when
    the person last wrote to the brand, `last_reply_at` when one of the team last wrote to them; `is_waiting`: the
    person waits for our answer; `mood`: "angry" or "sad" until somebody has settled it.
    """

    message_id: uuid.UUID
    brand_id: uuid.UUID
    point_id: uuid.UUID
    program_id: uuid.UUID | None
    purpose: str
    value: str = ""
    sender_problem: str = ""
    last_inbound_at: dt.datetime | None = None
    last_reply_at: dt.datetime | None = None
    is_waiting: bool = False
    mood: str = ""
    likeness: int | None = None
    recent_marketing: tuple[Got, ...] = ()


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
