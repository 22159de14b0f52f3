"""The state of the record at a glance: how much is sealed, what waits, what happened in the last week."""

import dataclasses
import datetime as dt
from collections.abc import Sequence

from consent.models import Act, ConsentEvent, Reopening, Status, Subscription, TreeHead, Unsealed
from contacts import clock
from contacts.admin_words import ago
from contacts.models import Brand
from smsapp.audit.opt_outs import CLOSING

_MOST_COUNTED = 10_000
LATELY = dt.timedelta(days=7)
# The sealer is at most this far behind; longer means that it does not run.
SEALED_WITHIN = dt.timedelta(minutes=5)


@dataclasses.dataclass(frozen=True, slots=True)
class Log:
    """A brand's sealed log: its newest head, and whether events wait for the sealer too long."""

    brand: Brand
    head: TreeHead | None
    waiting: int
    is_late: bool
    sealed: str


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """Counts stop at 10,000."""

    logs: list[Log]
    left: int
    agreed: int
    held: int
    to_reopen: int


def of(brands: Sequence[Brand]) -> Told:
    """The state of these brands' records now."""
    events = ConsentEvent.objects.filter(brand__in=brands, recorded_at__gt=clock.now() - LATELY)
    held = Subscription.objects.filter(brand__in=brands, program=None, status=Status.HELD)
    return Told(
        logs=[_log(brand) for brand in brands],
        left=events.filter(act__in=CLOSING)[:_MOST_COUNTED].count(),
        agreed=events.filter(act__in=[Act.GRANTED, Act.CONFIRMED])[:_MOST_COUNTED].count(),
        held=held[:_MOST_COUNTED].count(),
        to_reopen=Reopening.objects.filter(brand__in=brands, decided_at=None).count(),
    )


def _log(brand: Brand) -> Log:
    head = TreeHead.objects.filter(brand=brand).order_by("-size", "-signed_at", "-id").first()
    waiting = Unsealed.objects.filter(brand=brand).order_by("recorded_at")
    oldest = waiting.values_list("recorded_at", flat=True).first()
    return Log(
        brand=brand,
        head=head,
        waiting=waiting[:_MOST_COUNTED].count(),
        is_late=oldest is not None and oldest < clock.now() - SEALED_WITHIN,
        sealed=ago(clock.now() - head.signed_at) if head else "",
    )
