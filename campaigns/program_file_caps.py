"""The spend caps that a program file states: of a sender's day, a program's day, a campaign."""

from typing import Any

from campaigns.program_file_diff import Diff
from campaigns.program_file_schema import NO_CAP, Table
from messaging import spend
from messaging.models import Capped

# The key of each in the file.
KEYS = {
    Capped.SENDER_DAY: "segments_per_day",
    Capped.PROGRAM_DAY: "segments_per_day",
    Capped.CAMPAIGN: "most_segments",
}


def put_cap(table: Table, of: Capped, row: Any, what: str, diff: Diff, *, is_new: bool) -> None:
    """Set or lift the cap over this sender, program or campaign; what the file leaves out stays as it is.

    What waits beyond the old one is judged anew once the whole file is in.
    """
    key = KEYS[of]
    if key not in table.model_fields_set:
        return
    stored = spend.cap_of(of, row.pk)
    was, becomes = (stored.most if stored else None), getattr(table, key)
    if was == becomes:
        return
    if not is_new:
        diff.changed(f"{what}.{key}", NO_CAP if was is None else was, NO_CAP if becomes is None else becomes)
    spend.set_cap(row.brand, of, row.pk, becomes)
