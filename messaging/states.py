"""The states of an outbound message and the moves between them; every move is forward only."""

from functools import cache
from typing import Final

from messaging.models import Status

# What Twilio calls it -> what we call it. Twilio's own queueing is one state to us: it has the message.
FROM_TWILIO: Final = {
    "scheduled": Status.HANDED_OFF,
    "accepted": Status.HANDED_OFF,
    "queued": Status.HANDED_OFF,
    "sending": Status.HANDED_OFF,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "partially_delivered": Status.DELIVERED,
    "read": Status.READ,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "canceled": Status.FAILED,  # canceled at Twilio: it has not gone out
}

RANK: Final = {
    Status.QUEUED: 0,
    Status.HELD: 0,
    Status.SENDING: 1,
    Status.UNKNOWN: 2,
    Status.HANDED_OFF: 3,
    Status.SENT: 4,
    Status.DELIVERED: 5,
    Status.UNDELIVERED: 5,
    Status.FAILED: 5,
    Status.READ: 6,
}

WAITING: Final = (Status.QUEUED, Status.HELD)
# A request may have been, or may be being, made for these.
OPEN_AT_PROVIDER: Final = (Status.SENDING, Status.UNKNOWN, Status.HANDED_OFF, Status.SENT)
WENT_OUT: Final = (Status.HANDED_OFF, Status.SENT, Status.DELIVERED, Status.READ, Status.UNDELIVERED)
FINAL: Final = (
    Status.DELIVERED,
    Status.READ,
    Status.UNDELIVERED,
    Status.FAILED,
    Status.REFUSED,
    Status.CANCELED,
    Status.RECEIVED,
)


def may_advance(was: str, to: str) -> bool:
    """Whether Twilio's word may move a message from `was` to `to`.

    Forward by rank only; of two contradicting final words the first stays. `canceled` and `refused` are
    ours alone: no request was made for them, so a callback about one is a contradiction and changes nothing.
    """
    if was not in OPEN_AT_PROVIDER and not (was == Status.DELIVERED and to == Status.READ):
        return False
    return RANK[Status(to)] > RANK[Status(was)]


@cache
def before(to: str) -> tuple[str, ...]:
    """The states from which Twilio's word may move a message to `to`."""
    return tuple(status.value for status in Status if may_advance(status, to))
