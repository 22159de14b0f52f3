"""Texts that Twilio could not deliver to us, pulled from its message list and taken like any other.

Twilio tries a webhook again for seconds. What a customer texted while our web servers were down, or while a wrong token
or address had requests turned away, stands in Twilio's list of messages all the same. Each number of ours has a
watermark (`webhooks.watermarks`); what its list holds from there on and is not stored here becomes the event that its
webhook would have been, with Twilio's own time of it, and goes through `handle.take`. That it is kept once per
MessageSid makes a webhook that comes after all harmless, in both orders.

A list is read in stretches of time, the oldest first, so that a JOIN is taken before what answers it. Twilio gives the
newest page first: a stretch of more than one page is halved until it is one. What even a second holds in several pages,
or a list that does not keep to the hours asked for, is walked page by page. The watermark moves when a stretch is
stored to its end, so a reader that is killed anywhere loses nothing, and what it had stored is known to the next one.
No transaction is open while Twilio is asked, and in memory is one page of each list that is being read.
"""

import datetime as dt
import logging
import time
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, Final

from consent.understanding import understand
from contacts import clock
from messaging import secrets
from messaging.providers import twilio_list
from messaging.providers.twilio_list import Mailbox, Media, Page, Text
from webhooks import handle, watermarks
from webhooks.models import Kind, Watermark, WebhookEvent
from webhooks.quarantine import printable
from webhooks.store import sid_of

log = logging.getLogger(__name__)

# So long Twilio itself may still be trying the webhook, its repeats and the fallback address: it goes first.
LEFT_TO_ITS_WEBHOOK: Final = dt.timedelta(seconds=60)
NARROWEST: Final = dt.timedelta(seconds=1)
# After so long a round ends each list at the next stretch: other tasks of its queue wait for the worker meanwhile.
ROUND_SECONDS: Final = 5.0
# Lists read side by side, and of one account.
MOST_AT_ONCE: Final = 16
MOST_OF_ONE_ACCOUNT: Final = 8

# A look asks for a future, is given what it brought, and returns whether it came to the end of its list.
Look = Generator[Future[Any], Any, bool]


def pull() -> int:
    """Read the lists that are due, many side by side; returns how many texts had reached us in no other way.

    1. Claim numbers whose look is due, turn about among the accounts, and begin to read each.
    2. Take what a list brought, and ask for what comes next, until each is read, or the round is over: then the next
       round goes on from there.
    3. What could not be read is looked at again later, the more often it failed the later; nobody waits for it.
    """
    watermarks.keep_up()
    round_ = _Round()
    while round_.claim() or round_.pending:
        round_.wait()
    return round_.pulled


def catch_up() -> int:
    """Pull until no list is left that is due, each once at least; returns as `pull` does."""
    watermarks.keep_up()
    watermarks.all_due()
    pulled = pull()
    while watermarks.are_due():
        pulled += pull()
    return pulled


