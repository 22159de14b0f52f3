"""Logs as structlog writes them: every line with its fields, and nobody's number, name or words in any of them."""

import re
from typing import TYPE_CHECKING, Any

import structlog
from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    import logging

STYLES = ("plain", "json")
# A number as we write it (E.164), and as it stands in a form that Twilio sends (its + is %2B there).
_NUMBER = re.compile(r"(?:\+|%2B)[1-9]\d{6,14}")
# PostgreSQL explains a refusal with the row it refused, and that row is somebody's.
_DETAIL = re.compile(r"^(DETAIL|CONTEXT):.*(?:\n(?![A-Z]+:|Traceback|\S*Error|\s+File ).*)*", re.MULTILINE)
_HIDDEN = "+…"


def configuration(*, level: str, style: str) -> dict[str, Any]:
    """Django's LOGGING. Raises ImproperlyConfigured for a style that is neither "plain" nor "json"."""
    if style not in STYLES:
        raise ImproperlyConfigured(f"LOG_FORMAT is {style!r}: write plain or json.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": structlog.stdlib.ProcessorFormatter, **_processors(style)}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {"twilio": {"level": "WARNING"}, "django.security.csrf": {"level": "ERROR"}},
    }


def hide(_: Any, __: str, event: Any) -> Any:
    """The second line of defence: what slipped into a message or a traceback is taken out of it."""
    return {key: _without_people(value) if isinstance(value, str) else value for key, value in event.items()}


def _processors(style: str) -> dict[str, Any]:
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _where,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]
    last = structlog.processors.JSONRenderer() if style == "json" else _plainly
    return {
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide,
            last,
        ],
    }


def _where(_: Any, __: str, event: Any) -> Any:
    """The process, and in a worker the task, without its arguments."""
    record: logging.LogRecord | None = event.get("_record")
    event["process"] = record.process if record else None
    task = getattr(record, "data", None)
    if isinstance(task, dict) and "name" in task:
        event["task"] = task["name"]
    return event


def _plainly(_: Any, __: str, event: Any) -> str:
    """One line for people: moment, level, logger, message; then a traceback, if any."""
    head = f"{event.pop('at')} {event.pop('level').upper()} {event.pop('logger')} {event.pop('event')}"
    trace = event.pop("exception", "")
    return f"{head}\n{trace}" if trace else head


def _without_people(text: str) -> str:
    return _NUMBER.sub(_HIDDEN, _DETAIL.sub(r"\1: …", text))
