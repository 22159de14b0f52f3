"""Customers who text at moments of the test's clock, while the product cannot be reached, or can."""

import dataclasses
import datetime as dt

import time_machine
from django.conf import settings

from consent.models import Subscription
from contacts import clock
from contacts.models import ContactPoint
from messaging.models import Message, Sender
from tests import calls
from tests.simulator_process import SimulatorProcess
from webhooks import missed, watermarks

NOBODY_LISTENS = "http://127.0.0.1:9/webhooks/twilio/inbound/"


@dataclasses.dataclass
class Handsets:
    """Texts to a sender by way of the stand-in; every delivery to the product fails."""

    twilio: SimulatorProcess
    sender: Sender
    noon: time_machine.Traveller

    def __post_init__(self) -> None:
        self.twilio.settings(inbound_url=NOBODY_LISTENS)

    def say(
        self,
        point: ContactPoint | str,
        words: str,
        *,
        ago: dt.timedelta | None = None,
        to: str = "",
        media: list[str] | None = None,
    ) -> str:
        """Text it so long ago (None: now); returns Twilio's id of it."""
        self.set_twilios_clock(clock.now() - (ago or dt.timedelta()))
        address = point if isinstance(point, str) else point.address
        sent = self.twilio.send(from_=address, to=to or self.sender.address, body=words, media=media or [])
        assert sent["status"] == 0, "nobody may answer"
        return str(sent["sid"])

    def set_twilios_clock(self, moment: dt.datetime) -> None:
        """What Twilio dates from here on begins at `moment` (aware UTC)."""
        real = time_machine.escape_hatch.time.time()
        # A little into the second, so that what follows at once is dated the same.
        into = 0.2 + settings.CLOCK_OFFSET_SECONDS
        self.twilio.settings(clock_offset=moment.timestamp() + into - real)

    def webhook(self, sid: str) -> int:
        """The request that did not get through comes after all; returns the product's answer."""
        (call,) = self.twilio.webhooks(sid=sid, kind="inbound")
        return int(calls.post(calls.INBOUND, call["params"]).status_code)

    def pull(self) -> int:
        """Pull until nothing is left to read; returns how many texts were new."""
        self.noon.shift(dt.timedelta(minutes=2))
        pulled = missed.pull()
        while watermarks.are_due():
            pulled += missed.pull()
        return pulled


def number(point: ContactPoint) -> str:
    """How a number stands in the whole brand."""
    row = Subscription.objects.filter(point=point, program=None).first()
    return row.status if row else "never touched"


def heard() -> list[str]:
    """What customers have said, in the order in which they said it."""
    said = Message.objects.filter(direction="in").order_by("created_at", "id")
    return list(said.values_list("body", flat=True))
