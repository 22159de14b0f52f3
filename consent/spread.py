"""When each of many texts that wait for the same opening of the hours leaves: spread, not all in the same second."""

import datetime as dt
import uuid

from consent.rule_pack import RulePack


def release_at(
    message_id: uuid.UUID, opens_at: dt.datetime, closes_at: dt.datetime, *, pack: RulePack
) -> dt.datetime:
    """This message's own moment (aware UTC) within the first minutes of the hours it waits for.

    Always the same for the same message, so that judging it again moves nothing; a message's id ends in random
    bits, so that many spread evenly. At most `spread_minutes` of the rule pack, and at most the first half of the
    hours: even a short opening lets every message out.
    """
    most = min(dt.timedelta(minutes=pack.setting("spread_minutes")), (closes_at - opens_at) / 2)
    seconds = int(most.total_seconds())
    return opens_at + dt.timedelta(seconds=message_id.int % seconds if seconds > 0 else 0)
