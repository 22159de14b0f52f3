"""A primary PostgreSQL and a standby that streams from it; they change places as often as one likes."""

import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
from psycopg import sql

from smsapp.embedded_postgres import DATABASE, ROLE, Postgres
from smsapp.embedded_process import LOOPBACK, Account, run
from smsapp.embedded_server import Endpoint

# What a standby calls itself, and whom a primary waits for.
STANDBY = "standby"
WAITS_FOR_IT = f"FIRST 1 ({STANDBY})"
PATIENCE_SECONDS = 60.0
_POLL_SECONDS = 0.02
# Nobody listens there.
_NOWHERE = "host=127.0.0.1 port=9"


class Pair:
    """Two places for a server, each with a directory and a port; one is the primary. A context, which ends both.

    What an operator's tool does in production (Patroni, a managed service) is done here by hand: copy, promote, fence.
    """

    def __init__(self, directory: Path, account: Account, *, is_durable: bool = True) -> None:
        self.primary, self.standby = (
            Postgres(directory / name, account, is_durable=is_durable) for name in ("a", "b")
        )
        self._account = account

    def __enter__(self) -> Self:
        self.primary.start()
        self._places = [
            self.primary.endpoint,
            Endpoint(Endpoint.fresh().port, self.primary.endpoint.password),
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self.primary, self.standby):
            server.stop()

    @property
    def url(self) -> str:
        """The address that finds whichever of the two is the primary."""
        hosts = ",".join(f"{LOOPBACK}:{place.port}" for place in self._places)
        return f"postgresql://{ROLE}:{self._places[0].password}@{hosts}/{DATABASE}?target_session_attrs=read-write"

    def copy(self) -> None:
        """Make a standby of the primary, in the other place, and wait until it streams."""
        place = self._place_of(self.standby)
        shutil.rmtree(self.standby.directory, ignore_errors=True)
        self.standby.directory.mkdir(mode=0o700)
        self._account.own(self.standby.directory, 0o700)
        source = f"{self.primary.url.removesuffix(DATABASE)}?application_name={STANDBY}"
        options = ["--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf"]
        if not self.standby.is_durable:
            options.append("--no-sync")
        program = self.primary.programs() / "pg_basebackup"
        run([program, "--dbname", source, "--pgdata", self.standby.directory, *options], self._account)
        place.write(self.standby.endpoint_file, self._account)
        self.standby.start()
        self.wait(lambda: bool(self.ask(self.primary, _STREAMING)), "the standby to stream")

    def have_commits_wait(self) -> None:
        """From here on a commit is told when the standby has it on its disk, too."""
        self.set(self.primary, "synchronous_standby_names", WAITS_FOR_IT)
        self.wait(lambda: self.ask(self.primary, _STREAMING) == [("sync",)], "the standby to be waited for")

    def have_no_commit_wait(self) -> None:
        """From here on a commit is told when the primary alone has it."""
        self.set(self.primary, "synchronous_standby_names", "")
        self.wait(
            lambda: self.ask(self.primary, _STREAMING) == [("async",)], "the standby not to be waited for"
        )

    def cut_off(self) -> None:
        """Take the standby's line to the primary away; what is committed from here on it does not get."""
        self.set(self.standby, "primary_conninfo", _NOWHERE)
        self.wait(lambda: not self.ask(self.primary, _STREAMING), "the standby to be cut off")

    def wait_until_commits_hang(self, server: Postgres) -> None:
        """Wait until somebody waits for a standby that this server has lost."""
        self.wait(lambda: bool(self.ask(server, _HANGING)), "a commit that hangs")

    def kill(self, server: Postgres) -> None:
        """End a server and all its processes with SIGKILL, as when its machine loses power."""
        pid = server.pid
        assert pid is not None
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        psutil.wait_procs(family, timeout=PATIENCE_SECONDS)

    def fence_primary(self) -> None:
        """Have it take no writes any more, under open connections, and wait until nobody writes."""
        self.set(self.primary, "default_transaction_read_only", "on")
        self.wait(lambda: not self.ask(self.primary, _WRITING), "the last write to the fenced primary")

    def promote(self) -> None:
        """Make the standby the primary: it waits for no standby of its own until there is one."""
        self.set(self.standby, "synchronous_standby_names", "")
        self.ask(self.standby, "SELECT pg_promote(true, 60)")
        self.primary, self.standby = self.standby, self.primary

    def set(self, server: Postgres, name: str, value: str) -> None:
        """Change a setting of a server that runs."""
        change = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        self.ask(server, change)
        self.ask(server, "SELECT pg_reload_conf()")

    def ask(self, server: Postgres, query: Any) -> list[tuple[Any, ...]]:
        """What a server answers, on a connection of its own."""
        with psycopg.connect(server.url, autocommit=True, connect_timeout=10) as connection:
            answer = connection.execute(query)
            return answer.fetchall() if answer.description else []

    @staticmethod
    def wait(is_so: Callable[[], bool], what: str) -> None:
        """Wait until something is so; raises TimeoutError at last."""
        ends_at = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > ends_at:
                raise TimeoutError(f"{what}: not within {PATIENCE_SECONDS:.0f} seconds")
            time.sleep(_POLL_SECONDS)

    def _place_of(self, server: Postgres) -> Endpoint:
        return self._places[server.directory.name == "b"]


_STREAMING = (
    f"SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming' AND application_name = '{STANDBY}'"
)
_HANGING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
_WRITING = "SELECT pid FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
