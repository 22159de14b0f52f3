"""The product's one clock, so that the demo can run at noon whatever the hour is."""

import datetime as dt

from django.conf import settings


def now() -> dt.datetime:
    """The present moment, aware, in UTC.

    `CLOCK_OFFSET_SECONDS` moves it for the demo; a system check refuses an offset beside real Twilio
    credentials, so a real person's quiet hours are always judged by the real time.
    """
    return dt.datetime.now(tz=dt.UTC) + dt.timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)  # noqa: TID251 - the one place
