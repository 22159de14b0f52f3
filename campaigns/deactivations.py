"""Numbers that a carrier has taken back: whoever has them now has agreed to nothing."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from django.db import transaction

from campaigns import leaving
from consent import ledger
from consent.models import Act, Method, Subscription
from contacts import clock
from contacts.models import Channel, ContactPoint
from contacts.phones import BadPhone, parse
from messaging import in_flight

if TYPE_CHECKING:
    import uuid

PAGE = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class Deactivation:
    """A number (E.164) and the day on which its carrier took it back."""

    address: str
    day: dt.date


@dataclasses.dataclass(slots=True)
class Outcome:
    """What a list came to: lines read, numbers closed, agreements ended beside newer ones, bad lines with reasons.

    `in_flight`: texts to closed numbers that were under way and could not be waited for.
    """

    lines: int = 0
    closed: int = 0
    ended: int = 0
    in_flight: int = 0
    problems: list[str] = dataclasses.field(default_factory=list)


def take(
    lines: Iterable[str],
    *,
    day: dt.date | None,
    listed_in: str,
    on_progress: Callable[[Outcome, int], None] | None = None,
) -> Outcome:
    """Take in a carrier's list, one number a line, with its day after a comma (or `day` for lines without one).

    A hit may be the same person who changed carriers. It proves only that whoever agreed before may be gone, so what
    was agreed to before counts no more and must be agreed to anew; what was agreed to since counts. `listed_in`
    names the list in the evidence. A bad line is passed over and reported; the same list twice changes nothing.
    At the end it waits, for a bounded time, for what is under way to a closed number: `on_progress` is told after
    each page, and while it waits, what came of it so far and how many such texts there are.
    """
    outcome, since = Outcome(), clock.now()
    closed: set[uuid.UUID] = set()
    tell = on_progress or (lambda _outcome, _under_way: None)
    rows = _read(lines, day, outcome)
    while page := list(islice(rows, PAGE)):
        days: dict[str, dt.date] = {}
        for row in page:
            days[row.address] = max(row.day, days.get(row.address, row.day))
        found = ContactPoint.objects.filter(channel=Channel.SMS, address__in=days).order_by("id")
        for point in found:
            if _judge(point, days[point.address], listed_in, outcome):
                closed.add(point.id)
        tell(outcome, 0)
    outcome.in_flight = in_flight.wait(
        closed, closed_since=since, on_wait=lambda under_way: tell(outcome, under_way)
    )
    return outcome


def _read(lines: Iterable[str], day: dt.date | None, outcome: Outcome) -> Iterator[Deactivation]:
    for number, line in enumerate(lines, start=1):
        phone, _, written = (part.strip().strip('"') for part in line.partition(","))
        if not phone:
            continue
        outcome.lines += 1
        try:
            yield Deactivation(parse(phone, country="US").e164, _day(written, day))
        except (BadPhone, ValueError) as error:
            # The number itself is not repeated: reports are read by many.
            outcome.problems.append(f"line {number}: {_without(phone, error)}")


def _day(written: str, otherwise: dt.date | None) -> dt.date:
    """The day of a line; raises ValueError, in words."""
    day = dt.date.fromisoformat(written[:10]) if written else otherwise
    if day is None:
        raise ValueError(
            "there is no day: write the number, a comma and the day as 2026-11-01, or give --date"
        )
    if day > clock.now().date():
        raise ValueError(f"the day {day} lies in the future")
    return day


def _without(phone: str, error: Exception) -> str:
    return str(error).replace(repr(phone), "the number").replace(phone, "the number")


def _judge(point: ContactPoint, day: dt.date, listed_in: str, outcome: Outcome) -> bool:
    """End what was agreed to before the end of that day; close the number unless something newer was agreed to.

    Returns whether the number is closed by it.
    """
    began = dt.datetime.combine(day, dt.time(), dt.UTC)
    over = began + dt.timedelta(days=1)
    evidence = {"why": f"the carrier took the number back on {day}", "file": listed_in}
    with transaction.atomic():
        ledger.lock_points([point.id])
        rows = Subscription.objects.filter(brand_id=point.brand_id, point=point)
        agreed = [row for row in rows if row.program_id is not None and row.purposes]
        stale = [row for row in agreed if row.granted_at is None or row.granted_at < over]
        if not stale:
            return False
        ledger.record_many(
            [
                ledger.Entry(
                    point_id=point.id,
                    contact_id=row.contact_id,
                    program_id=row.program_id,
                    act=Act.EXPIRED,
                    method=Method.SYSTEM,
                    actor="carrier",
                    purposes=tuple(row.purposes),
                    occurred_at=began,
                    evidence=evidence,
                )
                for row in stale
            ]
        )
        outcome.ended += len(stale)
        is_gone = len(stale) == len(agreed)
        if is_gone:
            leaving.leave(
                point,
                method=Method.SYSTEM,
                actor="carrier",
                act=Act.UNDELIVERABLE,
                evidence=evidence,
                said_at=began,
            )
            outcome.closed += 1
        return is_gone
