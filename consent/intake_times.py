"""When a person agreed, in the spellings of exports; what cannot be placed with certainty is no evidence."""

import contextlib
import dataclasses
import datetime as dt
import re
import zoneinfo
from collections.abc import Sequence

from consent.intake_reasons import RowReason

# Exports of these countries write 04/18/2025 for 18 April; Canadian ones write it both ways.
_MONTH_FIRST = frozenset({"US", "PR", "VI", "GU", "AS", "MP"})
_EITHER_WAY = frozenset({"CA"})
_SLASHED = re.compile(
    r"(?P<first>\d{1,2})/(?P<second>\d{1,2})/(?P<year>\d{4})"
    r"(?:,? +(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second_of>\d{2}))?(?: *(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_DATE_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}")
# Nobody agreed to texts of a program before there were any; 1970-01-01 is an empty cell in disguise.
_EARLIEST_YEAR = 2000
_LAST_ZONE_ON_EARTH = dt.timezone(-dt.timedelta(hours=12))
_HALF_A_DAY = 12


class BadTime(ValueError):
    """A time that is no evidence, with its reason."""

    def __init__(self, reason: RowReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


@dataclasses.dataclass(frozen=True, slots=True)
class AgreedAt:
    """`at` is aware UTC; `assumed` says in words what the text left open, "" when it left nothing open."""

    at: dt.datetime
    assumed: str = ""


def read_time(
    text: str,
    *,
    zone: str,
    country: str,
    now: dt.datetime,
    formats: Sequence[str] = (),
    field: str = "consent_at",
) -> AgreedAt:
    """Read a moment; `zone` and `country` are those of the export; `formats` (as of strptime) are tried first.

    A text without a zone is read in `zone`, and a date without a time as that day's beginning there, but only
    when the moment has certainly passed in every zone on Earth. `field` is named in errors; raises BadTime.
    """
    if not text:
        raise BadTime(RowReason.NO_TIME, f"{field} is blank")
    local = _parse(text, country, formats, field)
    if local.year < _EARLIEST_YEAR:
        raise BadTime(RowReason.UNUSABLE_TIME, f"{field} {text!r} is before {_EARLIEST_YEAR}")
    if local.tzinfo is not None:
        return AgreedAt(_passed(local, text, now, field))
    is_date = bool(_DATE_ONLY.fullmatch(text))
    at = _passed(local.replace(tzinfo=_zone(zone)), text, now, field)
    latest = local.replace(tzinfo=_LAST_ZONE_ON_EARTH) + dt.timedelta(days=1 if is_date else 0)
    if latest > now:
        raise BadTime(
            RowReason.TIME_UNSURE, f"{field} {text!r} has no time zone and may not have come yet somewhere"
        )
    return AgreedAt(at, f"{'the beginning of the day' if is_date else 'local time'} in {zone}")


def _zone(name: str) -> dt.tzinfo:
    return dt.UTC if name == "UTC" else zoneinfo.ZoneInfo(name)


def _passed(moment: dt.datetime, text: str, now: dt.datetime, field: str) -> dt.datetime:
    if moment > now:
        raise BadTime(RowReason.TIME_IN_FUTURE, f"{field} {text!r} is in the future")
    return moment.astimezone(dt.UTC)


def _parse(text: str, country: str, formats: Sequence[str], field: str) -> dt.datetime:
    for form in formats:
        with contextlib.suppress(ValueError):
            return dt.datetime.strptime(text, form)  # noqa: DTZ007 - the zone is judged by the caller
    try:
        if match := _SLASHED.fullmatch(text):
            return _slashed(match, country)
        return dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        words = f"{field} {text!r} cannot be read; write e.g. 2026-03-02T14:03:00-05:00"
        raise BadTime(RowReason.UNUSABLE_TIME, words) from error


def _slashed(match: re.Match[str], country: str) -> dt.datetime:
    first, second = int(match["first"]), int(match["second"])
    if country in _EITHER_WAY and first != second:
        raise ValueError("a Canadian date with slashes can mean two days")
    month, day = (first, second) if country in _MONTH_FIRST else (second, first)
    hour = int(match["hour"] or 0)
    if half := match["half"]:
        if not 1 <= hour <= _HALF_A_DAY:
            raise ValueError("there is no such hour on a twelve-hour clock")
        hour = hour % _HALF_A_DAY + (_HALF_A_DAY if half in "Pp" else 0)
    minute, seconds = int(match["minute"] or 0), int(match["second_of"] or 0)
    return dt.datetime(int(match["year"]), month, day, hour, minute, seconds)  # noqa: DTZ001 - the zone is judged by the caller
