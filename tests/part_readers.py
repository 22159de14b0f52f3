"""What may go wrong in a process that reads a part of the ledger. Imported there, so without Django."""

import os
from typing import Any

import psycopg

from consent.verifying_jobs import Done, Job, Part, TileRange, run


def dies(_part: Part) -> Done:
    """As one does that the system kills for its memory."""
    os._exit(9)


def loses_the_database(_part: Part) -> Done:
    raise psycopg.OperationalError("server closed the connection unexpectedly")


def dies_at_the_tree(job: Job[Any]) -> object:
    """When all events are read."""
    if isinstance(job, TileRange):
        os._exit(9)
    return run(job)
