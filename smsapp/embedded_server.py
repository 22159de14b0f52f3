"""What the embedded PostgreSQL and Redis have in common: start, attach, recover, stop."""

import json
import os
import secrets
import signal
import time
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

from smsapp.embedded_process import Account, EmbeddedError, free_port, is_port_free, process_in

READY_WITHIN_SECONDS = 60
START_ATTEMPTS = 6
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Endpoint:
    """Where a server listens on 127.0.0.1, and the password that keeps other local users out."""

    port: int
    password: str

    @classmethod
    def fresh(cls) -> "Endpoint":
        """Return a free port with a new random password."""
        return cls(port=free_port(), password=secrets.token_urlsafe(24))

    @classmethod
    def read(cls, file: Path) -> "Endpoint | None":
        """Return the endpoint kept in `file`, or None when there is none to be read."""
        try:
            kept = json.loads(file.read_text())
            return cls(port=int(kept["port"]), password=str(kept["password"]))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self, file: Path, account: Account) -> None:
        """Keep the endpoint in `file`, readable by its owner only, replaced in one step."""
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(asdict(self)))
        account.own(draft, 0o600)
        draft.replace(file)


@dataclass(frozen=True)
class Server(ABC):
    """One embedded server: `directory` holds its data, its log, and where it listens."""

    directory: Path
    account: Account
    is_durable: bool = True

    name: ClassVar[str]
    pid_file_name: ClassVar[str]

    @property
    def endpoint_file(self) -> Path:
        """Where port and password are kept from one start to the next."""
        return self.directory / "endpoint.json"

    @property
    def endpoint(self) -> Endpoint:
        """Port and password; raises EmbeddedError when they were never made or are lost."""
        endpoint = Endpoint.read(self.endpoint_file)
        if endpoint is None:
            raise EmbeddedError(f"{self.endpoint_file} is missing or damaged: remove {self.directory}")
        return endpoint

    @property
    def pid(self) -> int | None:
        """The process id of the live server that works in this directory, or None."""
        return process_in(self.directory, self.directory / self.pid_file_name)

    @property
    def url(self) -> str:
        """The address that clients connect to, password included."""
        return self.url_at(self.endpoint)

    def is_running(self) -> bool:
        """Whether the server of this directory is alive and lets us in."""
        return self.pid is not None and self.endpoint_file.exists() and self.answers()

    def start(self) -> bool:
        """Make the server run; return whether it had to be started.

        1. A process of ours that is alive gets time to become ready.
        2. Otherwise the directory is prepared, and the server launched on its remembered port, or on a new
           one when somebody else has taken it meanwhile.
        3. A failed launch is repeated: after a hard kill the old server's children take a moment to leave.

        Raises EmbeddedError with the server's own words when it does not come up.
        """
        if self.pid is not None:
            self.await_ready()
            return False
        self.prepare()
        for attempt in range(START_ATTEMPTS):
            if not is_port_free(self.endpoint.port):
                Endpoint(free_port(), self.endpoint.password).write(self.endpoint_file, self.account)
            try:
                self.launch()
                self.await_ready()
            except EmbeddedError:
                if attempt == START_ATTEMPTS - 1:
                    raise
                time.sleep(0.2 * 2**attempt)
            else:
                break
        return True

    def stop(self) -> bool:
        """Make the server stop; return whether it was running."""
        pid = self.pid
        if pid is None:
            return False
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        try:
            self.halt()
        except EmbeddedError:
            deadline = time.monotonic()
        while self.pid == pid:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(POLL_SECONDS)
        return True

    def await_ready(self) -> None:
        """Wait until the server answers; raises EmbeddedError when it dies or stays silent."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        # A daemon needs a moment to write its process id: its absence only counts after that.
        alive_after = time.monotonic() + 3
        while not self.answers():
            is_dead = self.pid is None and time.monotonic() > alive_after
            if is_dead or time.monotonic() > deadline:
                raise EmbeddedError(f"the embedded {self.name} does not answer: {self.complaint()}")
            time.sleep(POLL_SECONDS)

    @abstractmethod
    def url_at(self, endpoint: Endpoint) -> str:
        """Return the address that clients connect to."""

    @abstractmethod
    def version(self) -> str:
        """Return the version of the program that would be started, such as `18.4`."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether a client with our password gets an answer now."""

    @abstractmethod
    def prepare(self) -> None:
        """Make `directory` and all that has to be in it before a launch."""

    @abstractmethod
    def launch(self) -> None:
        """Start the server in the background, in a session of its own."""

    @abstractmethod
    def halt(self) -> None:
        """Ask the server to stop."""

    @abstractmethod
    def complaint(self) -> str:
        """Return what the server said last, in one line."""
