"""The product's one clock, so that the demo can run at noon whatever the hour is."""

import datetime as dt
import math

from django.conf import settings


def now() -> dt.datetime:
    """The present moment, aware, in UTC.

    `CLOCK_OFFSET_SECONDS` moves it for the demo; a system check refuses an offset beside real Twilio
    credentials, so a real person's quiet hours are always judged by the real time.
    """
    return dt.datetime.now(tz=dt.UTC) + dt.timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)  # noqa: TID251 - the one place


def as_told_outside(moment: dt.datetime) -> dt.datetime:
    """A moment of this clock (aware UTC) on the world's, such as Twilio's; they differ in the demo alone."""
    return moment - _whole_offset()


def from_outside(moment: dt.datetime) -> dt.datetime:
    """The reverse: what somebody else dated, as this clock tells it; never in the future, aware UTC."""
    return min(moment.astimezone(dt.UTC) + _whole_offset(), now())


def _whole_offset() -> dt.timedelta:
    # In whole seconds, downwards: Twilio dates to the second, and two texts of one second must stay in one.
    return dt.timedelta(seconds=math.floor(settings.CLOCK_OFFSET_SECONDS))
