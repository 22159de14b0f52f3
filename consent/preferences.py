"""The link to a person's preference page, and what may be changed there besides leaving: a pause, and fewer texts."""

import base64
import binascii
import dataclasses
import datetime as dt
import hashlib
import hmac
import re
import uuid
from typing import Any

from django.conf import settings
from django.db import transaction

from consent import accesses, ledger
from consent.models import Act, Method, Program, Subscription
from contacts import clock
from contacts.models import ContactPoint

PATH = "/p/"
PAUSE = dt.timedelta(days=30)
# 128 bits of id and 64 of signature, guessed over the network or not at all; 35 characters of a text.
_ID, _DAY, _SIGNATURE = 16, 2, 8
_EPOCH = dt.date(1970, 1, 1)
_NOBODY = uuid.UUID(int=0)
_KEY_IN_TEXT = re.compile(r"/p/[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])")


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """A link that is good: whose number it is for, and how old the link is."""

    point: ContactPoint
    age: dt.timedelta


def link(point: ContactPoint) -> str:
    """The address of the preference page of a number, for its present owner.

    It has no end, since a text may be kept for years and must still let its reader leave. It is dead once the person
    is erased, the number is somebody else's, or its links were renewed; the number itself is not in it.
    """
    day = ((clock.now().date() - _EPOCH).days).to_bytes(_DAY)
    return _address(_written(point.id.bytes + day, _owner_of(point)))


def renew(point: ContactPoint, *, user: Any = None) -> str:
    """A new link for somebody whose old ones are in other hands: all of them are dead from now on.

    That includes those in texts that wait already, so it is for one person, at her own wish. `user`: the team member
    who did it (None: a command), for the access log.
    """
    with transaction.atomic():
        locked = ledger.lock_points([point.id])[point.id]
        locked.link_edition += 1
        locked.save(update_fields=["link_edition"])
        accesses.record(
            user, "preference link renewed", brand_id=locked.brand_id, contact_id=locked.contact_id
        )
    return link(locked)


def without_keys(text: str) -> str:
    """A text as the team may read it: a link in it still says that it was one, and opens nothing."""
    return _KEY_IN_TEXT.sub("/p/…", text)


def sample_link() -> str:
    """An address as long as every link, which leads nowhere: for previews, whose readers it is not meant for."""
    return _address("x" * len(_text(bytes(_ID + _DAY + _SIGNATURE))))


def open_link(token: str) -> Opened | None:
    """The number that a token is for, or None; the same work is done, and compared, whatever is wrong with it."""
    raw = _bytes(token)
    said, signature = raw[: _ID + _DAY], raw[_ID + _DAY :]
    rows = ContactPoint.objects.select_related("contact__brand", "brand")
    point = rows.filter(id=uuid.UUID(bytes=said[:_ID])).first()
    owner = _owner_of(point) if point else _NOBODY.bytes
    # Every key is tried, so that a change of SECRET_KEY (see SECRET_KEY_FALLBACKS) does not shut people in.
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    is_signed = any(hmac.compare_digest(_sign(said, owner, key), signature) for key in keys)
    if point is None or point.is_erased or not is_signed:
        return None
    return Opened(point, clock.now() - _day_of(said))


def pause(point: ContactPoint, *, evidence: dict[str, Any]) -> dt.datetime:
    """Nothing automatic of the brand for 30 days; returns when (aware UTC) it ends. A longer pause stays."""
    until = clock.now() + PAUSE
    with transaction.atomic():
        ledger.lock_points([point.id])
        number = _standing(point, None)
        if not number.paused:
            ledger.record(_entry(point, Act.PAUSED, evidence, until=until))
        row = Subscription.objects.get(brand_id=point.brand_id, point=point, program=None)
        return row.paused_until or until


def fewer(point: ContactPoint, program: Program, *, evidence: dict[str, Any]) -> None:
    """At most the program's number of marketing texts in 7 days, from now on."""
    with transaction.atomic():
        ledger.lock_points([point.id])
        if not _standing(point, program).fewer:
            ledger.record(_entry(point, Act.REDUCED, evidence, program=program))


def resume(point: ContactPoint, *, evidence: dict[str, Any]) -> bool:
    """End the pauses of the number and of its programs; whether there was one. It opens nothing that was closed.

    The person may undo this here, alone with the link, because it is a limit of her own that she lifts, on what she
    agreed to and never ended; to agree anew takes the handset. What else she asked for, fewer texts, is asked for
    again in the same breath: a resuming lifts both.
    """
    with transaction.atomic():
        ledger.lock_points([point.id])
        rows = Subscription.objects.filter(brand_id=point.brand_id, point=point, paused=True)
        entries = []
        for row in rows.select_related("program").order_by("id"):
            entries.append(_entry(point, Act.RESUMED, evidence, program=row.program))
            if row.fewer:
                entries.append(_entry(point, Act.REDUCED, evidence, program=row.program))
        ledger.record_many(entries)
    return bool(entries)


def as_before(point: ContactPoint, program: Program, *, evidence: dict[str, Any]) -> bool:
    """As many texts again as were agreed to; whether there were fewer. A pause of the program is kept."""
    with transaction.atomic():
        ledger.lock_points([point.id])
        standing = _standing(point, program)
        if not standing.fewer:
            return False
        entries = [_entry(point, Act.RESUMED, evidence, program=program)]
        if standing.paused:
            entries.append(_entry(point, Act.PAUSED, evidence, program=program, until=standing.paused_until))
        ledger.record_many(entries)
    return True


def _standing(point: ContactPoint, program: Program | None) -> Subscription:
    row = Subscription.objects.filter(brand_id=point.brand_id, point=point, program=program).first()
    return row or Subscription()


def _entry(
    point: ContactPoint,
    act: Act,
    evidence: dict[str, Any],
    *,
    program: Program | None = None,
    until: dt.datetime | None = None,
) -> ledger.Entry:
    return ledger.Entry(
        point_id=point.id,
        program_id=program.id if program else None,
        act=act,
        method=Method.PREFERENCES,
        actor="customer",
        until=until,
        evidence=evidence,
    )


def _address(token: str) -> str:
    return f"{settings.PUBLIC_BASE_URL}{PATH}{token}"


def _owner_of(point: ContactPoint) -> bytes:
    """Whose links are good: the person, and the edition of her links unless it is the first."""
    return point.contact_id.bytes + (str(point.link_edition).encode() if point.link_edition else b"")


def _written(said: bytes, owner: bytes) -> str:
    return _text(said + _sign(said, owner, settings.SECRET_KEY))


def _sign(said: bytes, owner: bytes, key: str) -> bytes:
    secret = hashlib.sha256(b"preferences.link" + key.encode()).digest()
    return hmac.digest(secret, said + owner, "sha256")[:_SIGNATURE]


def _text(raw: bytes) -> str:
    """URL-safe; the last of the 35 characters is a letter or a digit, so no phone leaves it out of the link."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(token: str) -> bytes:
    """What was written, or as many zeros when nothing of ours was."""
    nothing = bytes(_ID + _DAY + _SIGNATURE)
    if not token.isascii():
        return nothing
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return nothing
    return raw if len(raw) == len(nothing) and _text(raw) == token else nothing


def _day_of(said: bytes) -> dt.datetime:
    day = _EPOCH + dt.timedelta(days=int.from_bytes(said[_ID:]))
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
