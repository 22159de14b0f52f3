"""RabbitMQ and PgBouncer for tests, as real servers of their own; only where the machine has the programs."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from smsapp.demo.surroundings import free_port

# Debian's own `rabbitmq-server` wants to be root and to change into another user; this is the program behind it.
RABBITMQ = next(
    filter(os.path.exists, ["/usr/lib/rabbitmq/bin/rabbitmq-server"]), shutil.which("rabbitmq-server")
)
PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
STARTS_WITHIN_SECONDS = 90


def found() -> list[str]:
    """Which of the two this machine has."""
    return [name for name, program in (("RabbitMQ", RABBITMQ), ("PgBouncer", PGBOUNCER)) if program]


class Server:
    """A program that listens on a port of 127.0.0.1."""

    def __init__(self, command: list[str], directory: Path, port: int, environment: dict[str, str]) -> None:
        self.command, self.directory, self.port, self.environment = command, directory, port, environment

    def start(self) -> None:
        """Start it and wait until it listens."""
        with (self.directory / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ends_at = time.monotonic() + STARTS_WITHIN_SECONDS
        while not self._listens():
            is_starting = self.process.poll() is None and time.monotonic() < ends_at
            assert is_starting, (self.directory / "server.log").read_text()
            time.sleep(0.1)

    def kill(self) -> None:
        """Pull the plug."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@contextlib.contextmanager
def rabbitmq(directory: Path) -> Iterator[tuple[str, Server]]:
    """A broker with nothing in it; yields its amqp:// address, and itself."""
    assert RABBITMQ
    directory.mkdir()
    port, distribution, names = free_port(0), free_port(0), free_port(0)
    (directory / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\nlog.console = true\n")
    (directory / "plugins").write_text("[].\n")
    environment = os.environ | {
        "HOME": str(directory),
        "RABBITMQ_NODENAME": f"tests-{port}@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_RELAXED_COMMAND_CHECK": "1",  # it may be ended although a node was only just killed
        "RABBITMQ_MNESIA_BASE": str(directory / "data"),
        "RABBITMQ_LOG_BASE": str(directory / "log"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(directory / "generated"),
        "RABBITMQ_CONFIG_FILE": str(directory / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(directory / "plugins"),
    }
    broker = Server([RABBITMQ], directory, port, environment)
    try:
        broker.start()
        yield f"amqp://guest:guest@127.0.0.1:{port}//", broker
    finally:
        broker.kill()
        # The list of Erlang's nodes is a process of its own, which outlives the broker; this one is ours alone.
        subprocess.run(["epmd", "-kill"], env=environment, capture_output=True, check=False)


@contextlib.contextmanager
def pgbouncer(directory: Path, database_url: str) -> Iterator[str]:
    """A pooler by transaction before a database; yields the address that takes its place."""
    assert PGBOUNCER
    directory.mkdir()
    port, url = free_port(0), urlsplit(database_url)
    settings = directory / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = host={url.hostname} port={url.port} user={url.username} password={url.password}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        "pool_mode = transaction\nmax_client_conn = 200\ndefault_pool_size = 20\n"
    )
    command = [PGBOUNCER, "--quiet", str(settings)]
    if os.geteuid() == 0:
        command[1:1] = ["--user", "nobody"]  # it refuses to be root
        for place in (settings, *settings.parents[:3]):
            place.chmod(place.stat().st_mode | 0o055)
    pooler = Server(command, directory, port, dict(os.environ))
    try:
        pooler.start()
        yield url._replace(netloc=f"{url.username}@127.0.0.1:{port}").geturl()
    finally:
        pooler.kill()
