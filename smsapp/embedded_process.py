"""How the embedded servers' processes are run: under which account, and recognised by what."""

import os
import pwd
import shlex
import socket
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOPBACK = "127.0.0.1"


class EmbeddedError(RuntimeError):
    """An embedded server cannot be used; the message says why and what to do about it, in one line."""


@dataclass(frozen=True)
class Account:
    """The user and group that own the servers' files and run their processes."""

    uid: int
    gid: int

    @classmethod
    def ours(cls) -> "Account":
        """Return the account that runs us."""
        return cls(os.geteuid(), os.getegid())

    @property
    def is_other(self) -> bool:
        """Whether this account is not the one that runs us, so that files have to be handed over to it."""
        return self.uid != os.geteuid()

    def own(self, path: Path, mode: int) -> None:
        """Hand `path` over to this account, readable by it as `mode` says."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)
        path.chmod(mode)


def account_for(var: Path) -> Account:
    """Return the account that runs the servers whose files live under `var`, an existing directory.

    It is the one that calls us. PostgreSQL refuses to run as root, so root's servers run as the owner of
    `var`; where that is root too, as `nobody`, who keeps root's group and so can pass through directories
    that are closed to everybody else.
    """
    if os.geteuid() != 0:
        return Account.ours()
    owner = var.stat()
    if owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    return Account(pwd.getpwnam("nobody").pw_uid, owner.st_gid)


def run(argv: Sequence[str | Path], account: Account, *, stdin: str = "", timeout: float = 90) -> str:
    """Run a program as `account`, apart from our terminal; return what it printed.

    Raises EmbeddedError with the last lines it printed when it fails or takes longer than `timeout` seconds.
    """
    command = [str(part) for part in argv]
    try:
        done = subprocess.run(  # noqa: S603 - the programs are ours, from the wheel or PATH; no shell
            command,
            input=stdin,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
            cwd="/",
            # A PGDATA or PGOPTIONS of the developer's own must not reach our servers.
            env={k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"},
            start_new_session=True,
            umask=0o077,
            user=account.uid if account.is_other else None,
            group=account.gid if account.is_other else None,
            extra_groups=[] if account.is_other else None,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EmbeddedError(f"{shlex.join(command)} could not run: {error}") from error
    if done.returncode:
        raise EmbeddedError(f"{Path(command[0]).name} failed: {last_words(done.stdout)}")
    return done.stdout


def last_words(text: str) -> str:
    """Return the last few lines of a program's output as one line."""
    return " / ".join(line.strip() for line in text.strip().splitlines()[-4:]) or "it printed nothing"


def log_tail(path: Path) -> str:
    """Return the last few lines of a log file as one line."""
    return last_words(path.read_text(errors="replace")) if path.exists() else "it wrote no log"


def make_reachable(account: Account, *, programs: Sequence[Path], directory: Path) -> None:
    """Make sure that `account` can execute `programs`, which lie together, and enter `directory`.

    Opens closed parent directories for passage only (no listing), for its group where the group fits.
    Raises EmbeddedError when that is not enough.
    """
    if not account.is_other or _reaches(account, programs, directory):
        return
    for parent in {*programs[0].parents, *directory.parents}:
        _let_pass(account, parent)
    if not _reaches(account, programs, directory):
        package = programs[0].parent.parent
        # A wheel keeps the libraries it brings beside its package.
        for tree in (package, *package.parent.glob("*.libs"), *package.parent.parent.glob("*.libs")):
            _let_read(tree)
    if not _reaches(account, programs, directory):
        raise EmbeddedError(
            f"the servers' account (uid {account.uid}) cannot reach {programs[0]} or {directory}: "
            "move the checkout to a directory open to others, or run as a normal user"
        )


def _reaches(account: Account, programs: Sequence[Path], directory: Path) -> bool:
    try:
        for program in programs:
            run([program, "--version"], account)
        run(["/bin/sh", "-c", 'cd "$1"', "sh", directory], account)
    except EmbeddedError:
        return False
    return True


def _let_pass(account: Account, directory: Path) -> None:
    entry = directory.stat()
    passage = stat.S_IXGRP if entry.st_gid == account.gid else stat.S_IXOTH
    if not entry.st_mode & passage:
        directory.chmod(stat.S_IMODE(entry.st_mode) | passage)


def _let_read(tree: Path) -> None:
    # Installed under a umask of 077, the wheel's own files are closed to its group.
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            executable = stat.S_IXGRP if mode & stat.S_IXUSR else 0
            path.chmod(mode | stat.S_IRGRP | executable)


def process_in(directory: Path, pid_file: Path) -> int | None:
    """Return the id of the live process named in `pid_file`, if it works in `directory`; else None.

    Both servers make their data directory their working directory. That tells a server of ours from a
    stranger who was given the same process id later, and a copied directory from the original.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
        process = psutil.Process(pid)
        is_ours = process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).samefile(directory)
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return pid if is_ours else None


def is_alive(pid_file: Path) -> bool:
    """Whether any process, ours or not, has the id that `pid_file` names."""
    try:
        return psutil.pid_exists(int(pid_file.read_text().split()[0]))
    except (OSError, ValueError, IndexError):
        return False


def is_port_free(port: int) -> bool:
    """Whether nobody listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port
