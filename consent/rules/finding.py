"""What a rule says against a text."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Literal

from consent.facts import Facts
from consent.reasons import Reason
from consent.rule_pack import RulePack


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One objection. A hold is over at `until` (aware UTC), or, without one, when something changes."""

    outcome: Literal["hold", "refuse"]
    reason: Reason
    until: dt.datetime | None = None


# A rule reads the facts at a moment (aware UTC) and objects, or has nothing against it (None).
Rule = Callable[[Facts, dt.datetime, RulePack], Finding | None]
