"""What an event does to a standing: one pure function, used by the ledger and by the rebuild alike."""

import dataclasses
import datetime as dt
from collections.abc import Callable, Mapping

from consent.models import Act, Basis, Method, Status

# A person's own closings; START undoes these and no others.
OWN_WORDS = frozenset({Method.KEYWORD, Method.PLAIN_WORDS, Method.PREFERENCES})
# What a text from the handset undoes: also that the number was thought dead, on a carrier's list and by no one's word.
FROM_HANDSET = OWN_WORDS | {Method.SYSTEM}
# An erasure closes by itself, whoever asked for it, and nothing undoes it.
FINAL = frozenset({Act.ERASED.value})


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """A limit on an agreement: what it rests on, and when (aware UTC) it ends by itself, if it does."""

    basis: str
    until: dt.datetime | None


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """The part of a ledger event that matters to a standing; moments are aware UTC."""

    seq: int
    act: str
    method: str
    purposes: tuple[str, ...]
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    basis: str = Basis.EXPRESS
    until: dt.datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """Where one contact point stands in one program, or (without purposes) in the whole brand."""

    requested: bool = False
    expired: bool = False
    paused: bool = False
    paused_until: dt.datetime | None = None
    fewer: bool = False
    purposes: frozenset[str] = frozenset()
    terms: Mapping[str, Term] = dataclasses.field(default_factory=dict)  # of purposes that are limited
    closed_by: frozenset[str] = frozenset()
    held_by: frozenset[str] = frozenset()
    granted_at: dt.datetime | None = None
    closed_at: dt.datetime | None = None
    joined_at: dt.datetime | None = None
    last_seq: int = 0

    @property
    def expires_at(self) -> dt.datetime | None:
        """When the first of the agreements ends by itself."""
        return min((term.until for term in self.terms.values() if term.until), default=None)

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


def _withdrawn(standing: Standing, _: Fact) -> Standing:
    return dataclasses.replace(standing, requested=False)


def _granted(standing: Standing, fact: Fact) -> Standing:
    # An agreement older than the last leaving says nothing about today: the stricter fact rules.
    if standing.closed_by and not _is_fresh(standing, fact):
        return standing
    return dataclasses.replace(
        standing,
        requested=False,
        expired=False,
        purposes=standing.purposes | set(fact.purposes),
        terms=_terms_after(standing, fact),
        closed_by=frozenset(),
        granted_at=fact.occurred_at,
        closed_at=None,
        joined_at=fact.recorded_at,
    )


def _terms_after(standing: Standing, fact: Fact) -> dict[str, Term]:
    """An express agreement without an end lifts every limit; a limited one never limits what is without."""
    terms = dict(standing.terms)
    offered = Term(fact.basis, fact.until)
    for purpose in fact.purposes:
        if fact.basis == Basis.EXPRESS and fact.until is None:
            terms.pop(purpose, None)
        elif purpose not in standing.purposes or (
            purpose in terms and _ends_later(offered.until, terms[purpose].until)
        ):
            terms[purpose] = offered
    return terms


def _ends_later(one: dt.datetime | None, other: dt.datetime | None) -> bool:
    return other is not None and (one is None or one > other)


def _is_fresh(standing: Standing, fact: Fact) -> bool:
    affirmative = fact.method in {Method.KEYWORD, Method.WEB_FORM}
    own = standing.closed_by <= OWN_WORDS
    return affirmative and own and standing.closed_at is not None and fact.occurred_at > standing.closed_at


def _closed(standing: Standing, fact: Fact) -> Standing:
    kept = standing.purposes - set(fact.purposes)
    if fact.purposes and kept:
        return dataclasses.replace(standing, purposes=kept, terms=_only(standing.terms, kept))
    return dataclasses.replace(
        standing,
        requested=False,
        purposes=frozenset() if fact.purposes else standing.purposes,
        terms={} if fact.purposes else standing.terms,
        closed_by=standing.closed_by | {fact.method},
        # A closing that is recorded late takes nothing back of a later one: what was said in between opens nothing.
        closed_at=max(standing.closed_at or fact.occurred_at, fact.occurred_at),
    )


def _erased(standing: Standing, fact: Fact) -> Standing:
    closed = _closed(standing, dataclasses.replace(fact, purposes=()))
    return dataclasses.replace(closed, closed_by=closed.closed_by | FINAL)


def _only(terms: Mapping[str, Term], purposes: frozenset[str]) -> dict[str, Term]:
    return {purpose: term for purpose, term in terms.items() if purpose in purposes}


def _resumed(standing: Standing, fact: Fact) -> Standing:
    left = standing.closed_by - _reopens(standing, fact)
    # The team undoes a closing, and not the person's own pause.
    is_paused = standing.paused and fact.method == Method.AGENT
    return dataclasses.replace(
        standing,
        paused=is_paused,
        paused_until=standing.paused_until if is_paused else None,
        fewer=standing.fewer and fact.method != Method.PREFERENCES,
        closed_by=left,
        closed_at=standing.closed_at if left else None,
    )


def _reopens(standing: Standing, fact: Fact) -> frozenset[str]:
    """The closings that a resuming undoes: a person's text her own, the team's second signature all but an erasure."""
    if fact.method in {Method.KEYWORD, Method.PLAIN_WORDS}:
        return FROM_HANDSET
    return standing.closed_by - FINAL if fact.method == Method.AGENT else frozenset()


def _paused(standing: Standing, fact: Fact) -> Standing:
    shorter = standing.paused and not _ends_later(fact.until, standing.paused_until)
    until = standing.paused_until if shorter else fact.until
    return dataclasses.replace(standing, paused=True, paused_until=until)


def _reduced(standing: Standing, _: Fact) -> Standing:
    return dataclasses.replace(standing, fewer=True)


def _held(standing: Standing, fact: Fact) -> Standing:
    return dataclasses.replace(standing, held_by=standing.held_by | {fact.method})


def _released(standing: Standing, _: Fact) -> Standing:
    return dataclasses.replace(standing, held_by=frozenset())


def _expired(standing: Standing, fact: Fact) -> Standing:
    """Ends the purposes it names; an expiry that names none ends them all."""
    kept = standing.purposes - set(fact.purposes) if fact.purposes else frozenset()
    return dataclasses.replace(standing, purposes=kept, terms=_only(standing.terms, kept), expired=True)


CHANGES: dict[str, Callable[[Standing, Fact], Standing]] = {
    Act.REQUESTED: _requested,
    Act.WITHDRAWN: _withdrawn,
    Act.GRANTED: _granted,
    Act.CONFIRMED: _granted,
    Act.REVOKED: _closed,
    Act.BLOCKED_BY_CARRIER: _closed,
    Act.UNDELIVERABLE: _closed,
    Act.ERASED: _erased,
    Act.PAUSED: _paused,
    Act.REDUCED: _reduced,
    Act.RESUMED: _resumed,
    Act.HELD: _held,
    Act.RELEASED: _released,
    Act.EXPIRED: _expired,
}
