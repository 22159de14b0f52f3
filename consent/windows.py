"""When a text may arrive: inside the hours of every law that binds, on every clock the person may live by."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

from consent.rule_pack import WHOLE_DAY, Hours, Rule, RulePack

HORIZON = dt.timedelta(days=8)

# From (inside) and until (outside), aware UTC.
Interval = tuple[dt.datetime, dt.datetime]
_CACHED_PLACES = 8192
_DAY = dt.timedelta(days=1)


def next_allowed(
    now: dt.datetime, zones: tuple[str, ...], jurisdictions: frozenset[str], purpose: str, *, pack: RulePack
) -> dt.datetime | None:
    """The first allowed moment (aware UTC) from `now` (aware UTC) on: `now` itself inside the hours.

    None when the next 8 days have none, as when the zones lie too far apart or nobody knows the place.
    """
    for start, end in _windows(zones, jurisdictions, purpose, now.date(), pack):
        if now < end:
            first = max(start, now)
            return first if first <= now + HORIZON else None
    return None


def window_end(
    now: dt.datetime, zones: tuple[str, ...], jurisdictions: frozenset[str], purpose: str, *, pack: RulePack
) -> dt.datetime | None:
    """When the hours that `now` (aware UTC) is inside end (aware UTC); None when it is outside them."""
    windows = _windows(zones, jurisdictions, purpose, now.date(), pack)
    at = bisect_right(windows, now, key=lambda window: window[0]) - 1
    if at < 0 or now >= windows[at][1]:
        return None
    return windows[at][1]


@lru_cache(_CACHED_PLACES)
def _windows(
    zones: tuple[str, ...], jurisdictions: frozenset[str], purpose: str, day: dt.date, pack: RulePack
) -> tuple[Interval, ...]:
    """The allowed intervals around the UTC `day` and the days after it, in order.

    1. The rows that read the person's clock are narrowed to one window for each local day.
    2. That window is laid on every zone; a row with a zone of its own is laid on that zone alone.
    3. What is left in all of them is allowed.
    """
    if not zones or not pack.serves(jurisdictions):
        return ()
    rules = pack.rules_for(jurisdictions, purpose)
    countries = frozenset(place.partition("-")[0] for place in jurisdictions)
    personal = [rule for rule in rules if not rule.zone]
    layers = [_openings(zone, personal, day, countries) for zone in zones]
    layers += [_openings(rule.zone, [rule], day, frozenset()) for rule in rules if rule.zone]
    allowed = layers[0]
    for layer in layers[1:]:
        allowed = _intersection(allowed, layer)
    return tuple(_joined(allowed))


def _openings(zone: str, rules: Sequence[Rule], day: dt.date, countries: frozenset[str]) -> list[Interval]:
    """The windows of one clock, a local day each; local days reach over the UTC day on both sides."""
    clock = ZoneInfo(zone)
    openings = []
    for offset in range(-2, HORIZON.days + 3):
        local = day + offset * _DAY
        if hours := _hours_on(local, rules, countries):
            start, end = _instants(local, hours[0], clock), _instants(local, hours[1], clock)
            if max(start) < min(end):
                openings.append((max(start), min(end)))
    return openings


def _hours_on(day: dt.date, rules: Sequence[Rule], countries: frozenset[str]) -> Hours | None:
    """What the rows in effect leave of a local day; nothing while one of the countries has none."""
    binding = [rule for rule in rules if rule.is_in_effect(day)]
    if not countries <= {rule.jurisdiction for rule in binding}:
        return None
    start, end = 0, WHOLE_DAY
    for rule in binding:
        hours = rule.hours_on(day)
        if hours is None:
            return None
        start, end = max(start, hours[0]), min(end, hours[1])
    return (start, end) if start < end else None


def _instants(day: dt.date, minutes: int, clock: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """Both readings of a wall time: they differ only in the hour that a clock change skips or repeats.

    A window starts at the later and ends at the earlier one, so it never holds a moment outside its hours.
    """
    wall = dt.datetime.combine(day, dt.time(), clock) + dt.timedelta(minutes=minutes)
    return wall.astimezone(dt.UTC), wall.replace(fold=1).astimezone(dt.UTC)


def _intersection(one: Sequence[Interval], other: Sequence[Interval]) -> list[Interval]:
    common = []
    first = second = 0
    while first < len(one) and second < len(other):
        start, end = max(one[first][0], other[second][0]), min(one[first][1], other[second][1])
        if start < end:
            common.append((start, end))
        if one[first][1] < other[second][1]:
            first += 1
        else:
            second += 1
    return common


def _joined(windows: Sequence[Interval]) -> list[Interval]:
    """Windows that touch (a day open until midnight, the next from midnight) are one."""
    joined: list[Interval] = []
    for start, end in windows:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined
