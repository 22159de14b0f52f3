"""What may go wrong in a process that reads a part of the ledger. Imported there, so without Django."""

import os

import psycopg

from consent.verifying_quick import Done, Part


def dies(_part: Part) -> Done:
    """As one does that the system kills for its memory."""
    os._exit(9)


def loses_the_database(_part: Part) -> Done:
    raise psycopg.OperationalError("server closed the connection unexpectedly")
