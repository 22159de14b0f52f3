"""What an event does to a standing: one pure function, used by the ledger and by the rebuild alike."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Collection

from consent.models import Act, Method, Status

# A person's own texts; START undoes these closings and no others.
OWN_WORDS = frozenset({Method.KEYWORD, Method.PLAIN_WORDS})


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """The part of a ledger event that matters to a standing; moments are aware UTC."""

    seq: int
    act: str
    method: str
    purposes: tuple[str, ...]
    occurred_at: dt.datetime
    recorded_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """Where one contact point stands in one program, or (without purposes) in the whole brand."""

    requested: bool = False
    expired: bool = False
    paused: bool = False
    purposes: frozenset[str] = frozenset()
    closed_by: frozenset[str] = frozenset()
    held_by: frozenset[str] = frozenset()
    granted_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    joined_at: dt.datetime | None = None
    last_seq: int = 0

    @property
    def status(self) -> Status:
        """The strictest of what is true rules."""
        if self.closed_by:
            return Status.CLOSED
        if self.held_by:
            return Status.HELD
        if self.paused:
            return Status.PAUSED
        if self.purposes:
            return Status.ACTIVE
        if self.requested:
            return Status.REQUESTED
        return Status.EXPIRED if self.expired else Status.NONE


def apply(standing: Standing, fact: Fact) -> Standing:
    """The standing after `fact`. Nothing here loosens by itself; an unknown act changes nothing."""
    change = CHANGES.get(fact.act)
    changed = change(standing, fact) if change else standing
    return dataclasses.replace(changed, last_seq=fact.seq)


def _requested(standing: Standing, _: Fact) -> Standing:
    return dataclasses.replace(standing, requested=True)


def _granted(standing: Standing, fact: Fact) -> Standing:
    # An agreement older than the last leaving says nothing about today: the stricter fact rules.
    if standing.closed_by and not _is_fresh(standing, fact):
        return standing
    return dataclasses.replace(
        standing,
        requested=False,
        expired=False,
        purposes=standing.purposes | set(fact.purposes),
        closed_by=frozenset(),
        granted_at=fact.occurred_at,
        closed_at=None,
        joined_at=fact.recorded_at,
    )


def _is_fresh(standing: Standing, fact: Fact) -> bool:
    affirmative = fact.method in {Method.KEYWORD, Method.WEB_FORM}
    own = standing.closed_by <= OWN_WORDS
    return affirmative and own and standing.closed_at is not None and fact.occurred_at > standing.closed_at


def _closed(standing: Standing, fact: Fact) -> Standing:
    kept = standing.purposes - set(fact.purposes)
    if fact.purposes and kept:
        return dataclasses.replace(standing, purposes=kept)
    return dataclasses.replace(
        standing,
        requested=False,
        purposes=frozenset() if fact.purposes else standing.purposes,
        closed_by=standing.closed_by | {fact.method},
        closed_at=fact.occurred_at,
    )


def _resumed(standing: Standing, fact: Fact) -> Standing:
    left = _without(standing.closed_by, OWN_WORDS if fact.method in OWN_WORDS else standing.closed_by)
    return dataclasses.replace(
        standing, paused=False, closed_by=left, closed_at=standing.closed_at if left else None
    )


def _without(these: frozenset[str], those: Collection[str]) -> frozenset[str]:
    return these - set(those)


def _paused(standing: Standing, _: Fact) -> Standing:
    return dataclasses.replace(standing, paused=True)


def _held(standing: Standing, fact: Fact) -> Standing:
    return dataclasses.replace(standing, held_by=standing.held_by | {fact.method})


def _released(standing: Standing, _: Fact) -> Standing:
    return dataclasses.replace(standing, held_by=frozenset())


def _expired(standing: Standing, _: Fact) -> Standing:
    return dataclasses.replace(standing, purposes=frozenset(), expired=True)


CHANGES: dict[str, Callable[[Standing, Fact], Standing]] = {
    Act.REQUESTED: _requested,
    Act.GRANTED: _granted,
    Act.CONFIRMED: _granted,
    Act.REVOKED: _closed,
    Act.BLOCKED_BY_CARRIER: _closed,
    Act.UNDELIVERABLE: _closed,
    Act.ERASED: _closed,
    Act.PAUSED: _paused,
    Act.RESUMED: _resumed,
    Act.HELD: _held,
    Act.RELEASED: _released,
    Act.EXPIRED: _expired,
}
