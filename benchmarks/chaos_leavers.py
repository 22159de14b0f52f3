"""People who text STOP while plugs are pulled; Twilio repeats a webhook that fails, and so do they."""

import random
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

import requests
from django.conf import settings
from twilio.request_validator import RequestValidator

AT_ONCE = 12
AGAIN_SECONDS = 0.3


class Leavers:
    """Texts STOP from each number, spread over `lasting` seconds, again and again for `patience` seconds; a context."""

    def __init__(self, sender: str, addresses: Sequence[str], *, lasting: float, patience: float) -> None:
        self._sender, self._addresses, self._lasting, self._patience = sender, addresses, lasting, patience
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._asked: list[Future[tuple[str, float | None]]] = []

    def __enter__(self) -> Self:
        began, dice = time.monotonic(), random.Random(len(self._addresses))
        moments = sorted(began + dice.uniform(0, self._lasting) for _ in self._addresses)
        pairs = zip(self._addresses, moments, strict=True)
        self._asked = [self._pool.submit(self._leave, address, moment) for address, moment in pairs]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def wait(self) -> dict[str, float]:
        """When each STOP was answered 2xx, on the monotonic clock; who never was is absent."""
        answers = [asked.result() for asked in self._asked]
        return {address: at for address, at in answers if at is not None}

    def answered(self) -> int:
        """How many have been answered, or have given up, so far."""
        return sum(asked.done() for asked in self._asked)

    def _leave(self, address: str, moment: float) -> tuple[str, float | None]:
        time.sleep(max(0.0, moment - time.monotonic()))
        url = f"{settings.PUBLIC_BASE_URL}/webhooks/twilio/inbound/"
        params = {
            "MessageSid": f"SM{uuid.uuid4().hex}", "AccountSid": settings.TWILIO_ACCOUNT_SID, "From": address,
            "To": self._sender, "Body": "STOP", "NumMedia": "0", "SmsStatus": "received",
        }  # fmt: skip
        signature = RequestValidator(settings.TWILIO_AUTH_TOKENS[0]).compute_signature(url, params)
        ends_at = time.monotonic() + self._patience
        while time.monotonic() < ends_at:
            try:
                answer = requests.post(
                    url, data=params, headers={"X-Twilio-Signature": signature}, timeout=20
                )
            except requests.RequestException:
                time.sleep(AGAIN_SECONDS)
                continue
            if answer.ok:
                return address, time.monotonic()
            time.sleep(AGAIN_SECONDS)
        return address, None
