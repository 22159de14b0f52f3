"""What Twilio has received for us, asked of it: the texts to a number, their media, the numbers of a service."""

import asyncio
import dataclasses
import datetime as dt
import json
from collections.abc import Awaitable, Collection
from concurrent.futures import Future
from typing import Any

from twilio.base.exceptions import TwilioException

from contacts import clock
from messaging.providers import twilio
from messaging.providers.errors import describe

# One page is what is held in memory of a number's list.
PAGE_SIZE = 100
# More files than Twilio takes in one message, and more numbers than it allows in one service.
MOST_MEDIA = 20
MOST_NUMBERS = 2_000
HTTP_NOT_FOUND = 404
# Requests for the media of one page at a time.
MEDIA_AT_ONCE = 8


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An inbound text as Twilio lists it. `said_at`: Twilio's time of it, to the second, by our clock (aware UTC)."""

    sid: str
    account_sid: str
    from_address: str
    to: str
    body: str
    media_count: int
    segments: str
    messaging_service_sid: str
    said_at: dt.datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Page:
    """One page of a number's list, newest first, and when the first and the last text on it was said.

    `following` is Twilio's address of the page after it, "" when this is the last one.
    """

    texts: list[Text]
    newest: dt.datetime | None
    oldest: dt.datetime | None
    following: str


@dataclasses.dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a text: its address, as a webhook would have told it, and its MIME type."""

    url: str
    content_type: str


class Mailbox:
    """What Twilio has received in one account; each answer is a future, which raises on any failure to look."""

    def __init__(self, account_sid: str, token: str) -> None:
        self._account = account_sid, token
        self._loop = twilio.loop()

    def page(self, to: str, *, since: dt.datetime, until: dt.datetime) -> Future[Page]:
        """The newest texts to a number of ours, as Twilio spells it, dated from `since` through `until` (aware UTC).

        Twilio dates to the second.
        """

        async def fetch() -> Page:
            client = self._loop.client(*self._account)
            return _page(
                await client.messages.page_async(
                    to=to,
                    date_sent_after=clock.as_told_outside(since),
                    date_sent_before=clock.as_told_outside(until),
                    page_size=PAGE_SIZE,
                )
            )

        return self._loop.start(fetch())

    def after(self, page: Page) -> Future[Page]:
        """The page after `page`, which must not be the last one."""

        async def fetch() -> Page:
            client = self._loop.client(*self._account)
            return _page(await client.messages.get_page_async(page.following))

        return self._loop.start(fetch())

    def media(self, sids: Collection[str]) -> Future[dict[str, list[Media]]]:
        """The files that came with each of these texts; none of one that is gone there."""

        async def fetch() -> dict[str, list[Media]]:
            client = self._loop.client(*self._account)
            free = asyncio.Semaphore(MEDIA_AT_ONCE)

            async def of(sid: str) -> list[Media]:
                async with free:
                    found = await _unless_missing(client.messages(sid).media.list_async(limit=MOST_MEDIA))
                base = client.api.base_url
                return [
                    Media(f"{base}{(one.uri or '').removesuffix('.json')}", one.content_type or "")
                    for one in found
                ]

            return dict(zip(sids, await asyncio.gather(*map(of, sids)), strict=True))

        return self._loop.start(fetch())

    def numbers_of(self, service_sid: str, *, has_channels: bool) -> Future[list[str]]:
        """Every number and channel address in the pool of a Messaging Service, as Twilio spells them.

        `has_channels`: it is known to have some, so that Twilio's "no such thing" is a failure to look.
        """

        async def fetch() -> list[str]:
            service = self._loop.client(*self._account).messaging.v1.services(service_sid)
            channel_senders = service.channel_senders.list_async(limit=MOST_NUMBERS)
            numbers, codes, channels = await asyncio.gather(
                service.phone_numbers.list_async(limit=MOST_NUMBERS),
                service.short_codes.list_async(limit=MOST_NUMBERS),
                # Not every account has channels.
                channel_senders if has_channels else _unless_missing(channel_senders),
            )
            found = [one.phone_number for one in numbers] + [one.short_code for one in codes]
            return [each for each in (*found, *(one.sender for one in channels)) if each]

        return self._loop.start(fetch())


def why(error: BaseException) -> str:
    """Why a look failed, in words for a person."""
    answer = _answer(error)
    code = getattr(error, "code", None) or _code_of(answer)
    if code:
        return f"{describe(code)} (Twilio {code})"
    return f"Twilio could not be asked: {type(error).__name__}"


async def _unless_missing(listed: Awaitable[list[Any]]) -> list[Any]:
    """What is listed; nothing where Twilio says that there is no such thing."""
    try:
        return await listed
    except TwilioException as error:
        if getattr(_answer(error), "status_code", None) != HTTP_NOT_FOUND:
            raise
        return []


def _answer(error: BaseException) -> Any:
    """Twilio's answer in an error of the SDK's about a page; None: there is none."""
    return next((part for part in error.args if hasattr(part, "status_code")), None)


def _code_of(answer: Any) -> int | None:
    """Twilio's code in the body of an answer; the SDK reads none when a page is refused."""
    try:
        return int(json.loads(answer.text)["code"])
    except (AttributeError, ValueError, KeyError, TypeError):
        return None


def _page(found: Any) -> Page:
    listed = list(found)
    dates = [_dated(one) for one in listed]
    texts = [_text(one, at) for one, at in zip(listed, dates, strict=True) if _is_inbound(one)]
    return Page(texts, max(dates, default=None), min(dates, default=None), found.next_page_url or "")


def _is_inbound(message: Any) -> bool:
    return str(getattr(message.direction, "value", message.direction)) == "inbound"


def _dated(message: Any) -> dt.datetime:
    return clock.from_outside(message.date_sent or message.date_created)


def _text(message: Any, at: dt.datetime) -> Text:
    count = message.num_media or ""
    return Text(
        sid=message.sid,
        account_sid=message.account_sid,
        from_address=message.from_ or "",
        to=message.to or "",
        body=message.body or "",
        media_count=int(count) if count.isdecimal() else 0,
        segments=message.num_segments or "",
        messaging_service_sid=message.messaging_service_sid or "",
        said_at=at,
    )
