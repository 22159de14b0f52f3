"""When evidence may lawfully be missing: the ledger says so itself, in an event that comes after."""

import uuid
from collections.abc import Iterable
from typing import Protocol

# Acts, named here because a process that only verifies does without Django and so without the models.
ERASED, EVIDENCE_DELETED = "erased", "evidence_deleted"


class Event(Protocol):
    """The columns of an event that decide."""

    @property
    def seq(self) -> int: ...
    @property
    def act(self) -> str: ...
    @property
    def contact_id(self) -> uuid.UUID: ...
    @property
    def program_id(self) -> uuid.UUID | None: ...


def may_be_missing(events: Iterable[Event]) -> set[int]:
    """The `seq`s, among all events of one number, whose evidence may be gone without anybody having tampered.

    An `erased` event covers every event of its number. An `evidence_deleted` event covers the earlier events of
    the same contact in the same program (or, without one, of the number in the whole brand). Both are links of
    the chain and sealed like any other, so a deletion cannot be made lawful after the fact unseen.
    """
    newest_first = sorted(events, key=lambda each: each.seq, reverse=True)
    if any(event.act == ERASED for event in newest_first):
        return {event.seq for event in newest_first}
    covered: set[int] = set()
    places: set[tuple[uuid.UUID, uuid.UUID | None]] = set()
    for event in newest_first:
        if (event.contact_id, event.program_id) in places:
            covered.add(event.seq)
        if event.act == EVIDENCE_DELETED:
            places.add((event.contact_id, event.program_id))
    return covered
