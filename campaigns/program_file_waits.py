"""Waits as people write them: "2 days", "1 hour 30 minutes", or ISO 8601 ("P2D", "PT90M")."""

import datetime as dt
import re

from django.utils.dateparse import parse_duration

_UNITS = {"second": "seconds", "minute": "minutes", "hour": "hours", "day": "days", "week": "weeks"}
_PART = r"(\d+)\s*(second|minute|hour|day|week)s?"
_WORDS = re.compile(rf"\s*{_PART}(?:(?:\s*,\s*|\s+and\s+|\s+){_PART})*\s*")


def parse_wait(text: str) -> dt.timedelta:
    """The duration that `text` means; ValueError, in words, when it means none.

    Months and years are refused because their length depends on the day they begin.
    """
    if _WORDS.fullmatch(text):
        return sum(
            (dt.timedelta(**{_UNITS[unit]: int(count)}) for count, unit in re.findall(_PART, text)),
            dt.timedelta(),
        )
    parsed = parse_duration(text) if text.startswith("P") else None
    if parsed is None:
        raise ValueError(
            f'{text!r} is no wait; write e.g. "0 minutes", "2 days", "1 hour 30 minutes" or "PT90M"'
        )
    return parsed


def format_wait(wait: dt.timedelta) -> str:
    """The shortest way to say it in words: "2 days 3 hours"; "0 seconds" for none."""
    seconds = int(wait.total_seconds())
    parts = []
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
    return " ".join(parts) or "0 seconds"
