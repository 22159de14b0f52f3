"""Tells the product each status of a text, by a bounded pool of callers, in order unless told otherwise."""

import asyncio

from simulator.refusals import describe
from simulator.texts import FINAL_STATUSES, Text
from simulator.webhooks import Webhooks
from simulator.world import World


class StatusCallbacks:
    """Queues status callbacks; callbacks of one text follow each other, different texts run side by side."""

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks
        self._ready: asyncio.Queue[Text] = asyncio.Queue()
        self._callers: list[asyncio.Task[None]] = []
        self._busy: set[Text] = set()
        self.open = 0  # callbacks not yet answered

    def start(self) -> None:
        """Bring the pool to the size the settings ask for."""
        wanted = max(1, self._world.settings.callback_connections)
        while len(self._callers) < wanted:
            self._callers.append(asyncio.create_task(self._work()))
        while len(self._callers) > wanted:
            self._callers.pop().cancel()

    async def stop(self) -> None:
        for caller in self._callers:
            caller.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)

    def clear(self) -> None:
        """Forget what is queued; what is on the wire ends on its own."""
        while not self._ready.empty():
            self._drop(self._ready.get_nowait())
        for text in self._busy:
            self.open -= len(text.waiting)
            text.waiting.clear()

    def add(self, text: Text) -> None:
        """Queue the callback for the status the text has just reached."""
        if not text.status_callback or text.is_silent:
            return
        if text.status in self._world.settings.callback_statuses:
            text.waiting += [text.status] * (2 if text.is_duplicated else 1)
            self.open += 2 if text.is_duplicated else 1
        if text.is_out_of_order:
            if text.status not in FINAL_STATUSES:
                return
            text.waiting.reverse()
        if text.waiting and not text.is_calling:
            text.is_calling = True
            self._ready.put_nowait(text)

    async def _work(self) -> None:
        while True:
            text = await self._ready.get()
            self._busy.add(text)
            try:
                while text.waiting:
                    await self._call(text, text.waiting.pop(0))
            finally:
                self._drop(text)
                self._busy.discard(text)

    async def _call(self, text: Text, status: str) -> None:
        try:
            await self._webhooks.call("status", text.status_callback, callback_params(text, status))
        finally:
            self.open -= 1

    def _drop(self, text: Text) -> None:
        self.open -= len(text.waiting)
        text.waiting.clear()
        text.is_calling = False


def callback_params(text: Text, status: str) -> dict[str, str]:
    """Return Twilio's parameters of one status callback, without blanks: it sends none here."""
    params = {
        "SmsSid": text.sid,
        "SmsStatus": status,
        "MessageStatus": status,
        "To": text.handset,
        "MessageSid": text.sid,
        "AccountSid": text.account_sid,
        "From": text.sender,
        "ApiVersion": "2010-04-01",
    }
    if text.service_sid:
        params["MessagingServiceSid"] = text.service_sid
    if text.error_code and status in FINAL_STATUSES:
        params["ErrorCode"] = str(text.error_code)
        params["ErrorMessage"] = describe(text.error_code)
    return params
