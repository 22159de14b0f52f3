"""The records the stand-in keeps: a text, a sender, a Messaging Service, a handset."""

import os
from dataclasses import dataclass, field

FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "canceled", "received"})
DEFAULT_VALIDITY_SECONDS = 36_000
UNLIMITED_SEGMENTS_PER_SECOND = 100_000.0


def new_sid(prefix: str) -> str:
    """Return a fresh sid in Twilio's shape: two letters and 32 hex digits."""
    return prefix + os.urandom(16).hex()


@dataclass(slots=True, eq=False)
class Text:
    """One message resource; times are seconds since the epoch, `status` walks Twilio's ladder."""

    sid: str
    account_sid: str
    direction: str  # outbound-api | outbound-reply | inbound
    sender: str  # the brand's side of the pair, "" until a service has chosen
    handset: str  # the customer's side
    body: str
    segments: int
    status: str
    created_at: float
    updated_at: float
    media: tuple[str, ...] = ()
    service_sid: str = ""
    sent_at: float = 0.0
    error_code: int = 0
    status_callback: str = ""
    validity_seconds: int = DEFAULT_VALIDITY_SECONDS
    is_read: bool = False
    outcome: tuple[str, int] = ("delivered", 0)  # the last status the network will report, and its code
    is_silent: bool = False
    is_duplicated: bool = False
    is_out_of_order: bool = False
    waiting: list[str] = field(default_factory=list)  # statuses whose callback is not yet made
    is_calling: bool = False

    @property
    def is_inbound(self) -> bool:
        return self.direction == "inbound"


@dataclass(slots=True, eq=False)
class Sender:
    """A number or short code that can send; `free_at` is the monotonic moment its queue is empty."""

    address: str
    kind: str  # long_code | toll_free | short_code
    account_sid: str
    segments_per_second: float = UNLIMITED_SEGMENTS_PER_SECOND
    service_sid: str = ""
    opt_out_handling: str = "default"  # default | off
    inbound_url: str = ""
    fallback_url: str = ""
    free_at: float = 0.0


@dataclass(slots=True, eq=False)
class Service:
    """A Messaging Service: a pool of senders that share one block list."""

    sid: str
    account_sid: str
    advanced_opt_out: bool = False
    opt_out_handling: str = "default"
    status_callback: str = ""
    inbound_url: str = ""
    fallback_url: str = ""
    pool: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Phone:
    """A customer's handset: what arrived on it and what was typed on it, oldest first."""

    number: str
    texts: list[Text] = field(default_factory=list)
    active_at: float = 0.0
    unread: int = 0
