"""Ids that leave the system: time-ordered UUIDs, version 7."""

import uuid
from collections.abc import Iterable

import uuid_utils.compat


def new_id() -> uuid.UUID:
    """A fresh UUIDv7: later ids sort after earlier ones, so rows of one moment lie together in an index."""
    return uuid_utils.compat.uuid7()


def as_array(ids: Iterable[uuid.UUID]) -> str:
    """The ids as PostgreSQL reads a uuid[]: a parameter that the driver need not put together one by one.

    Without their hyphens, which PostgreSQL does not ask for and Python takes most of the time to put in.
    """
    return f"{{{','.join([each.hex for each in ids])}}}"
