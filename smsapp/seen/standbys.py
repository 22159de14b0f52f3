"""What PostgreSQL says of its standbys: how many have each commit, and how many commits wait for one in vain."""

from typing import LiteralString

from django.conf import settings
from django.db.backends.utils import CursorWrapper

_WAITS_FOR_NONE = ("off", "local")

# Those that a commit waits for; others may lag. Only monitors see more of this view than that a row is there.
SYNCHRONOUS: LiteralString = (
    "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' AND sync_state IN ('sync', 'quorum')"
)
# What waits longer than a standby that is there has ever taken. The sessions of the own user can be seen by anybody.
HANGING: LiteralString = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    " AND clock_timestamp() - state_change > interval '2 seconds'"
)
_SEEN: LiteralString = "SELECT current_setting('synchronous_commit'), pg_has_role('pg_monitor', 'USAGE')"


def missing(cursor: CursorWrapper) -> str:
    """Whether fewer than DATABASE_STANDBYS have each commit before it is told; in words, "" when all is well."""
    if not settings.DATABASE_STANDBYS:
        return ""
    cursor.execute(_SEEN)
    waits, may_look = cursor.fetchone()
    if waits in _WAITS_FOR_NONE:
        return f"synchronous_commit is {waits}"
    if not may_look:
        return "not known without the role pg_monitor"
    cursor.execute(SYNCHRONOUS)
    (count,) = cursor.fetchone()
    return "" if count >= settings.DATABASE_STANDBYS else f"{count} of {settings.DATABASE_STANDBYS}"


def hanging(cursor: CursorWrapper) -> str:
    """Whether commits wait for a standby that is not there: nothing can be answered or sent then."""
    cursor.execute(HANGING)
    (count,) = cursor.fetchone()
    return f"commits wait for a standby ({count} of them)" if count else ""
