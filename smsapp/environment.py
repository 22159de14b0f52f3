"""Typed readers of environment variables (and of `.env`), with the variable and the cure in every error."""

import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})

# A variable that is set already keeps its value.
load_dotenv(Path(__file__).resolve().parent.parent / ".env")


def text(name: str, default: str | None = None) -> str:
    """Return the variable, stripped; an unset or empty one gives `default`.

    Raises ImproperlyConfigured when there is neither.
    """
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise _wrong(name, "is not set", "set it in the environment or in .env (see .env.example)")
    return default


def flag(name: str, default: bool) -> bool:
    """Return the variable as a truth value; raises ImproperlyConfigured when it is no word for one."""
    value = text(name, "").lower()
    if not value:
        return default
    if value in TRUE_WORDS | FALSE_WORDS:
        return value in TRUE_WORDS
    raise _wrong(name, f"is {value!r}", "write 1 or 0 (true/false, yes/no, on/off)")


def number(name: str, default: int) -> int:
    """Return the variable as a whole number, 0 or more; raises ImproperlyConfigured otherwise."""
    value = text(name, "")
    if not value:
        return default
    if not (value.isascii() and value.isdigit()):
        raise _wrong(name, f"is {value!r}", "write a whole number, 0 or more")
    return int(value)


def decimal(name: str, default: float) -> float:
    """Return the variable as a finite number, such as 2.5; raises ImproperlyConfigured otherwise."""
    value = text(name, "")
    try:
        amount = float(value) if value else default
    except ValueError:
        amount = float("nan")
    if not abs(amount) < float("inf"):
        raise _wrong(name, f"is {value!r}", "write a number, such as 2.5")
    return amount


def words(name: str, default: Sequence[str], *, secret: bool = False) -> list[str]:
    """Return the comma-separated variable as a list without blanks; an unset one gives `default`.

    With `secret` the list may also come from the file that `<name>_FILE` names.
    """
    value = _secret(name) if secret else text(name, "")
    return [word.strip() for word in value.split(",") if word.strip()] or list(default)


def secret(name: str) -> str:
    """Return a secret from the variable, or from the file that `<name>_FILE` names (Docker's way), or "".

    Raises ImproperlyConfigured when both are set, or when the file cannot be read or is empty. No message
    carries the secret.
    """
    return _secret(name)


def kept_secret(file: Path, size: int = 48) -> str:
    """Return the random secret kept in `file`, readable by its owner only; make it of `size` bytes if there is none.

    Processes that start together agree on one. Raises ImproperlyConfigured when it cannot be kept.
    """
    try:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(size))
            with suppress(FileExistsError):
                file.hardlink_to(draft)
            draft.unlink()
        return file.read_text()
    except OSError as error:
        raise _wrong(file.stem.upper(), f"is not set and cannot be kept in {file}", "set it") from error


def _secret(name: str) -> str:
    value = text(name, "")
    file = text(f"{name}_FILE", "")
    if not file:
        return value
    if value:
        raise _wrong(name, f"and {name}_FILE are both set", "keep one of them")
    try:
        value = Path(file).read_text().strip()
    except OSError as error:
        raise _wrong(f"{name}_FILE", f"names {file}: {error.strerror}", "make it readable") from error
    if not value:
        raise _wrong(f"{name}_FILE", f"names {file}, which is empty", "write the secret in it")
    return value


def _wrong(name: str, trouble: str, cure: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} {trouble}: {cure}.")
