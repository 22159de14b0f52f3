"""The hours of the coming week in which a person may be texted, on one clock, ready to be drawn or read out."""

import dataclasses
import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from consent import windows
from consent.rule_pack import RulePack

DAYS = 7
_DAY_MINUTES = 24 * 60


@dataclasses.dataclass(frozen=True, slots=True)
class Span:
    """A piece of one day: where it begins and how long it is, in per cent of the day, and its hours in words."""

    left: float
    width: float
    words: str


@dataclasses.dataclass(frozen=True, slots=True)
class Day:
    """One day of the drawing. `now`: where the present moment is, in per cent of this day; None on other days."""

    date: dt.date
    spans: tuple[Span, ...]
    now: float | None = None

    @property
    def words(self) -> str:
        """The hours as a person would say them."""
        return " and ".join(span.words for span in self.spans) or "not at all"


def week(
    now: dt.datetime,
    zones: tuple[str, ...],
    jurisdictions: frozenset[str],
    purpose: str,
    *,
    clock: ZoneInfo,
    pack: RulePack,
) -> tuple[Day, ...]:
    """The allowed hours of seven days from the day of `now` (aware UTC) on, as `clock` shows them.

    They are those of `consent.windows`: of every clock the person may live by and every law that binds, holidays
    included. `clock` only says how they are written down.
    """
    today = now.astimezone(clock).date()
    start, end = _midnight(today, clock), _midnight(today + dt.timedelta(days=DAYS), clock)
    spans: dict[dt.date, list[Span]] = {today + dt.timedelta(days=number): [] for number in range(DAYS)}
    for opens, closes in _openings(start, end, zones, jurisdictions, purpose, pack):
        for day, span in _by_day(opens.astimezone(clock), closes.astimezone(clock)):
            spans[day].append(span)
    here = _share(now.astimezone(clock))
    return tuple(Day(day, tuple(found), here if day == today else None) for day, found in spans.items())


def _openings(
    start: dt.datetime,
    end: dt.datetime,
    zones: tuple[str, ...],
    jurisdictions: frozenset[str],
    purpose: str,
    pack: RulePack,
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    moment: dt.datetime | None = start
    while moment is not None and moment < end:
        opens = windows.next_allowed(moment, zones, jurisdictions, purpose, pack=pack)
        closes = windows.window_end(opens, zones, jurisdictions, purpose, pack=pack) if opens else None
        if opens is None or closes is None or opens >= end:
            return
        yield opens, min(closes, end)
        moment = closes


def _by_day(opens: dt.datetime, closes: dt.datetime) -> Iterator[tuple[dt.date, Span]]:
    """The piece of each local day that an opening covers."""
    day = opens.date()
    while day <= closes.date():
        left = _share(opens) if day == opens.date() else 0.0
        right = _share(closes) if day == closes.date() else 100.0
        if right > left:
            first = f"{opens:%H:%M}" if day == opens.date() else "00:00"
            last = f"{closes:%H:%M}" if day == closes.date() else "24:00"
            yield day, Span(left, right - left, f"{first} to {last}")
        day += dt.timedelta(days=1)


def _share(moment: dt.datetime) -> float:
    """How much of its day is over at this wall time, in per cent."""
    return round(100 * (moment.hour * 60 + moment.minute) / _DAY_MINUTES, 2)


def _midnight(day: dt.date, clock: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), clock).astimezone(dt.UTC)
