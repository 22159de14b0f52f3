"""What handsets show: the wall, newest first, and one phone with a thread per sender."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from simulator.texts import Phone, Text
from simulator.world import World

WALL_SIZE = 60


@dataclass(frozen=True, slots=True)
class Thread:
    """All texts between a handset and one sender, oldest first."""

    sender: str
    is_blocked: bool
    texts: list[Text]


def phones_on_wall(world: World, search: str = "", limit: int = WALL_SIZE, offset: int = 0) -> list[Phone]:
    """Return handsets whose number or texts contain `search`, newest active first."""
    wanted = search.strip().lower()
    found = [phone for phone in world.phones.values() if not wanted or _matches(phone, wanted)]
    found.sort(key=lambda phone: phone.active_at, reverse=True)
    return found[offset : offset + limit]


def threads_of(world: World, phone: Phone) -> list[Thread]:
    """Return a thread per sender, the one with the newest text first."""
    by_sender: dict[str, list[Text]] = {}
    for text in phone.texts:
        by_sender.setdefault(text.sender, []).append(text)
    newest_first = sorted(by_sender.items(), key=lambda item: item[1][-1].created_at, reverse=True)
    return [
        Thread(address, world.is_blocked(world.sender(address), phone.number), texts)
        for address, texts in newest_first
    ]


def blocked_senders(world: World, number: str) -> list[str]:
    """Return every sender or service this handset has stopped."""
    return sorted(scope for scope, handset in world.blocks if handset == number)


def mark_read(phone: Phone) -> None:
    phone.unread = 0


def phone_summary(world: World, phone: Phone) -> dict[str, Any]:
    last = phone.texts[-1] if phone.texts else None
    return {
        "number": phone.number,
        "unread": phone.unread,
        "texts": len(phone.texts),
        "active_at": phone.active_at,
        "blocked": blocked_senders(world, phone.number),
        "last": _bubble(last) if last else None,
    }


def phone_json(world: World, phone: Phone) -> dict[str, Any]:
    """Return all that the handset shows, and `blocked`: what it has stopped."""
    threads = [
        {"sender": thread.sender, "blocked": thread.is_blocked, "messages": _bubbles(thread.texts)}
        for thread in threads_of(world, phone)
    ]
    return {**phone_summary(world, phone), "threads": threads}


def _bubbles(texts: Iterable[Text]) -> list[dict[str, Any]]:
    return [_bubble(text) for text in texts]


def _bubble(text: Text) -> dict[str, Any]:
    return {
        "sid": text.sid,
        "direction": text.direction,
        "sender": text.sender,
        "body": text.body,
        "media": list(text.media),
        "status": text.status,
        "at": text.created_at,
    }


def _matches(phone: Phone, wanted: str) -> bool:
    return wanted in phone.number or any(wanted in text.body.lower() for text in phone.texts)
