"""What the journal of the stand-in, the answers to the STOPs and the database say in the end."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection

from benchmarks import chaos_twilio

if TYPE_CHECKING:
    from benchmarks.population import Population


@dataclass(frozen=True, slots=True)
class Judged:
    """The figures, all to be 0, and how much there was to go wrong: texts that Twilio accepted, STOPs answered."""

    figures: dict[str, int]
    texts: int
    stops: int


def judge(crowd: "Population", journal: Path, answered: dict[str, float]) -> Judged:
    """Compare what reached the stand-in with what should have.

    - lost: people who did not leave and got nothing, and texts that we call delivered and Twilio never had;
    - doubled: texts that Twilio accepted twice, and people who got two;
    - after_stop: requests that came after the STOP's answer;
    - unsettled: texts with no final state;
    - forgotten: STOPs that were answered and are not in the ledger, or never answered at all.
    """
    texts = [line for line in chaos_twilio.read(journal) if "sid" in line]
    reached = Counter(text["to"] for text in texts)
    refs = Counter(text["ref"] for text in texts)
    stayed = {address for _, _, address in crowd.people} - answered.keys()
    delivered = _delivered()
    figures = {
        "lost": len(stayed - reached.keys()) + len(delivered - refs.keys()),
        "doubled": sum(count > 1 for count in refs.values()) + sum(count > 1 for count in reached.values()),
        "after_stop": sum(text["at"] > answered.get(text["to"], float("inf")) for text in texts),
        "unsettled": open_texts(len(crowd.people)),
        "forgotten": len(crowd.people) // 5 - len(answered) + len(answered.keys() - _closed()),
    }
    return Judged(figures=figures, texts=len(texts), stops=len(answered))


def _delivered() -> set[str]:
    from messaging.models import Message, Status

    return {str(one) for one in Message.objects.filter(status=Status.DELIVERED).values_list("id", flat=True)}


def _closed() -> set[str]:
    from consent.models import Status, Subscription

    closed = Subscription.objects.filter(program=None, status=Status.CLOSED)
    return set(closed.values_list("point__address", flat=True))


def open_texts(expected: int) -> int:
    """How many texts are not in a final state yet, those not queued yet among them."""
    from messaging.models import Direction, Message
    from messaging.states import FINAL

    ours = Message.objects.filter(direction=Direction.OUT)
    try:
        return expected - ours.filter(status__in=FINAL).count()
    except DatabaseError:
        connection.close()
        return expected
