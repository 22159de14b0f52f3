"""The whole state of the stand-in, in memory: accounts, senders, texts, handsets, blocks, logs."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulator.configuration import Configuration
from simulator.faults import Faults
from simulator.texts import Phone, Sender, Service, Text

_TOLL_FREE_PREFIXES = tuple(f"+1{code}" for code in (800, 833, 844, 855, 866, 877, 888))
_LONGEST_SHORT_CODE = 6
_REAL_DELAYS = {"sending": 0.1, "sent": 0.5, "delivered": 1.5}
_CALLBACK_STATUSES = ("queued", "sending", "sent", "delivered", "undelivered", "failed", "canceled")


@dataclass(slots=True)
class Settings:
    """What the control API may change while running; all times in seconds."""

    inbound_url: str = ""
    fallback_url: str = ""
    latency: float = 0.0  # before each create is answered
    sending_delay: float = 0.0
    sent_delay: float = 0.0
    delivery_delay: float = 0.0
    delivery_jitter: float = 0.0  # up to this much more, drawn per text, before the last step
    callback_statuses: tuple[str, ...] = _CALLBACK_STATUSES
    callback_connections: int = 16
    clock_offset: float = 0.0  # added to every date in an answer
    list_goes_by_day: bool = False  # True: the list takes only the day of what its date filters say
    strict_senders: bool = False  # True: only senders made through the control API may send
    toll_free_blocks_late: bool = False  # True: a blocked toll-free pair fails as 30004, not 21610

    @classmethod
    def at_start(cls, configuration: Configuration) -> "Settings":
        settings = cls(
            inbound_url=configuration.inbound_url,
            fallback_url=configuration.fallback_url,
            latency=configuration.latency,
        )
        if configuration.delivery == "real":
            settings.sending_delay = _REAL_DELAYS["sending"]
            settings.sent_delay = _REAL_DELAYS["sent"]
            settings.delivery_delay = settings.delivery_jitter = _REAL_DELAYS["delivered"]
        return settings


@dataclass(slots=True, eq=False)
class Arrival:
    """One create that arrived, with what became of it: a sid, a refusal code, or the fault that struck."""

    n: int
    at: float
    monotonic: float
    to: str
    sender: str
    body: str
    status_callback: str
    validity_period: str = ""
    outcome: str | int = ""
    sid: str = ""
    fault: str = ""
    peer: str = ""  # the address it came from

    def as_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "at": self.at,
            "monotonic": self.monotonic,
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "status_callback": self.status_callback,
            "validity_period": self.validity_period,
            "outcome": self.outcome,
            "sid": self.sid,
            "fault": self.fault,
            "peer": self.peer,
        }


@dataclass(eq=False)
class World:
    """Everything that happened since the last reset."""

    configuration: Configuration
    settings: Settings = field(init=False)
    accounts: dict[str, str] = field(default_factory=dict)
    senders: dict[str, Sender] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    texts: dict[str, Text] = field(default_factory=dict)
    by_handset: dict[str, list[Text]] = field(default_factory=dict)
    received: dict[str, list[Text]] = field(default_factory=dict)  # inbound texts, by the number they came to
    phones: dict[str, Phone] = field(default_factory=dict)
    blocks: set[tuple[str, str]] = field(default_factory=set)  # (sender address or service sid, handset)
    arrivals: list[Arrival] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    on_phone_change: Callable[[str], None] = field(default=lambda _number: None)

    def __post_init__(self) -> None:
        self.settings = Settings.at_start(self.configuration)
        self.accounts[self.configuration.account_sid] = self.configuration.auth_token

    def reset(self) -> None:
        """Forget everything but where the product lives: its webhook addresses survive."""
        kept = self.settings.inbound_url, self.settings.fallback_url
        self.settings = Settings.at_start(self.configuration)
        self.settings.inbound_url, self.settings.fallback_url = kept
        self.accounts = {self.configuration.account_sid: self.configuration.auth_token}
        for records in (self.senders, self.services, self.texts, self.by_handset, self.received, self.phones):
            records.clear()
        self.blocks.clear()
        self.arrivals.clear()
        self.faults.clear()

    def now(self) -> float:
        """Return seconds since the epoch on the stand-in's own clock."""
        return time.time() + self.settings.clock_offset

    def sender(self, address: str, account_sid: str = "") -> Sender:
        """Return the sender at `address`, made on first use with the kind its number tells."""
        sender = self.senders.get(address)
        if sender is None:
            owner = account_sid or self.configuration.account_sid
            sender = self.senders[address] = Sender(address, kind_of(address), owner)
        return sender

    def phone(self, number: str) -> Phone:
        phone = self.phones.get(number)
        if phone is None:
            phone = self.phones[number] = Phone(number, active_at=self.now())
        return phone

    def keep(self, text: Text) -> None:
        """File a text so that it can be fetched and listed."""
        self.texts[text.sid] = text
        self.by_handset.setdefault(text.handset, []).append(text)
        if text.is_inbound:
            self.received.setdefault(text.sender, []).append(text)

    def drop(self, text: Text) -> None:
        """Forget a text that was filed."""
        del self.texts[text.sid]
        self.by_handset[text.handset].remove(text)
        if text.is_inbound:
            self.received[text.sender].remove(text)

    def show(self, text: Text) -> None:
        """Put a text on its handset's screen."""
        phone = self.phone(text.handset)
        phone.texts.append(text)
        phone.active_at = self.now()
        # Who types has read what is above.
        phone.unread = 0 if text.is_inbound else phone.unread + 1
        self.on_phone_change(text.handset)

    def block_scope(self, sender: Sender) -> str:
        """Return what a STOP to this sender closes: its service when it is in one, else itself."""
        return sender.service_sid or sender.address

    def is_blocked(self, sender: Sender, handset: str) -> bool:
        if not self.blocks:
            return False
        return (sender.address, handset) in self.blocks or (sender.service_sid, handset) in self.blocks


def kind_of(address: str) -> str:
    """Tell long code, toll-free and short code apart by the number alone."""
    if address.startswith(_TOLL_FREE_PREFIXES):
        return "toll_free"
    return "short_code" if len(address) <= _LONGEST_SHORT_CODE and address.isdigit() else "long_code"
