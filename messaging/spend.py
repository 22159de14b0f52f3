"""Spend caps: what a claim may still spend, and what becomes of the texts beyond it."""

import dataclasses
import datetime as dt
import uuid
import zoneinfo
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Protocol

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from consent.asking import Verdict
from consent.models import CONSENTED
from consent.reasons import Reason
from contacts import clock
from contacts.models import Brand
from messaging import judging
from messaging.models import Capped, Direction, Message, Origin, SpendCap, Status
from messaging.states import WAITING

REASONS = {
    Capped.CAMPAIGN: Reason.CAMPAIGN_SPENT,
    Capped.PROGRAM_DAY: Reason.DAY_SPENT,
    Capped.SENDER_DAY: Reason.SENDER_SPENT,
}
# T-Mobile's day, which begins at midnight here wherever the sender's brand is.
CARRIER_ZONE = "America/Los_Angeles"
LARGEST_CAP = 1_000_000_000  # a larger one would be a slip of the pen
_Key = tuple[str, uuid.UUID]


class Costly(judging.Text, Protocol):
    """What the cap must know of a message that is being claimed, beside what the gate knows of it."""

    @property
    def origin(self) -> str: ...
    @property
    def origin_id(self) -> uuid.UUID | None: ...
    @property
    def segments(self) -> int: ...
    @property
    def is_paid(self) -> bool: ...


def spend(
    rows: Sequence[Costly], verdicts: Mapping[uuid.UUID, Verdict], *, now: dt.datetime
) -> dict[uuid.UUID, Verdict]:
    """Charge what the gate allows to the caps over it, and hold what no longer fits; inside the claim's transaction.

    1. Lock the caps over these texts, in the order of their ids. Another claim of the same campaign, program or sender
       waits here; it waits for nothing that we could want, so the two never wait for each other.
    2. A day that is over begins anew. Text by text: hold one that would go beyond a cap, charge the others. An answer
       or a consent reply is never held; what leaves from its sender counts all the same.
    3. Write down what was spent.
    """
    charged = dict(verdicts)
    asked = [row for row in rows if verdicts[row.message_id].outcome == "allow"]
    caps = _locked({key for row in asked for key in _keys(row)}, now)
    if not caps:
        return charged
    for row in asked:
        mine = [caps[key] for key in _keys(row) if key in caps]
        full = next((cap for cap in mine if cap.spent + row.segments > cap.most), None)
        if full is not None and row.purpose in CONSENTED:
            charged[row.message_id] = _held(charged[row.message_id], full)
            continue
        for cap in mine:
            cap.spent += row.segments
    SpendCap.objects.bulk_update(caps.values(), ["spent", "day"])
    return charged


def give_back(sender_id: uuid.UUID, messages: Collection[uuid.UUID], *, now: dt.datetime) -> None:
    """Twilio did not take these claimed texts, so no carrier saw them: their sender's day may have others instead."""
    if not messages:
        return
    for cap in _locked({(Capped.SENDER_DAY, sender_id)}, now).values():
        cap.spent = max(0, cap.spent - _segments(Message.objects.filter(id__in=messages)))
        cap.save(update_fields=["spent", "day"])


def set_cap(brand: Brand, of: Capped, of_id: uuid.UUID, most: int | None) -> None:
    """Set, change or (None) lift a cap; what waits beyond the old one is judged anew, once this has committed.

    A new cap counts what was spent before it; a claim under way at that very moment may not be counted.
    """
    with transaction.atomic():
        if most is None:
            SpendCap.objects.filter(of=of, of_id=of_id).delete()
        else:
            cap, is_new = SpendCap.objects.select_for_update().get_or_create(
                of=of, of_id=of_id, defaults={"brand": brand, "most": most}
            )
            cap.most = most
            if is_new:
                _begin_day(cap, clock.now())
                cap.spent = _spent_before(cap)
            cap.save()
    # A claim holds its messages while it waits for the cap, and so must find it free: not before the commit.
    transaction.on_commit(partial(_judge_anew, brand.id, of, of_id))


