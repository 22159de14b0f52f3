"""Four hosts on one machine, and the links between them that can be cut; there are two ways to have them.

    a  web and beat; before its door PostgreSQL and Redis, which are the tests' own
    b  a worker            c  a worker and another beat            d  the stand-in for Twilio

`Namespaces` gives each a network of its own, with real interfaces on a bridge; it needs no root, only a kernel that
lets one have them. A cut link is silent: what is sent is sent again and again, and nobody is told. `Loopback` gives
each an address of 127.0.0.0/8 and makes each link a process that passes bytes on; a cut link refuses. A line that
`falters` loses what is sent in the first way, and lets it wait in the second.
"""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from smsapp import network

RELAY = Path(__file__).with_name("relay.py")
WORKERS = ("b", "c")
# The relay stands between PostgreSQL and the network, so it does what PostgreSQL is told to do.
PATIENCE = (str(network.ASKS_AFTER_SECONDS), str(network.GIVES_UP_AFTER_MS))
POSTGRES, REDIS, TWILIO = SERVICES = ("postgres", "redis", "twilio")
# Of a line that falters: from a lost packet to a pause in which a connection is given up.
_FAILS_FOR_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_WORKS_FOR_SECONDS = (0.02, 0.1, 0.3, 0.6)


class Hosts(ABC):
    """What a test may ask of them; a context. `servers` are the real addresses (host:port) of POSTGRES and REDIS."""

    def __init__(self, directory: Path, servers: dict[str, str]) -> None:
        self.directory, self.servers = directory, servers
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            self.connect()
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @abstractmethod
    def connect(self) -> None:
        """Make the hosts and their links."""

    @abstractmethod
    def seen_from(self, host: str, service: str) -> str:
        """Where a host finds a service, as host:port."""

    @abstractmethod
    def address(self, host: str) -> str:
        """The address from which a host speaks."""

    @abstractmethod
    def on(self, host: str, command: Sequence[str]) -> list[str]:
        """The command line that runs a command on a host."""

    @abstractmethod
    def cut(self, worker: str, *services: str) -> None:
        """Let nothing through between a worker's host and these services."""

    @abstractmethod
    def mend(self, worker: str, *services: str) -> None:
        """Let it through again."""

    @contextlib.contextmanager
    def falters(self, worker: str) -> Iterator[None]:
        """While this lasts, the line of a worker's host fails and works again, many times, for moments."""
        dice, ended = random.Random(worker), threading.Event()

        def work() -> None:
            while not ended.is_set():
                self.hush(worker)
                time.sleep(dice.choice(_FAILS_FOR_SECONDS))
                self.speak(worker)
                ended.wait(dice.choice(_WORKS_FOR_SECONDS))

        with ThreadPoolExecutor(1) as thread:
            faltering = thread.submit(work)
            try:
                yield
            finally:
                ended.set()
                faltering.result()

    @abstractmethod
    def hush(self, worker: str) -> None:
        """Let nothing through to a worker's host, without a word."""

    @abstractmethod
    def speak(self, worker: str) -> None:
        """Let it through again."""

    @property
    @abstractmethod
    def web(self) -> str:
        """Where web listens on `a`, as host:port."""

    @abstractmethod
    def door(self, host: str, address: str) -> str:
        """Where this process finds what listens at an address of a host, as host:port."""

    def _keep(self, command: Sequence[str | Path]) -> subprocess.Popen[str]:
        """Start a helper that says so when it is ready, and ends with us."""
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._stack.callback(_end, process)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", command
        return process

    def _relay(
        self,
        listen: str | Path,
        target: str | Path,
        *,
        source: str = "",
        on: str = "",
        more: Sequence[str] = (),
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-I", "-S", str(RELAY), str(listen), str(target), source, *more]
        return self._keep(self.on(on, command) if on else command)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


class Loopback(Hosts):
    """Each host an address of 127.0.0.0/8, each link a relay; to be had wherever there is Linux."""

    _ADDRESSES = {"a": "127.0.0.2", "b": "127.0.0.3", "c": "127.0.0.4", "d": "127.0.0.5"}

    def connect(self) -> None:
        self._web, self._twilio = (free(self._ADDRESSES[host]) for host in ("a", "d"))
        self._targets = self.servers | {TWILIO: self._twilio}
        self._links = {
            (host, service): free(self._ADDRESSES[host]) for host in WORKERS for service in SERVICES
        }
        self._cables = {link: self._cable(*link) for link in self._links}

    def _cable(self, host: str, service: str) -> subprocess.Popen[str]:
        # Twilio is to see who speaks; PostgreSQL lets in 127.0.0.1 alone.
        source = self._ADDRESSES[host] if service == TWILIO else ""
        return self._relay(self._links[host, service], self._targets[service], source=source)

    def seen_from(self, host: str, service: str) -> str:
        return self._links.get((host, service), self._targets[service])

    def address(self, host: str) -> str:
        return self._ADDRESSES[host]

    def on(self, host: str, command: Sequence[str]) -> list[str]:
        del host  # all share this machine's network
        return list(command)

    def cut(self, worker: str, *services: str) -> None:
        for service in services:
            _end(self._cables.pop((worker, service)))

    def mend(self, worker: str, *services: str) -> None:
        for service in services:
            self._cables[worker, service] = self._cable(worker, service)

    def hush(self, worker: str) -> None:
        self._signal(worker, signal.SIGSTOP)

    def speak(self, worker: str) -> None:
        self._signal(worker, signal.SIGCONT)

    def _signal(self, worker: str, number: signal.Signals) -> None:
        for service in SERVICES:
            self._cables[worker, service].send_signal(number)

    @property
    def web(self) -> str:
        return self._web

    def door(self, host: str, address: str) -> str:
        del host
        listen = free("127.0.0.1")
        self._relay(listen, address)
        return listen


class Namespaces(Hosts):
    """Each host a network namespace, on a bridge in one more; a link is cut as a cable is pulled, or a route lost."""

    _NUMBERS = {"a": 1, "b": 2, "c": 3, "d": 4}
    _AT = {POSTGRES: "10.77.0.11:5432", REDIS: "10.77.0.12:6379", TWILIO: "10.77.0.4:4010"}
    # Nobody has it: what is sent there is lost without a word.
    _NOBODY = "02:00:00:00:00:99"

    @staticmethod
    def can_be_had() -> bool:
        """Whether this machine lets us make them."""
        if not (shutil.which("unshare") and shutil.which("nsenter") and _ip()):
            return False
        pair = "link add one type veth peer name other\nlink add bridge type bridge\n"
        command = ["unshare", "--user", "--map-root-user", "--net", _ip(), "-batch", "-"]
        return (
            subprocess.run(command, input=pair, text=True, capture_output=True, check=False).returncode == 0
        )

    def connect(self) -> None:
        hold = ["sh", "-c", "echo ready; exec cat >/dev/null"]
        self._switch = self._keep(["unshare", "--user", "--map-root-user", "--net", *hold])
        self._held = {
            host: self._keep([*self._enter(self._switch), "unshare", "--net", *hold])
            for host in self._NUMBERS
        }
        self._set(self._switch, "link add switch type bridge", "link set switch up")
        for host, process in self._held.items():
            self._set(
                self._switch,
                f"link add to-{host} type veth peer name wire netns {process.pid}",
                f"link set to-{host} master switch up",
            )
            self._set(
                process, f"address add {self.address(host)}/24 dev wire", "link set wire up", "link set lo up"
            )
        self._set(
            self._held["a"], *(f"address add {self._host_of(name)}/24 dev wire" for name in (POSTGRES, REDIS))
        )
        # A socket with a path is found from every network: so the servers outside have a door on `a`.
        for service, real in self.servers.items():
            door = self.directory / f"{service}.socket"
            self._relay(door, real)
            self._relay(self._AT[service], door, on="a", more=PATIENCE)

    def seen_from(self, host: str, service: str) -> str:
        del host  # one network: the same for all
        return self._AT[service]

    def address(self, host: str) -> str:
        return f"10.77.0.{self._NUMBERS[host]}"

    def on(self, host: str, command: Sequence[str]) -> list[str]:
        return [*self._enter(self._held[host]), *command]

    def hush(self, worker: str) -> None:
        self._set(self._switch, f"link set to-{worker} down")

    def speak(self, worker: str) -> None:
        self._set(self._switch, f"link set to-{worker} up")

    def cut(self, worker: str, *services: str) -> None:
        if set(services) == set(SERVICES):
            self.hush(worker)
            return
        entry = f"lladdr {self._NOBODY} dev wire nud permanent"
        self._set(
            self._held[worker], *(f"neighbour replace {self._host_of(one)} {entry}" for one in services)
        )

    def mend(self, worker: str, *services: str) -> None:
        if set(services) == set(SERVICES):
            self.speak(worker)
            return
        self._set(
            self._held[worker], *(f"neighbour delete {self._host_of(one)} dev wire" for one in services)
        )

    @property
    def web(self) -> str:
        return f"{self.address('a')}:8000"

    def door(self, host: str, address: str) -> str:
        listen, passage = free("127.0.0.1"), self.directory / f"{host}.socket"
        self._relay(passage, address, on=host)
        self._relay(listen, passage)
        return listen

    def _host_of(self, service: str) -> str:
        return self._AT[service].partition(":")[0]

    @staticmethod
    def _enter(process: subprocess.Popen[str]) -> list[str]:
        return ["nsenter", f"--target={process.pid}", "--user", "--net", "--preserve-credentials"]

    def _set(self, process: subprocess.Popen[str], *lines: str) -> None:
        subprocess.run(
            [*self._enter(process), _ip(), "-batch", "-"],
            input="\n".join(lines) + "\n",
            text=True,
            check=True,
        )


def free(address: str) -> str:
    """A port of an address that nobody listens on, as host:port."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        return f"{address}:{probe.getsockname()[1]}"


def _ip() -> str:
    return shutil.which("ip", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""
