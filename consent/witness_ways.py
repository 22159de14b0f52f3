"""How a tree head reaches a witness: a line in a file, a mail, a POST; each says in words why it did not."""

import asyncio
import ipaddress
import json
import os
import smtplib
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import ResolveResult
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from consent import heads
from consent.models import HeadWitness, TreeHead

TIMEOUT_SECONDS = 5
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}


class Undelivered(Exception):
    """Why a witness was not given a head, in words for its page."""


def deliver(witness: HeadWitness, head: TreeHead) -> None:
    """Hand a head over, at least once: a crash afterwards makes it come again. Raises Undelivered."""
    try:
        check(witness.kind, witness.address)
        _WAYS[HeadWitness.Kind(witness.kind)](witness.address, head)
    except ValueError as error:
        raise Undelivered(str(error)) from error
    except TimeoutError as error:
        raise Undelivered(f"no answer within {TIMEOUT_SECONDS} seconds") from error
    except (OSError, smtplib.SMTPException, aiohttp.ClientError) as error:
        raise Undelivered(f"{type(error).__name__}: {error}") from error


def check(kind: str, address: str) -> None:
    """Raise ValueError, with the cure, when an address is none that this kind of witness may have."""
    if kind == HeadWitness.Kind.FILE:
        folder_of(address)
    elif kind == HeadWitness.Kind.MAIL:
        try:
            validate_email(address)
        except ValidationError:
            raise ValueError("This is no mail address; write it like name@example.com.") from None
    else:
        _check_url(address)


def folder_of(address: str) -> Path:
    """The folder that a file witness names, within HEADS_DIR. Raises ValueError when it leads out of it."""
    allowed = Path(settings.HEADS_DIR).resolve()
    folder = (allowed / address).resolve()
    if not folder.is_relative_to(allowed):
        raise ValueError(f"The folder must lie within {allowed} (HEADS_DIR); write it relative to that.")
    return folder


def _check_url(address: str) -> None:
    url = urlsplit(address)  # raises ValueError for what is no URL
    host = url.hostname or ""
    if url.scheme != "https" and not (settings.DEBUG and url.scheme == "http" and host in _LOOPBACK_NAMES):
        raise ValueError("The URL must begin with https://.")
    if not host or url.username or url.password:
        raise ValueError("Write the URL as https://host/path, without a user name or password.")
    # A name is judged when it is looked up; an address is never looked up.
    try:
        is_address = bool(ipaddress.ip_address(host))
    except ValueError:
        is_address = False
    if is_address and not is_public(host):
        raise ValueError(f"{host} is an address inside a network; name a host on the public internet.")


def is_public(address: str) -> bool:
    """May a webhook go to this IP address? In DEBUG also to this machine."""
    found = ipaddress.ip_address(address)
    if settings.DEBUG and found.is_loopback:
        return True
    if isinstance(found, ipaddress.IPv6Address):
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found.sixtofour or found.teredo:
            return False  # tunnels, by which an address inside a network could be meant
    return found.is_global and not found.is_multicast


class _PublicOnly(aiohttp.ThreadedResolver):
    """Looks a name up, and refuses it when any of its addresses is inside a network.

    The connection goes to what was looked up here, so a name cannot change its mind in between.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        if not all(is_public(each["host"]) for each in found):
            raise ValueError(f"{host} leads to an address inside a network, where no webhook may go.")
        return found


def _to_file(address: str, head: TreeHead) -> None:
    """Append one line, which is on disk when this returns."""
    folder = folder_of(address)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{head.brand.slug}-heads.jsonl"
    line = f"{json.dumps(heads.told(head))}\n".encode()
    # A link planted in the folder must not lead the line elsewhere.
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        if os.write(descriptor, line) != len(line):
            raise OSError("the disk is full")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _to_mail(address: str, head: TreeHead) -> None:
    if not settings.EMAIL_HOST:
        raise ValueError("No mail server is known: set EMAIL_HOST.")
    line = json.dumps(heads.told(head))
    mail = EmailMessage(
        subject=f"Tree head of {head.brand.name}: {head.size} events",
        body=(
            f"This is the signed state of the consent ledger of {head.brand.name}, of {head.size} events.\n"
            "Keep it: with it you can show later that nothing up to here was changed or taken out.\n\n"
            f"{line}\n"
        ),
        to=[address],
    )
    mail.attach(f"{head.brand.slug}-head-{head.size}.json", f"{line}\n", "application/json")
    mail.send()


def _to_webhook(address: str, head: TreeHead) -> None:
    asyncio.run(_post(address, heads.told(head)))


async def _post(url: str, told: dict[str, Any]) -> None:
    connector = aiohttp.TCPConnector(resolver=_PublicOnly(), force_close=True)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    async with (
        aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
        session.post(url, json=told, allow_redirects=False) as answer,
    ):
        if not answer.ok or answer.status >= 300:  # noqa: PLR2004 - a redirect is not followed, so it is no delivery
            raise ValueError(f"It answered {answer.status}; 2xx would have meant that it was kept.")


_WAYS = {
    HeadWitness.Kind.FILE: _to_file,
    HeadWitness.Kind.MAIL: _to_mail,
    HeadWitness.Kind.WEBHOOK: _to_webhook,
}