def _judge_anew(brand_id: uuid.UUID, of: Capped, of_id: uuid.UUID) -> None:
    held = _texts(of, of_id, brand_id).filter(status=Status.HELD, reason=REASONS[of])
    held.update(due_at=clock.now())


def cap_of(of: Capped, of_id: uuid.UUID) -> SpendCap | None:
    """The cap as it stands now; the count of a day that is over is nought."""
    cap = SpendCap.objects.filter(of=of, of_id=of_id).select_related("brand").first()
    if cap is not None:
        _begin_day(cap, clock.now())
    return cap


def caps_of(of: Capped, brand_ids: Collection[uuid.UUID]) -> list[SpendCap]:
    """The caps of this kind in these brands as they stand now, in one query."""
    caps = list(SpendCap.objects.filter(of=of, brand_id__in=brand_ids).select_related("brand"))
    now = clock.now()
    for cap in caps:
        _begin_day(cap, now)
    return caps


def _keys(row: Costly) -> list[_Key]:
    keys: list[_Key] = [(Capped.SENDER_DAY, row.sender_id)]
    if row.is_paid or row.purpose not in CONSENTED:
        return keys
    if row.origin == Origin.CAMPAIGN and row.origin_id is not None:
        keys.append((Capped.CAMPAIGN, row.origin_id))
    if row.program_id is not None:
        keys.append((Capped.PROGRAM_DAY, row.program_id))
    return keys


def _locked(keys: Collection[_Key], now: dt.datetime) -> dict[_Key, SpendCap]:
    if not keys:
        return {}
    rows = SpendCap.objects.filter(
        of__in={of for of, _ in keys}, of_id__in={of_id for _, of_id in keys}
    ).select_related("brand")
    caps = rows.order_by("id").select_for_update(of=("self",), no_key=True)
    found = {(cap.of, cap.of_id): cap for cap in caps}
    for cap in found.values():
        _begin_day(cap, now)
    return found


def _begin_day(cap: SpendCap, now: dt.datetime) -> None:
    if cap.of != Capped.CAMPAIGN and cap.day != (today := now.astimezone(_zone(cap)).date()):
        cap.day, cap.spent = today, 0


def _held(verdict: Verdict, cap: SpendCap) -> Verdict:
    reason = REASONS[Capped(cap.of)]
    return dataclasses.replace(
        verdict, outcome="hold", reasons=(reason.value,), until=ends_at(cap), window_ends_at=None
    )


def ends_at(cap: SpendCap) -> dt.datetime | None:
    """When the cap's day is over (aware UTC); None: it is not over a day."""
    return _midnight(cap, cap.day + dt.timedelta(days=1)) if cap.day is not None else None


def _spent_before(cap: SpendCap) -> int:
    texts = _texts(Capped(cap.of), cap.of_id, cap.brand_id).filter(attempts__gt=0)
    if cap.of == Capped.SENDER_DAY:
        texts = texts.exclude(status__in=WAITING)
    if cap.day is not None:
        since = _midnight(cap, cap.day)
        texts = texts.filter(Q(handed_off_at__gte=since) | Q(handed_off_at=None, settled_at__gte=since))
    return _segments(texts)


def _segments(texts: "QuerySet[Message]") -> int:
    return texts.aggregate(total=Sum("segments"))["total"] or 0


def _texts(of: Capped, of_id: uuid.UUID, brand_id: uuid.UUID) -> "QuerySet[Message]":
    texts = Message.objects.filter(brand_id=brand_id, direction=Direction.OUT)
    if of == Capped.CAMPAIGN:
        return texts.filter(origin=Origin.CAMPAIGN, origin_id=of_id)
    if of == Capped.SENDER_DAY:
        return texts.filter(sender_id=of_id)
    return texts.filter(program_id=of_id, purpose__in=CONSENTED)


def _zone(cap: SpendCap) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(CARRIER_ZONE if cap.of == Capped.SENDER_DAY else cap.brand.timezone)


def _midnight(cap: SpendCap, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), _zone(cap)).astimezone(dt.UTC)
