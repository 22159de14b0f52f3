"""Two years, minute by minute, from the tables of the rule packs alone: slow, plain, and none of the gate's own code.

Every row is laid over every minute of every clock as one bit; a text may arrive in the minutes that all bits allow.
"""

import datetime as dt
import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).resolve().parents[2] / "consent" / "rulepacks"
FIRST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
YEARS_DAYS = 730
DAYS = YEARS_DAYS + 20  # the last cases look on for eight days, and to the end of their window
LOOKED_AHEAD = 8 * 24 * 60
QUARTER = 15
DAY = 24 * 60
EARLIEST = FIRST.date() - dt.timedelta(days=2)
LETTERS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Bits = npt.NDArray[np.uint8]


@cache
def rows() -> tuple[dict[str, Any], ...]:
    """The rules of all packs as they stand in the files, each with its file's defaults."""
    found: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("*.toml")):
        file = tomllib.loads(path.read_text(encoding="utf-8"))
        found += [file.get("defaults", {}) | row for row in file.get("rule", [])]
    return tuple(found)


@cache
def served() -> frozenset[str]:
    return frozenset(row["jurisdiction"] for row in rows() if "-" not in row["jurisdiction"])


@lru_cache(maxsize=50_000)
def rows_that_bind(places: frozenset[str], purpose: str) -> list[int]:
    """Which rows, by their places in `rows()`: the country's, the state's, or any state's for an unknown one."""
    binding = set()
    for at, row in enumerate(rows()):
        where = row["jurisdiction"]
        for place in places:
            is_any_state = place.endswith("-??") and where[:2] == place[:2]
            if row["purpose"] == purpose and (where in {place, place[:2]} or is_any_state):
                binding.add(at)
    return sorted(binding)


@cache
def wall_clock(zone: str) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """The local day (counted from `EARLIEST`) and the minute of that day, for each minute of the two years."""
    clock = ZoneInfo(zone)
    offsets = np.concatenate([_offsets(FIRST + dt.timedelta(days=day), clock) for day in range(DAYS)])
    local = np.arange(DAYS * DAY, dtype=np.int32) + np.repeat(offsets, QUARTER) + 2 * DAY
    return (local // DAY).astype(np.int16), (local % DAY).astype(np.int16)


def _offsets(midnight: dt.datetime, clock: ZoneInfo) -> npt.NDArray[np.int32]:
    """How many minutes a clock is ahead of UTC in each quarter of an hour of this UTC day."""

    def ahead(moment: dt.datetime) -> int:
        return int((moment.astimezone(clock).utcoffset() or dt.timedelta()).total_seconds()) // 60

    if ahead(midnight) == ahead(midnight + dt.timedelta(days=1)):
        return np.full(DAY // QUARTER, ahead(midnight), dtype=np.int32)
    quarters = [ahead(midnight + dt.timedelta(minutes=at)) for at in range(0, DAY, QUARTER)]
    return np.array(quarters, dtype=np.int32)


@cache
def hours_by_day(at: int) -> bytes:
    """From and until which minute a row leaves each local day open; a day it is not in effect on, wholly.

    As bytes, by which rows that say the same share their minutes.
    """
    row = rows()[at]
    country, _, state = row["jurisdiction"].partition("-")
    off = holidays.country_holidays(country, subdiv=state or None)
    starts, ends = [], []
    for number in range(DAYS + 4):
        day = EARLIEST + dt.timedelta(days=number)
        hours = row.get(LETTERS[day.weekday()], row["weekdays"])
        if row.get("holidays", "usual") != "usual" and day in off:
            hours = "none" if row["holidays"] == "none" else row.get("sunday", row["weekdays"])
        is_over = "effective_until" in row and day >= row["effective_until"]
        if day < row["effective_from"] or is_over:
            hours = "00:00-24:00"
        first, _, last = ("00:00-00:00" if hours == "none" else hours).partition("-")
        starts.append(int(first[:2]) * 60 + int(first[3:]))
        ends.append(int(last[:2]) * 60 + int(last[3:]))
    return np.array([starts, ends], dtype=np.int16).tobytes()


@lru_cache(maxsize=4000)
def open_minutes(hours: bytes, zone: str) -> Bits:
    """One bit for each minute of the two years: whether these hours let a text arrive then, by this clock."""
    day, minute = wall_clock(zone)
    starts, ends = np.frombuffer(hours, dtype=np.int16).reshape(2, -1)
    return np.packbits((starts[day] <= minute) & (minute < ends[day]), bitorder="little")


def allowed_from(
    now: dt.datetime, zones: tuple[str, ...], places: frozenset[str], purpose: str
) -> npt.NDArray[np.uint8]:
    """The state of every minute from the one `now` is in, for eighteen days: 1 where a text may arrive."""
    first = int((now - FIRST).total_seconds()) // 60
    start = first // 8
    stop = start + 18 * DAY // 8
    left = np.full(stop - start, 255 if zones and places and _is_served(places) else 0, dtype=np.uint8)
    for at in rows_that_bind(places, purpose):
        own = rows()[at].get("zone")
        for zone in (own,) if own else zones:
            left &= open_minutes(hours_by_day(at), zone)[start:stop]
    return np.unpackbits(left, bitorder="little")[first - start * 8 :]


def _is_served(places: frozenset[str]) -> bool:
    return all(place[:2] in served() for place in places)


def answer(
    now: dt.datetime, zones: tuple[str, ...], places: frozenset[str], purpose: str
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The first allowed moment within eight days (`now` itself inside the hours), and when its window closes."""
    minutes = allowed_from(now, zones, places, purpose)
    opens = int(minutes.argmax())
    if not minutes[opens]:
        return None, None
    begun = now.replace(second=0, microsecond=0)
    moment = now if opens == 0 else begun + dt.timedelta(minutes=opens)
    if moment > now + dt.timedelta(minutes=LOOKED_AHEAD):
        return None, None
    closes = opens + int(minutes[opens:].argmin())
    return moment, begun + dt.timedelta(minutes=closes)
