"""The customers of the demo: speaks to the stand-in's control interface, over HTTP as everything else."""

from typing import Any

import requests
from django.conf import settings

SENDER = "+15005550006"
TIMEOUT_SECONDS = 60


class Phones:
    """Texts as a customer, and looks at what the stand-in saw."""

    def __init__(self) -> None:
        self.url = f"{settings.TWILIO_API_BASE_URL}/_sim"
        self.http = requests.Session()

    def reset(self) -> None:
        self._post("reset", {})

    def text(self, number: str, body: str, *, deliveries: int = 1) -> dict[str, Any]:
        """Text the brand and wait for the product's answer; `deliveries` repeats the webhook, as Twilio may."""
        return dict(
            self._post("send", {"from": number, "to": SENDER, "body": body, "deliveries": deliveries})
        )

    def requests(self, *, to: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """Every request to send that reached the stand-in, in order, but for the first `after`."""
        return list(self._get("requests", {"after": after} | ({"to": to} if to else {}))["requests"])

    def arrived(self) -> int:
        """How many requests to send have reached the stand-in."""
        return len(self.requests())

    def shown(self, number: str) -> list[dict[str, Any]]:
        """The texts on a handset, of all its threads."""
        phone = self._get(f"phones/{number}", {})
        return [text for thread in phone["threads"] for text in thread["messages"]]

    def settings(self, **changes: Any) -> None:
        """Change how the stand-in behaves, e.g. its `latency` in seconds."""
        self._post("settings", changes)

    def settle(self) -> None:
        """Wait until every text has its last status and every callback its answer."""
        self._post("settle", {"seconds": TIMEOUT_SECONDS - 5})

    def _get(self, path: str, query: dict[str, Any]) -> Any:
        answer = self.http.get(f"{self.url}/{path}", params=query, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, order: dict[str, Any]) -> Any:
        answer = self.http.post(f"{self.url}/{path}", json=order, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()
