"""When a text may arrive: inside the hours of every law that binds, on every clock the person may live by."""

import datetime as dt
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from consent.rule_pack import RulePack
from consent.rule_pack_rows import WHOLE_DAY, Hours, Rule

HORIZON = dt.timedelta(days=8)

# From (inside) and until (outside), aware UTC.
Interval = tuple[dt.datetime, dt.datetime]
_CACHED_TIMETABLES = 16_384
_CACHED_DAYS = 1_000  # of one timetable
_CACHED_OPENINGS = 65_536
_DAY = dt.timedelta(days=1)
_FURTHEST_DAYS = HORIZON.days + 2


def next_allowed(
    now: dt.datetime, zones: tuple[str, ...], jurisdictions: frozenset[str], purpose: str, *, pack: RulePack
) -> dt.datetime | None:
    """The first allowed moment (aware UTC) from `now` (aware UTC) on: `now` itself inside the hours.

    None when the next 8 days have none, as when the zones lie too far apart or nobody knows the place.
    """
    timetable = _timetable(zones, jurisdictions, purpose, pack)
    day = now.date()
    for _ in range(HORIZON.days + 1):
        for start, end in timetable.on(day):
            if now < end:
                first = max(start, now)
                return first if first <= now + HORIZON else None
        day += _DAY
    return None


def window_end(
    now: dt.datetime, zones: tuple[str, ...], jurisdictions: frozenset[str], purpose: str, *, pack: RulePack
) -> dt.datetime | None:
    """When the hours that `now` (aware UTC) is inside end (aware UTC); None when it is outside them.

    Hours that go on for more than ten days are said to end then.
    """
    timetable = _timetable(zones, jurisdictions, purpose, pack)
    day = now.date()
    end = None
    for start, stop in timetable.on(day):
        if start <= now < stop:
            end = stop
    for _ in range(_FURTHEST_DAYS):
        # A window that reaches to midnight UTC goes on in the day after, if that begins open.
        day += _DAY
        if end is None or end.date() < day:
            return end
        after = timetable.on(day)
        if not after or after[0][0] != end:
            return end
        end = after[0][1]
    return end


def opens_at(
    moment: dt.datetime,
    zones: tuple[str, ...],
    jurisdictions: frozenset[str],
    purpose: str,
    *,
    pack: RulePack,
) -> bool:
    """Whether the hours begin at exactly this moment (aware UTC), after a time outside them."""
    timetable = _timetable(zones, jurisdictions, purpose, pack)
    if not any(start == moment for start, _ in timetable.on(moment.date())):
        return False
    return all(end != moment for _, end in timetable.on(moment.date() - _DAY))


class _Timetable:
    """The allowed intervals of one set of clocks and places, worked out a UTC day at a time and kept."""

    __slots__ = ("_days", "_layers")

    def __init__(
        self, zones: tuple[str, ...], jurisdictions: frozenset[str], purpose: str, pack: RulePack
    ) -> None:
        """Each row is laid on every clock the person may live by, but one with a zone of its own on that alone."""
        self._days: dict[dt.date, tuple[Interval, ...]] = {}
        self._layers: list[tuple[str, tuple[Rule, ...], frozenset[str]]] = []
        if zones and pack.serves(jurisdictions):
            rules = pack.rules_for(jurisdictions, purpose)
            countries = frozenset(place.partition("-")[0] for place in jurisdictions)
            personal = tuple(rule for rule in rules if not rule.zone)
            self._layers += [(zone, personal, countries) for zone in zones]
            self._layers += [(rule.zone, (rule,), frozenset()) for rule in rules if rule.zone]

    def on(self, day: dt.date) -> tuple[Interval, ...]:
        """The allowed intervals within this UTC day, in order; what is left of it in all layers."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _CACHED_DAYS:
                self._days.clear()
            found = self._days[day] = self._worked_out(day)
        return found

    def _worked_out(self, day: dt.date) -> tuple[Interval, ...]:
        midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
        allowed: list[Interval] = [(midnight, midnight + _DAY)] if self._layers else []
        for zone, rules, countries in self._layers:
            allowed = _intersection(allowed, list(_openings(zone, rules, countries, day)))
            if not allowed:
                break
        return tuple(allowed)


@lru_cache(_CACHED_TIMETABLES)
def _timetable(
    zones: tuple[str, ...], jurisdictions: frozenset[str], purpose: str, pack: RulePack
) -> _Timetable:
    return _Timetable(zones, jurisdictions, purpose, pack)


def _openings(
    zone: str, rules: tuple[Rule, ...], countries: frozenset[str], day: dt.date
) -> Iterator[Interval]:
    """The windows of one clock that may touch this UTC day, a local day each; those that touch are one."""
    last: Interval | None = None
    for offset in (-1, 0, 1):
        local = day + offset * _DAY
        hours = _hours_on(local, rules, countries)
        opening = _opening(zone, local, hours) if hours else None
        if opening is None:
            continue
        if last is not None and last[1] == opening[0]:
            last = (last[0], opening[1])
            continue
        if last is not None:
            yield last
        last = opening
    if last is not None:
        yield last


@lru_cache(_CACHED_OPENINGS)
def _hours_on(day: dt.date, rules: tuple[Rule, ...], countries: frozenset[str]) -> Hours | None:
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


@lru_cache(_CACHED_OPENINGS)
def _opening(zone: str, day: dt.date, hours: Hours) -> Interval | None:
    """These hours of a local day as moments; None when a clock change leaves nothing of them."""
    clock = _clock(zone)
    start, end = max(_instants(day, hours[0], clock)), min(_instants(day, hours[1], clock))
    return (start, end) if start < end else None


@cache
def _clock(zone: str) -> ZoneInfo:
    """ZoneInfo itself keeps only eight clocks, and reads the others from disk each time."""
    return ZoneInfo(zone)


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
