"""Export packs on disk: what was ordered, by whom, how far it is, and the file, until it is deleted.

A pack is a folder under VAR_DIR/exports/<brand>/<pack>: `order.json`, `state.json`, and `pack.zip` once it is ready.
Packs hold personal data, so they go after a few days, and at once when anybody of the brand is erased.
"""

import contextlib
import dataclasses
import datetime as dt
import json
import logging
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import redis
from celery import current_app
from django.conf import settings
from django.db.models import Q
from kombu.exceptions import OperationalError

from consent.models import Erasure
from contacts import clock
from contacts.ids import new_id

log = logging.getLogger(__name__)

KEPT_FOR = dt.timedelta(days=7)
# A pack whose maker has not been heard of for so long has lost its worker.
DIES_AFTER = dt.timedelta(minutes=5)
WAITING, MAKING, READY, FAILED = "waiting", "making", "ready", "failed"
_WORDS = {WAITING: "Waiting for a worker", MAKING: "Being made", READY: "Ready", FAILED: "Failed"}
_TONES = {WAITING: "info", MAKING: "info", READY: "good", FAILED: "bad"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One order. `contact_id` for a person, else `first` and `last`: days of the brand's calendar, both included."""

    id: uuid.UUID
    brand_id: uuid.UUID
    asked_by: int | None  # None: by command
    asked_at: dt.datetime
    contact_id: uuid.UUID | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    with_words: bool = False
    state: str = WAITING
    heard_at: dt.datetime | None = None
    doing: str = ""
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    problem: str = ""
    size: int = 0
    sha256: str = ""

    @property
    def words(self) -> str:
        return _WORDS[self.state]

    @property
    def tone(self) -> str:
        return _TONES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state in {WAITING, MAKING}

    @property
    def title(self) -> str:
        return "One person" if self.contact_id else f"{self.first} to {self.last}"

    @property
    def deleted_at(self) -> dt.datetime:
        """When it will be deleted by itself."""
        return self.asked_at + KEPT_FOR


# What the order says never changes; the rest is the maker's.
_STATE = ("state", "heard_at", "doing", "counts", "problem", "size", "sha256")


def order(**what: Any) -> Pack:
    """Keep an order, and tell a worker; should none be reachable, the sweep does it later. Fields as of `keep`."""
    pack = keep(**what)
    _tell_worker(pack)
    return pack


def keep(
    *,
    brand_id: uuid.UUID,
    asked_by: int | None,
    with_words: bool,
    contact_id: uuid.UUID | None = None,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> Pack:
    """Keep an order that the caller makes at once."""
    pack = Pack(
        id=new_id(),
        brand_id=brand_id,
        asked_by=asked_by,
        asked_at=clock.now(),
        contact_id=contact_id,
        first=first,
        last=last,
        with_words=with_words,
    )
    folder_of(pack).mkdir(parents=True, mode=0o700)
    given = {name: value for name, value in dataclasses.asdict(pack).items() if name not in _STATE}
    _write(folder_of(pack) / "order.json", given)
    return pack


def find(brand_ids: Iterable[uuid.UUID], pack_id: uuid.UUID) -> Pack | None:
    """The pack of one of these brands, or None."""
    for brand_id in brand_ids:
        with contextlib.suppress(FileNotFoundError):
            return _read(_root() / str(brand_id) / str(pack_id))
    return None


def of_brands(brand_ids: Iterable[uuid.UUID]) -> list[Pack]:
    """All packs of these brands, newest first."""
    found = [pack for brand_id in brand_ids for pack in _in(_root() / str(brand_id))]
    return sorted(found, key=lambda pack: (pack.asked_at, pack.id), reverse=True)


def file_of(pack: Pack) -> Path:
    """Where its ZIP lies once it is ready."""
    return folder_of(pack) / "pack.zip"


def folder_of(pack: Pack) -> Path:
    return _root() / str(pack.brand_id) / str(pack.id)


def note(pack: Pack, **changes: Any) -> Pack:
    """Keep how far a pack is; the moment is noted with it. FileNotFoundError when it was deleted meanwhile."""
    changed = dataclasses.replace(pack, heard_at=clock.now(), **changes)
    _write(folder_of(pack) / "state.json", {name: getattr(changed, name) for name in _STATE})
    return changed


def claim(brand_id: uuid.UUID, pack_id: uuid.UUID) -> Pack | None:
    """The pack, for one worker to make; None when another has it, or when it is gone."""
    pack = find([brand_id], pack_id)
    if pack is None or pack.state != WAITING:
        return None
    try:
        with (folder_of(pack) / "claimed").open("x"):
            return note(pack, state=MAKING)
    except FileExistsError:
        return None


def is_overtaken(pack: Pack) -> bool:
    """Whether somebody of the brand was erased since it was ordered, or is being erased: it may name them."""
    since = Q(finished_at=None) | Q(finished_at__gte=pack.asked_at)
    return Erasure.objects.filter(since, brand_id=pack.brand_id).exists()


def forget(brand_id: uuid.UUID) -> int:
    """Delete all packs of a brand, because somebody was erased; returns how many there were."""
    packs = _in(_root() / str(brand_id))
    for pack in packs:
        delete(pack)
    return len(packs)


def delete(pack: Pack) -> None:
    """Remove a pack from the disk."""
    shutil.rmtree(folder_of(pack), ignore_errors=True)


def sweep() -> dict[str, int]:
    """Delete what is old or names somebody erased, fail what lost its worker, and tell workers of what waits."""
    now = clock.now()
    counts = {"deleted": 0, "failed": 0, "waiting": 0}
    brands = [folder for folder in _root().iterdir() if folder.is_dir()] if _root().is_dir() else []
    for pack in (pack for folder in brands for pack in _in(folder)):
        if pack.deleted_at < now or (not pack.is_open and is_overtaken(pack)):
            delete(pack)
            counts["deleted"] += 1
        elif pack.state == MAKING and pack.heard_at and pack.heard_at < now - DIES_AFTER:
            note(pack, state=FAILED, problem="The worker that made it was lost. Order it again.")
            counts["failed"] += 1
        elif pack.state == WAITING:
            _tell_worker(pack)
            counts["waiting"] += 1
    return counts


def _tell_worker(pack: Pack) -> None:
    try:
        current_app.send_task("audit.make_pack", args=[str(pack.brand_id), str(pack.id)], retry=False)
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("the broker is away; an export pack waits: %s", error)


def _in(folder: Path) -> list[Pack]:
    return list(_packs(folder)) if folder.is_dir() else []


def _packs(folder: Path) -> Iterator[Pack]:
    for each in folder.iterdir():
        # It may be deleted, or only just be begun.
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            yield _read(each)


def _read(folder: Path) -> Pack:
    given = json.loads((folder / "order.json").read_text())
    with contextlib.suppress(FileNotFoundError):
        given |= json.loads((folder / "state.json").read_text())
    return Pack(
        **given
        | {name: uuid.UUID(given[name]) for name in ("id", "brand_id", "contact_id") if given[name]}
        | {name: dt.date.fromisoformat(given[name]) for name in ("first", "last") if given[name]}
        | {
            name: dt.datetime.fromisoformat(given[name])
            for name in ("asked_at", "heard_at")
            if given.get(name)
        }
    )


def _write(path: Path, content: dict[str, Any]) -> None:
    """All of it or nothing: a reader never sees half a file."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(content, default=str))
    partial.chmod(0o600)
    partial.replace(path)


def _root() -> Path:
    return Path(settings.VAR_DIR) / "exports"
