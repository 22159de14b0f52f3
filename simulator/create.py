"""Accepts or refuses a new outbound text, in the order in which Twilio looks at a request."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import urlsplit

from simulator.refusals import Refusal
from simulator.segments import count_segments
from simulator.texts import DEFAULT_VALIDITY_SECONDS, Sender, Service, Text, new_sid
from simulator.world import World

LONGEST_BODY = 1600
MOST_MEDIA = 10
QUEUE_SECONDS = 36_000
SCHEDULE_SECONDS = (300, 35 * 24 * 3600)
_ADDRESS = re.compile(r"\+1[2-9]\d{9}|\+[2-9]\d{6,14}|(?:whatsapp|messenger|rcs):\S+")
_SENDER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}|[A-Za-z0-9 ]{1,11}|(?:whatsapp|messenger|rcs):\S+")
_MAGIC_TO = {"1": 21211, "2": 21612, "3": 21408, "4": 21610, "9": 21614}
_MAGIC_FROM = {"1": 21212, "7": 21606, "8": 21611}
_MAGIC_STEM = "+1500555000"


def create_text(world: World, account_sid: str, form: Mapping[str, str], media: Sequence[str]) -> Text:
    """Return the accepted text, not yet queued; raises Refusal with Twilio's code.

    1. What is there: To, a sender, something to say.
    2. Each value on its own: number, length, callback, validity period, schedule.
    3. The sender: known, in the pool, with room in its queue.
    4. The pair: magic numbers, the same number twice, an opt-out.
    """
    to, body = form.get("To", ""), form.get("Body", "")
    _require(form, media)
    _check_values(to, body, form, media)
    send_at = _send_at(world, form)
    sender, service = _find_sender(world, account_sid, to, form)
    _check_pair(world, sender, to)
    now = world.now()
    text = Text(
        sid=new_sid("MM" if media else "SM"),
        account_sid=account_sid,
        direction="outbound-api",
        sender=sender.address,
        handset=to,
        body=body,
        segments=count_segments(body),
        status="queued",
        created_at=now,
        updated_at=now,
        media=tuple(media),
        validity_seconds=int(form.get("ValidityPeriod") or DEFAULT_VALIDITY_SECONDS),
        status_callback=form.get("StatusCallback", ""),
    )
    if service is not None:
        text.service_sid = service.sid
        text.status = "scheduled" if send_at else "accepted"
        text.sent_at = send_at
        text.status_callback = text.status_callback or service.status_callback
    elif sender.free_at > monotonic() + QUEUE_SECONDS:
        raise Refusal(21611)
    return text


def _require(form: Mapping[str, str], media: Sequence[str]) -> None:
    if not form.get("To"):
        raise Refusal(21604)
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise Refusal(21603)
    if not form.get("Body") and not media and not form.get("ContentSid"):
        raise Refusal(21602)


def _check_values(to: str, body: str, form: Mapping[str, str], media: Sequence[str]) -> None:
    if not _ADDRESS.fullmatch(to):
        raise Refusal(21211, to)
    if len(body) > LONGEST_BODY:
        raise Refusal(21617)
    if len(media) > MOST_MEDIA:
        raise Refusal(21623)
    if not all(_is_url(url) for url in media):
        raise Refusal(21620)
    callback = form.get("StatusCallback")
    if callback and not _is_url(callback):
        raise Refusal(21609, callback)
    validity = form.get("ValidityPeriod")
    if validity and not (validity.isdecimal() and 1 <= int(validity) <= DEFAULT_VALIDITY_SECONDS):
        raise Refusal(21624)


def _is_url(url: str) -> bool:
    """Tell whether Twilio would call it: http(s), a host, and no underscore in the host."""
    if not url.startswith(("http://", "https://")):
        return False
    host = urlsplit(url).hostname or ""
    return bool(host) and "_" not in host


def _send_at(world: World, form: Mapping[str, str]) -> float:
    """Return the moment (epoch seconds) a text is scheduled for, 0 when it is not."""
    if not form.get("ScheduleType"):
        return 0.0
    if not form.get("MessagingServiceSid"):
        raise Refusal(35118)
    if not form.get("SendAt"):
        raise Refusal(35111)
    try:
        moment = datetime.fromisoformat(form["SendAt"])
    except ValueError:
        raise Refusal(35114) from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    earliest, latest = SCHEDULE_SECONDS
    if not earliest <= moment.timestamp() - world.now() <= latest:
        raise Refusal(35114)
    return moment.timestamp()


def _find_sender(
    world: World, account_sid: str, to: str, form: Mapping[str, str]
) -> tuple[Sender, Service | None]:
    address, service_sid = form.get("From", ""), form.get("MessagingServiceSid", "")
    if not service_sid:
        return _number(world, account_sid, address), None
    service = world.services.get(service_sid)
    if service is None or service.account_sid != account_sid:
        raise Refusal(21701, service_sid)
    if not service.pool:
        raise Refusal(21704)
    if address and address not in service.pool:
        raise Refusal(21606, f"{address} is not in the pool of {service_sid}")
    # A sum, not hash(): the same person keeps the same number, also after a restart.
    chosen = address or service.pool[sum(map(ord, to)) % len(service.pool)]
    return world.sender(chosen, account_sid), service


def _number(world: World, account_sid: str, address: str) -> Sender:
    if not _SENDER.fullmatch(address):
        raise Refusal(21212, address)
    if address.startswith(_MAGIC_STEM) and (code := _MAGIC_FROM.get(address[len(_MAGIC_STEM) :])):
        raise Refusal(code, address)
    sender = world.senders.get(address)
    if sender is None and world.settings.strict_senders:
        raise Refusal(21606, address)
    sender = sender or world.sender(address, account_sid)
    if sender.account_sid != account_sid:
        raise Refusal(21606, address)
    return sender


def _check_pair(world: World, sender: Sender, to: str) -> None:
    if to.startswith(_MAGIC_STEM) and (code := _MAGIC_TO.get(to[len(_MAGIC_STEM) :])):
        raise Refusal(code, to)
    if to == sender.address:
        raise Refusal(21266)
    if world.is_blocked(sender, to):
        is_late = sender.kind == "toll_free" and world.settings.toll_free_blocks_late
        if not is_late:
            raise Refusal(21610)
