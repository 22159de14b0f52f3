"""The facts of an ordinary, allowed marketing text, for tests that change one of them at a time."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from consent.asking import Ask, Got
from consent.facts import Facts, PointFacts, ProgramFacts, Relationship
from consent.models import Method, Purpose
from consent.projection import Standing

# A Wednesday, 13:00 in New York.
NOON = dt.datetime(2026, 11, 18, 18, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)

MARIA = uuid.UUID(int=1)
KEYS: dict[str, str] = {"marketing": "marketing:0123456789ab", "informational": "informational:ba9876543210"}

ACTIVE = Standing(purposes=frozenset(KEYS.values()), granted_at=NOON - dt.timedelta(days=30), last_seq=1)
STOPPED = Standing(closed_by=frozenset({Method.KEYWORD.value}), last_seq=2)


def point(**changes: Any) -> PointFacts:
    """Maria in New York."""
    fields: dict[str, Any] = {
        "contact_id": MARIA,
        "country": "US",
        "stated_country": "",
        "zones": ("America/New_York",),
        "zone_source": "stated",
        "jurisdictions": frozenset({"US-NY"}),
        "line": "fixed_line_or_mobile",
        "brand_paused_at": None,
    }
    return PointFacts(**(fields | changes))


def program(**changes: Any) -> ProgramFacts:
    """A ready program that serves the United States and sends both kinds."""
    fields: dict[str, Any] = {
        "countries": frozenset({"US"}),
        "purpose_keys": KEYS,
        "marketing_cap_per_day": 3,
        "fewer_per_week": 1,
        "relationship": relationship(),
        "ready_at": NOON - dt.timedelta(days=90),
        "paused_at": None,
    }
    return ProgramFacts(**(fields | changes))


def relationship(**changes: Any) -> Relationship:
    """Settings under which no rule about the relationship objects, unless a test changes one."""
    fields: dict[str, Any] = {
        "marketing_cap_per_week": 0,
        "marketing_cap_per_month": 0,
        "offer_share": 100,
        "offer_window": 4,
        "quiet_after": 0,
        "question_every": 0,
        "rest_hours": 0,
        "silence_days": 0,
        "texts_landlines": False,
        "texts_voip": True,
    }
    return Relationship(**(fields | changes))


def got(*moments: dt.datetime, value: str = "know_how", likeness: int | None = None) -> tuple[Got, ...]:
    """Marketing texts that were got at these moments, oldest first."""
    return tuple(Got(at, value, likeness) for at in moments)


def facts(purpose: str = Purpose.MARKETING, **changes: Any) -> Facts:
    """Facts on which nothing objects; `changes` go to the ask or, by name, to the facts themselves."""
    own = {
        name: changes.pop(name) for name in ("point", "program", "permission", "number") if name in changes
    }
    asked: dict[str, Any] = {
        "message_id": uuid.UUID(int=2),
        "brand_id": uuid.UUID(int=3),
        "point_id": uuid.UUID(int=4),
        "program_id": uuid.UUID(int=5),
        "purpose": purpose,
    }
    whole = Facts(
        ask=Ask(**(asked | changes)), point=point(), program=program(), permission=ACTIVE, number=None
    )
    return dataclasses.replace(whole, **own)
