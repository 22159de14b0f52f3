"""Whom to believe: which keys are trusted, and which tree heads, ours or held by others, they signed."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from consent import chain, signing
from consent.models import Seal, SigningKey, TreeHead
from consent.verifying_chains import Found
from consent.verifying_findings import Finding, Kind

KEYS, HEADS = "consent_signingkey", "consent_treehead"
HELD = "held outside"
# From a key's retirement until no process signs with it any more.
GRACE = dt.timedelta(minutes=5)


class HeldHead(NamedTuple):
    """A tree head that somebody outside was given, and where it was read."""

    where: str
    brand_id: uuid.UUID
    size: int
    root: str
    signed_at: str
    public_key: str
    signature: str


class Trust:
    """The keys that are believed.

    Trust begins with public keys known from elsewhere than the database. It goes forward by endorsement: a successor
    may sign the newest head. A predecessor, from which endorsements lead to a trusted key, may have signed older
    heads: the newest, which must be by a trusted key, covers what they covered.
    """

    def __init__(self, keys: Iterable[SigningKey], believed: Collection[str], found: Found) -> None:
        self.keys = {key.id: key for key in keys}
        self.found = found
        self.believed = {*believed}
        endorsed = {key.id for key in self.keys.values() if self._is_endorsed(key)}
        links = {(str(key.endorsed_by_id), key.id) for key in self.keys.values() if key.id in endorsed}
        anchors = {key.id for key in self.keys.values() if key.public_key in self.believed}
        self.trusted = _reach(anchors, links)
        self.linked = self.trusted | _reach(anchors, {(to, by) for by, to in links})
        for key in self.keys.values():
            if key.id not in self.linked:
                self._say_key(key, "nothing leads from a trusted key to it, or from it to one")

    def check(self, head: TreeHead, root: bytes | None, *, is_newest: bool) -> None:
        """A head of ours: by a key that may have signed it, over the log as it is."""
        key = self.keys[head.key_id]
        content = signing.head_content(head.brand_id, head.size, head.root, chain.moment(head.signed_at))
        if not signing.is_signed(signing.head_message(content), head.signature, key.public_key):
            self._say(head, Kind.HEAD_UNSIGNED, f"its signature is not one of the key {key.id} over it")
        elif key.retired_at and head.signed_at > key.retired_at + GRACE:
            self._say(head, Kind.HEAD_UNSIGNED, f"it was signed after its key {key.id} was retired")
        elif is_newest and key.id not in self.trusted:
            self._say(head, Kind.HEAD_UNSIGNED, f"it is the newest, and its key {key.id} is not trusted")
        if root is None or root.hex() != head.root:
            self._say(head, Kind.HEAD_WRONG, f"its root is not that of the first {head.size} entries")

    def check_held(self, heads: Collection[HeldHead], roots: Mapping[int, bytes], size: int) -> None:
        """Heads that others hold, of one brand, against the log as it is."""
        good = 0
        for head in sorted(heads, key=lambda each: each.size):
            public_keys = self.believed | {self.keys[each].public_key for each in self.linked}
            content = signing.head_content(head.brand_id, head.size, head.root, head.signed_at)
            if head.public_key not in public_keys or not signing.is_signed(
                signing.head_message(content), head.signature, head.public_key
            ):
                self._say_held(head, Kind.HELD_HEAD_UNKNOWN, "no trusted key signed it")
            elif head.size > size:
                said = f"it was signed over {head.size} entries, and the log has {size}"
                self._say_held(head, Kind.HELD_HEAD_LONGER, said)
            elif roots.get(head.size, b"").hex() != head.root:
                said = f"its root is not that of the first {head.size} entries; changed since is {_places(head, good)}"
                self._say_held(head, Kind.HELD_HEAD_WRONG, said)
            else:
                good = head.size

    def _is_endorsed(self, key: SigningKey) -> bool:
        """Does its predecessor's signature stand on it? A key without a predecessor claims nothing."""
        if key.id != signing.key_id(key.public_key):
            self._say_key(key, "its id is not that of its public key")
            return False
        if key.endorsed_by_id is None:
            return False
        by = self.keys[key.endorsed_by_id].public_key
        is_signed = signing.is_signed(signing.endorsement_message(key.public_key), key.endorsement, by)
        if not is_signed:
            self._say_key(key, f"the key {key.endorsed_by_id} did not endorse it")
        return is_signed

    def _say(self, head: TreeHead, kind: Kind, said: str) -> None:
        self.found(Finding(kind, HEADS, f"{head.id}, of {head.size} entries", said))

    def _say_key(self, key: SigningKey, said: str) -> None:
        self.found(Finding(Kind.KEY_UNKNOWN, KEYS, key.id, said))

    def _say_held(self, head: HeldHead, kind: Kind, said: str) -> None:
        self.found(Finding(kind, HELD, head.where, said))


def _places(head: HeldHead, first: int) -> str:
    """The events between the last head that fits and this one, in words."""
    last = head.size - 1
    seals = Seal.objects.filter(brand_id=head.brand_id, position__in=[first, last])
    ids = dict(seals.values_list("position", "event_id"))
    begin, end = (f"event {ids.get(place, 'unknown')} at place {place}" for place in (first, last))
    return begin if first == last else f"one or more of the events from {begin} to {end}"


def _reach(begin: set[str], links: Collection[tuple[str, str]]) -> set[str]:
    """What can be reached along links, with where one begins."""
    reached, fresh = set(begin), set(begin)
    while fresh:
        fresh = {to for by, to in links if by in fresh} - reached
        reached |= fresh
    return reached


class UnreadableHead(ValueError):
    """A line of a file of tree heads that is none; names the file, the line and the field."""


def held_head(told: Any, where: str) -> HeldHead:
    """A tree head as `heads.told` writes it. Raises UnreadableHead."""
    if not isinstance(told, dict):
        raise UnreadableHead(
            f"{where}: not a JSON object; each line must be a tree head as a witness was given it"
        )
    try:
        return HeldHead(
            where,
            uuid.UUID(told["brand"]),
            int(told["size"]),
            *(str(told[name]) for name in ("root", "signed_at", "public_key", "signature")),
        )
    except KeyError as missing:
        raise UnreadableHead(
            f"{where}: {missing.args[0]} is missing; give the line as the witness got it"
        ) from None
    except (ValueError, TypeError, AttributeError):
        raise UnreadableHead(f"{where}: brand must be an id and size a number") from None
