"""Runs the stand-in for Twilio as a process for tests and speaks its control API."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
import requests

_ROOT = Path(__file__).resolve().parent.parent
_READY = "simulator ready on "
_TIMEOUT_SECONDS = 60
_STOP_SECONDS = 5
ACCOUNT_SID = "AC00000000000000000000000000000001"
AUTH_TOKEN = "simulator-token"


class SimulatorProcess:
    """One stand-in on a free port; started by the constructor, gone with `stop()` or with this process."""

    def __init__(
        self,
        *,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        inbound_url: str = "",
        delivery: str = "fast",
    ) -> None:
        self.account_sid, self.auth_token = account_sid, auth_token
        options = {"account-sid": account_sid, "auth-token": auth_token, "inbound-url": inbound_url}
        options |= {"host": "127.0.0.1", "port": "0", "delivery": delivery}
        flags = [f"--{name}={value}" for name, value in options.items()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "--exit-with-stdin", *flags],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith(_READY), f"the simulator did not start: {line!r}"
        self.url = line.removeprefix(_READY).strip()
        self._http = requests.Session()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """End the process and return its exit status; safe to call twice."""
        self._http.close()
        self._process.terminate()
        status = self._process.wait(_STOP_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        return status

    def reset(self) -> None:
        """Forget all texts, senders, blocks, faults and logs; the webhook addresses stay."""
        self.post("reset")

    def send(
        self, *, from_: str, to: str, body: str, media: Sequence[str] = (), deliveries: int = 1
    ) -> dict[str, Any]:
        """Text as a customer and wait for the product's answer: sid, status, ms, attempts."""
        order = {"from": from_, "to": to, "body": body, "media": list(media), "deliveries": deliveries}
        return self.post("send", order)

    def sender(self, address: str, **options: Any) -> dict[str, Any]:
        """Register a sender: kind, segments_per_second, messaging_service_sid, advanced_opt_out, …"""
        return self.post("senders", {"address": address, **options})

    def fault(self, kind: str, *, to: str = "*", **options: Any) -> dict[str, Any]:
        """Order a fault; `count`, `code` and `seconds` are optional. Without count it lasts."""
        return self.post("faults", {"kind": kind, "to": to, **options})

    def clear_faults(self) -> None:
        self._answer("DELETE", "faults")

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change settings (inbound_url, latency, delivery_delay, …) and return all of them."""
        return self.post("settings", changes)

    def settle(self, seconds: float = 10.0) -> None:
        """Wait until every text has its last status and every callback its answer."""
        answer = self.post("settle", {"seconds": seconds})
        assert answer["settled"], f"texts or callbacks still open: {answer}"

    def requests(self, *, after: int = 0, to: str | None = None) -> list[dict[str, Any]]:
        """Every create that arrived, refused ones too: n, at, monotonic, to, from, body, outcome, …"""
        rows: list[dict[str, Any]] = self.get("requests", after=after, to=to)["requests"]
        return rows

    def webhooks(self, **filters: Any) -> list[dict[str, Any]]:
        """Webhooks made and their answers, oldest first; filters: kind, sid, limit."""
        rows: list[dict[str, Any]] = self.get("webhooks", **filters)["webhooks"]
        return rows

    def phone(self, number: str) -> dict[str, Any]:
        """What a handset shows: threads with messages, unread, blocked."""
        return self.get(f"phones/{number}")

    def phones(self, **query: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get("phones", **query)["phones"]
        return rows

    def stats(self) -> dict[str, Any]:
        return self.get("stats")

    def get(self, name: str, **query: Any) -> dict[str, Any]:
        """GET `/_sim/<name>`."""
        return self._answer("GET", name, params=query)

    def post(self, name: str, order: dict[str, Any] | None = None) -> dict[str, Any]:
        """POST `/_sim/<name>` with a JSON order."""
        return self._answer("POST", name, json=order or {})

    def _answer(self, method: str, name: str, **options: Any) -> dict[str, Any]:
        answer = self._http.request(method, f"{self.url}/_sim/{name}", timeout=_TIMEOUT_SECONDS, **options)
        content: dict[str, Any] = answer.json()
        assert answer.ok, f"{method} {name}: {content}"
        return content


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[SimulatorProcess]:
    """One stand-in per test process."""
    with SimulatorProcess() as process:
        yield process


@pytest.fixture
def simulator(simulator_process: SimulatorProcess) -> SimulatorProcess:
    """The stand-in, as new: no texts, senders, faults, and no webhook address."""
    simulator_process.reset()
    simulator_process.settings(inbound_url="", fallback_url="")
    return simulator_process
