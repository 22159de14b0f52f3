"""Faults ordered through the control API: who they strike, how often, and what they do."""

from dataclasses import asdict, dataclass, field
from typing import Any

CREATE_FAULTS = frozenset(
    {
        "timeout_after_accept",
        "timeout_before_accept",
        "http_500",
        "http_500_after_accept",
        "http_429",
        "refuse",
        "connection_reset",
        "connection_reset_after_accept",
    }
)
DELIVERY_FAULTS = frozenset(
    {"undelivered", "failed", "silent", "callback_duplicates", "callback_out_of_order"}
)
LIST_FAULTS = frozenset({"list_timeout", "list_http_500"})
_MEDIA_FAULTS = frozenset({"media_missing"})  # these strike a message, by its sid
_ALL = CREATE_FAULTS | DELIVERY_FAULTS | LIST_FAULTS | _MEDIA_FAULTS
AFTER_ACCEPT = frozenset({"timeout_after_accept", "http_500_after_accept", "connection_reset_after_accept"})
EVERYONE = "*"
_DEFAULT_SECONDS = 60.0
_DEFAULT_CODES = {"refuse": 21610, "undelivered": 30003, "failed": 30008}


@dataclass(slots=True)
class Fault:
    """One order: strikes `to` (or everyone) `count` times, without end when None; `seconds` of silence."""

    kind: str
    to: str = EVERYONE
    count: int | None = None
    code: int = 0
    seconds: float = _DEFAULT_SECONDS

    def __post_init__(self) -> None:
        if self.kind not in _ALL:
            known = ", ".join(sorted(_ALL))
            raise ValueError(f"unknown fault {self.kind!r}; known: {known}")
        self.code = self.code or _DEFAULT_CODES.get(self.kind, 0)


@dataclass(slots=True)
class Faults:
    """The faults in force, oldest first."""

    orders: list[Fault] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.orders)

    def add(self, fault: Fault) -> None:
        self.orders.append(fault)

    def clear(self) -> None:
        self.orders.clear()

    def take_for_create(self, to: str) -> Fault | None:
        """Return and use up the first create fault that strikes `to`, if any."""
        return next(iter(self._take(to, CREATE_FAULTS, only_one=True)), None)

    def take_for_list(self, to: str) -> Fault | None:
        """Return and use up the first fault that strikes whoever lists the texts to `to`, if any."""
        return next(iter(self._take(to, LIST_FAULTS, only_one=True)), None)

    def take_for_media(self, sid: str) -> Fault | None:
        """Return and use up the first fault that strikes whoever asks for the media of this message, if any."""
        return next(iter(self._take(sid, _MEDIA_FAULTS, only_one=True)), None)

    def take_for_delivery(self, to: str) -> list[Fault]:
        """Return and use up one of each delivery fault that strikes `to`."""
        return self._take(to, DELIVERY_FAULTS, only_one=False)

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.orders]

    def _take(self, to: str, kinds: frozenset[str], *, only_one: bool) -> list[Fault]:
        taken: list[Fault] = []
        for fault in list(self.orders):
            if fault.kind not in kinds or fault.to not in (EVERYONE, to):
                continue
            taken.append(fault)
            if fault.count is not None:
                fault.count -= 1
                if fault.count <= 0:
                    self.orders.remove(fault)
            if only_one:
                break
        return taken
