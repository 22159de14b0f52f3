"""Colours and words of the admin's pages: one place says what green means."""

import datetime as dt
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

GOOD, BAD, WAIT, INFO, PLAIN = "good", "bad", "wait", "info", "plain"

# Every status of the product, whatever it is the status of.
TONES = {
    "queued": INFO,
    "held": WAIT,
    "sending": INFO,
    "handed_off": INFO,
    "sent": INFO,
    "delivered": GOOD,
    "read": GOOD,
    "undelivered": BAD,
    "failed": BAD,
    "refused": BAD,
    "canceled": PLAIN,
    "unknown": WAIT,
    "received": PLAIN,
    "none": PLAIN,
    "requested": WAIT,
    "active": GOOD,
    "paused": WAIT,
    "closed": BAD,
    "expired": BAD,
    "draft": PLAIN,
    "scheduled": INFO,
    "filling": INFO,
    "finished": GOOD,
    "running": INFO,
    "settling": WAIT,
    "done": GOOD,
    "left": BAD,
    "replied": GOOD,
    "goal": GOOD,
    "allow": GOOD,
    "hold": WAIT,
    "refuse": BAD,
    "granted": GOOD,
    "confirmed": GOOD,
    "withdrawn": PLAIN,
    "revoked": BAD,
    "resumed": GOOD,
    "released": GOOD,
    "blocked_by_carrier": BAD,
    "undeliverable": BAD,
    "erased": PLAIN,
    "accepted": GOOD,
    "cannot_text": WAIT,
    "opted_out": BAD,
    "waiting": INFO,
    "preview": WAIT,
}


def pill(key: str, text: str, *, tone: str = "") -> SafeString:
    """A status as a small coloured word; the word says it all, the colour only helps."""
    return format_html('<span class="pill pill-{}">{}</span>', tone or TONES.get(key, PLAIN), text)


def pills(items: list[tuple[str, str]]) -> SafeString:
    """Several statuses in a row."""
    row = format_html_join(" ", "{}", ((pill(key, text),) for key, text in items))
    return format_html('<span class="pills">{}</span>', row) if items else row


def moment(at: dt.datetime | None, *, zone: dt.tzinfo = dt.UTC, otherwise: str = "–") -> SafeString | str:
    """A moment in `zone`, with UTC in the tooltip; where a page names no other clock it is UTC, and says so."""
    if at is None:
        return otherwise
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        at.astimezone(zone).strftime("%-d %b %Y, %H:%M" + (" UTC" if zone is dt.UTC else "")),
    )


def ago(span: dt.timedelta) -> str:
    """A span as people say it: "12 s", "7 min", "3 h 20 min", "4 days"."""
    seconds = max(0, int(span.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if minutes < 1:
        return f"{seconds} s"
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min"
    return f"{days} day{'s' if days > 1 else ''}"


def words_of(choices: Any, code: str) -> str:
    """The label of a code of a closed set; a code that is not in it is shown as it is, readably."""
    return str(choices(code).label) if code in choices.values else code.replace("_", " ")
