"""Ids that leave the system: time-ordered UUIDs, version 7."""

import uuid

import uuid_utils.compat


def new_id() -> uuid.UUID:
    """A fresh UUIDv7: later ids sort after earlier ones, so rows of one moment lie together in an index."""
    return uuid_utils.compat.uuid7()
