"""A conversation line by line: texts both ways and the team's notes, in the order they happened."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.auth import get_user_model

from campaigns.models import Campaign, StageVisit
from consent import preferences
from contacts.admin_words import pill
from inbox.models import Note
from messaging import admin_words
from messaging.models import Direction, Message, Origin, Thread

MOST_LINES = 200
ERASED_WORDS = "(words erased)"
# From when a text was said to when it reached us; less is not worth a word.
LATE = dt.timedelta(minutes=5)


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One bubble. `kind` is in, out or note; `at` is in the person's zone, `utc` says it in UTC."""

    id: str
    kind: str
    body: str
    at: dt.datetime
    utc: str
    clock: str
    iso: str
    day: str
    pill: str
    why: str
    from_whom: str
    segments: int
    media: list[dict[str, Any]]
    key: str
    came_at: dt.datetime


def lines_of(thread: Thread, *, zone: dt.tzinfo, most: int = MOST_LINES) -> list[Line]:
    """The latest lines, oldest first; a constant number of queries."""
    texts = list(
        Message.objects.filter(brand_id=thread.brand_id, thread_id=thread.id)
        .order_by("-created_at", "-id")
        .prefetch_related("program")[:most]
    )
    notes = list(
        Note.objects.filter(brand_id=thread.brand_id, thread=thread)
        .select_related("author")
        .order_by("-created_at")[:most]
    )
    origins = origins_of(texts)
    told = [_of_text(message, zone, origins) for message in texts] + [_of_note(note, zone) for note in notes]
    return sorted(told, key=lambda line: line.key)[-most:]


def version_of(thread: Thread, lines: list[Line]) -> str:
    """Changes whenever the conversation looks different."""
    seen = hash((thread.waiting_since, *((line.id, line.pill) for line in lines)))
    return f"{seen & 0xFFFFFFFFFFFF:x}"


def _of_text(message: Message, zone: dt.tzinfo, origins: dict[uuid.UUID, str]) -> Line:
    is_in = message.direction == Direction.IN
    at = message.created_at.astimezone(zone)
    return Line(
        id=str(message.id),
        kind="in" if is_in else "out",
        body=ERASED_WORDS
        if message.redacted_at and not message.body
        else preferences.without_keys(message.body),
        at=at,
        utc=_utc(message.created_at),
        clock=f"{at:%H:%M}",
        iso=at.isoformat(),
        day=f"{at:%A, %-d %B %Y}",
        pill="" if is_in else pill(message.status, message.get_status_display()),
        why=_came_late(message, zone) if is_in else admin_words.reason(message),
        from_whom=origins.get(message.id, ""),
        segments=message.segments,
        media=list(message.media or []),
        key=f"{message.created_at.timestamp():020.6f}{message.id}",
        came_at=max(at, message.settled_at) if is_in and message.settled_at else at,
    )


def _came_late(message: Message, zone: dt.tzinfo) -> str:
    """When a text that was pulled from the carrier's list reached us, if that was not at once."""
    came_at = message.settled_at
    if came_at is None or came_at - message.created_at < LATE:
        return ""
    return f"reached us late, {came_at.astimezone(zone):%-d %b %H:%M}"


def _of_note(note: Note, zone: dt.tzinfo) -> Line:
    at = note.created_at.astimezone(zone)
    return Line(
        id=str(note.id),
        kind="note",
        body=note.text,
        at=at,
        utc=_utc(note.created_at),
        clock=f"{at:%H:%M}",
        iso=at.isoformat(),
        day=f"{at:%A, %-d %B %Y}",
        pill="",
        why="",
        from_whom=_writer(note),
        segments=0,
        media=[],
        key=f"{note.created_at.timestamp():020.6f}{note.id}",
        came_at=at,
    )


def _writer(note: Note) -> str:
    if note.by_contact:
        return "the person, on the preference page"
    return (
        (note.author.get_full_name() or note.author.get_username()) if note.author else "a former team member"
    )


def origins_of(texts: Sequence[Message]) -> dict[uuid.UUID, str]:
    """Where each outbound text comes from, in words."""
    ours = [message for message in texts if message.direction == Direction.OUT]
    campaigns = {m.origin_id for m in ours if m.origin == Origin.CAMPAIGN and m.origin_id}
    visits = {m.origin_id for m in ours if m.origin == Origin.STAGE and m.origin_id}
    people = {m.sent_by[5:] for m in ours if m.sent_by.startswith("user:") and m.sent_by[5:].isdigit()}
    names: dict[Any, str] = {}
    if campaigns:
        names |= {row.id: f"Campaign “{row.name}”" for row in Campaign.objects.filter(id__in=campaigns)}
    if visits:
        for visit in StageVisit.objects.filter(id__in=visits).select_related("stage__journey"):
            names[visit.id] = f"Journey “{visit.stage.journey.name}”, stage {visit.stage.position}"
    if people:
        users = get_user_model().objects.filter(pk__in=people)
        names |= {f"user:{user.pk}": user.get_full_name() or user.get_username() for user in users}
    return {message.id: _origin(message, names) for message in ours}


def _origin(message: Message, names: dict[Any, str]) -> str:
    if message.origin == Origin.REPLY:
        return names.get(message.sent_by, "a former team member")
    return names.get(message.origin_id, str(Origin(message.origin).label))


def _utc(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
