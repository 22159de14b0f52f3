"""Spend caps: what a claim may still spend, and what becomes of the texts beyond it."""

import dataclasses
import datetime as dt
import uuid
import zoneinfo
from collections.abc import Mapping, Sequence
from typing import Protocol

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from consent.asking import Verdict
from consent.models import CONSENTED
from consent.reasons import Reason
from contacts import clock
from contacts.models import Brand
from messaging.models import Capped, Message, Origin, SpendCap, Status

REASONS = {Capped.CAMPAIGN: Reason.CAMPAIGN_SPENT, Capped.PROGRAM_DAY: Reason.DAY_SPENT}
_Key = tuple[str, uuid.UUID]


class Costly(Protocol):
    """What the cap must know of a message that is being claimed."""

    @property
    def message_id(self) -> uuid.UUID: ...
    @property
    def program_id(self) -> uuid.UUID | None: ...
    @property
    def purpose(self) -> str: ...
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

    1. Lock the caps over these texts, in the order of their ids. Another claim of the same campaign or program waits
       here; it waits for nothing that we could want, so the two never wait for each other.
    2. A day that is over begins anew. Text by text: hold one that would go beyond a cap, charge the others once,
       at their first claim.
    3. Write down what was spent.
    """
    charged = dict(verdicts)
    asked = [row for row in rows if verdicts[row.message_id].outcome == "allow" and row.purpose in CONSENTED]
    caps = _locked({key for row in asked if not row.is_paid for key in _keys(row)}, now)
    if not caps:
        return charged
    for row in asked:
        mine = [caps[key] for key in _keys(row) if key in caps and not row.is_paid]
        full = next((cap for cap in mine if cap.spent + row.segments > cap.most), None)
        if full is not None:
            charged[row.message_id] = _held(charged[row.message_id], full)
            continue
        for cap in mine:
            cap.spent += row.segments
    SpendCap.objects.bulk_update(caps.values(), ["spent", "day"])
    return charged


def set_cap(brand: Brand, of: Capped, of_id: uuid.UUID, most: int | None) -> None:
    """Set, change or (None) lift a cap; what waits beyond the old one is judged anew.

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
                cap.day = _today(brand, clock.now()) if of == Capped.PROGRAM_DAY else None
                cap.spent = _spent_before(cap, brand)
            cap.save()
    # After the commit: a claim holds its messages while it waits for the cap, and so must find the cap free.
    held = _texts(of, of_id, brand.id).filter(status=Status.HELD, reason=REASONS[of])
    held.update(due_at=clock.now())


def cap_of(of: Capped, of_id: uuid.UUID) -> SpendCap | None:
    """The cap as it stands now; the count of a day that is over is nought."""
    cap = SpendCap.objects.filter(of=of, of_id=of_id).select_related("brand").first()
    if cap is not None:
        _begin_day(cap, clock.now())
    return cap


def _keys(row: Costly) -> list[_Key]:
    keys: list[_Key] = []
    if row.origin == Origin.CAMPAIGN and row.origin_id is not None:
        keys.append((Capped.CAMPAIGN, row.origin_id))
    if row.program_id is not None:
        keys.append((Capped.PROGRAM_DAY, row.program_id))
    return keys


def _locked(keys: set[_Key], now: dt.datetime) -> dict[_Key, SpendCap]:
    if not keys:
        return {}
    rows = SpendCap.objects.filter(of_id__in={of_id for _, of_id in keys}).select_related("brand")
    caps = rows.order_by("id").select_for_update(of=("self",), no_key=True)
    found = {(cap.of, cap.of_id): cap for cap in caps}
    for cap in found.values():
        _begin_day(cap, now)
    return found


def _begin_day(cap: SpendCap, now: dt.datetime) -> None:
    if cap.of == Capped.PROGRAM_DAY and cap.day != (today := _today(cap.brand, now)):
        cap.day, cap.spent = today, 0


def _held(verdict: Verdict, cap: SpendCap) -> Verdict:
    until = None
    if cap.day is not None:
        until = _midnight(cap.brand, cap.day + dt.timedelta(days=1))
    reason = REASONS[Capped(cap.of)]
    return dataclasses.replace(
        verdict, outcome="hold", reasons=(reason.value,), until=until, window_ends_at=None
    )


def _spent_before(cap: SpendCap, brand: Brand) -> int:
    texts = _texts(Capped(cap.of), cap.of_id, brand.id).filter(attempts__gt=0)
    if cap.day is not None:
        since = _midnight(brand, cap.day)
        texts = texts.filter(Q(handed_off_at__gte=since) | Q(handed_off_at=None, settled_at__gte=since))
    return texts.aggregate(total=Sum("segments"))["total"] or 0


def _texts(of: Capped, of_id: uuid.UUID, brand_id: uuid.UUID) -> "QuerySet[Message]":
    if of == Capped.CAMPAIGN:
        return Message.objects.filter(brand_id=brand_id, origin=Origin.CAMPAIGN, origin_id=of_id)
    return Message.objects.filter(brand_id=brand_id, program_id=of_id, purpose__in=CONSENTED)


def _today(brand: Brand, now: dt.datetime) -> dt.date:
    return now.astimezone(zoneinfo.ZoneInfo(brand.timezone)).date()


def _midnight(brand: Brand, day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zoneinfo.ZoneInfo(brand.timezone)).astimezone(dt.UTC)