class _Round:
    """The lists that are being read, by the future that each waits for."""

    def __init__(self) -> None:
        self.ends = time.monotonic() + ROUND_SECONDS
        self.pending: dict[Future[Any], tuple[Watermark, Look]] = {}
        self.pulled = 0

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.ends

    def claim(self) -> bool:
        """Begin to read more lists, while there is time and room; whether there were any."""
        room = MOST_AT_ONCE - len(self.pending)
        if self.is_over or room < MOST_AT_ONCE // 2:
            return False
        rows = watermarks.claim(room, most_of_one=MOST_OF_ONE_ACCOUNT)
        for row in rows:
            self._go_on(row, self._look(row), None)
        return bool(rows)

    def wait(self) -> None:
        """Take what came first."""
        for answer in wait(self.pending, return_when=FIRST_COMPLETED).done:
            row, look = self.pending.pop(answer)
            if error := answer.exception():
                _note_failure(row, error)
            else:
                self._go_on(row, look, answer.result())

    def _go_on(self, row: Watermark, look: Look, brought: Any) -> None:
        """Give a look what it asked for. Whatever goes wrong with it is its own: the other lists are read on."""
        try:
            self.pending[look.send(brought)] = row, look
        except StopIteration as end:
            (watermarks.done if end.value else watermarks.interrupted)(row)
        except Exception as error:
            log.exception("what Twilio lists for sender %s could not be taken", row.sender_id)
            _note_failure(row, error)

    def _look(self, row: Watermark) -> Look:
        account_sid, tokens = secrets.credentials(row.sender.account)
        mailbox = Mailbox(account_sid, tokens[0])
        if row.number:
            return (yield from self._read(row, mailbox))
        service, has_channels = row.sender.messaging_service_sid, watermarks.has_channels(row)
        watermarks.note_pool(row, (yield mailbox.numbers_of(service, has_channels=has_channels)))
        return True

    def _read(self, row: Watermark, mailbox: Mailbox) -> Look:
        """Read a number's list from its watermark on, stretch by stretch."""
        began = clock.now()
        since, until = row.seen_until, began - LEFT_TO_ITS_WEBHOOK
        width = until - since
        while since < until:
            end = min(since + width, until)
            page: Page = yield mailbox.page(row.number, since=since, until=end)
            if page.following and width > NARROWEST and _keeps_to(page, since, end):
                width = max(width / 2, NARROWEST)
                continue
            is_full = bool(page.following) or len(page.texts) > twilio_list.PAGE_SIZE // 2
            if page.newest is not None:
                # What was not kept to is stored all the same, from the newest of it down.
                end = max(end, min(page.newest, until))
            yield from self._store(row, mailbox, page, since=since)
            while page.following and (page.oldest is None or page.oldest >= since.replace(microsecond=0)):
                page = yield mailbox.after(page)
                yield from self._store(row, mailbox, page, since=since)
            watermarks.advance(row, to=min(end, began - watermarks.LIST_LAGS))
            since, width = end, width if is_full else width * 2
            if self.is_over:
                break
        return since >= until

    def _store(
        self, row: Watermark, mailbox: Mailbox, page: Page, *, since: dt.datetime
    ) -> Generator[Future[Any], Any, None]:
        """Take what is new on a page; what is older than was asked for may not be ours at all.

        What closes comes first: a START said before it must find it. Then the oldest first.
        """
        asked = [text for text in page.texts if text.said_at >= since.replace(microsecond=0)]
        new = _new(asked)
        with_media = [text.sid for text in new if text.media_count]
        media: dict[str, list[Media]] = (yield mailbox.media(with_media)) if with_media else {}
        in_turn = list(reversed(new))  # Twilio shows the newest first
        in_turn.sort(key=lambda text: understand(text.body).outcome != "closed")
        taken = [handle.take(_event(text, row, media.get(text.sid, []))) for text in in_turn]
        pulled = sum(is_new for _, is_new in taken)
        if pulled:
            watermarks.count(row, pulled)
            self.pulled += pulled


def _keeps_to(page: Page, since: dt.datetime, end: dt.datetime) -> bool:
    """Whether Twilio kept to the hours asked for; its description of the filter speaks of days."""
    is_within = page.newest is None or page.newest <= end + NARROWEST
    return is_within and (page.oldest is None or page.oldest >= since - NARROWEST)


def _note_failure(row: Watermark, error: BaseException) -> None:
    why = twilio_list.why(error)
    log.warning("Twilio's list could not be read for sender %s: %s", row.sender_id, why)
    watermarks.failed(row, why)


def _new(texts: Sequence[Text]) -> list[Text]:
    """Those of the texts that no request told us of."""
    known = WebhookEvent.objects.filter(kind=Kind.INBOUND, provider_sid__in=[text.sid for text in texts])
    sids = set(known.values_list("provider_sid", flat=True))
    return [text for text in texts if text.sid not in sids]


def _event(text: Text, row: Watermark, media: Sequence[Media]) -> WebhookEvent:
    """The event that the text's webhook would have been; what the list does not tell is not in it."""
    told = {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "SmsMessageSid": text.sid,
        "AccountSid": text.account_sid,
        "From": text.from_address,
        "To": text.to,
        "Body": text.body,
        "NumMedia": str(text.media_count),
        "NumSegments": text.segments,
        "SmsStatus": "received",
        # The list names the service of a text to its pool not always; it was asked for on behalf of this one.
        "MessagingServiceSid": text.messaging_service_sid or row.sender.messaging_service_sid,
    }
    for n, one in enumerate(media):
        told |= {f"MediaUrl{n}": one.url, f"MediaContentType{n}": one.content_type}
    params = {name: [printable(value)] for name, value in told.items() if value or name == "Body"}
    return WebhookEvent(
        kind=Kind.INBOUND,
        brand_id=row.sender.brand_id,
        provider_sid=sid_of(params),
        params=params,
        received_at=clock.now(),
        said_at=text.said_at,
    )
