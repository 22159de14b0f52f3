"""How fast a STOP closes a number, and Twilio's codes in words: what the home page tells of the machinery."""

import dataclasses
import datetime as dt
import uuid

from django.db import connection

from contacts.admin_words import ago
from messaging.providers import errors

LATENCY_OVER = dt.timedelta(days=30)


@dataclasses.dataclass(frozen=True, slots=True)
class Latency:
    """From the arrival of a STOP to the commit that closed the number, in milliseconds; None without a STOP.

    Apart from these, `pulled` closed one that reached us only by Twilio's list, `pulled_after` it was said at most.
    """

    count: int
    p50: float | None
    p99: float | None
    most: float | None
    pulled: int = 0
    pulled_after: str = ""


def provider_words(code: int) -> str:
    return f"{errors.describe(code)} (Twilio {code})"


def opt_out_latency(ids: list[uuid.UUID], now: dt.datetime) -> Latency:
    """p50, p99 and maximum of the last 30 days, from the indexes that hold only STOPs and only what was pulled."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(closed_after_ms),
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY closed_after_ms),
                   percentile_cont(0.99) WITHIN GROUP (ORDER BY closed_after_ms),
                   max(closed_after_ms),
                   count(said_at), max(received_at - said_at)
              FROM (SELECT closed_after_ms, NULL::timestamptz AS said_at, received_at FROM webhooks_webhookevent
                     WHERE closed_after_ms IS NOT NULL AND received_at >= %(since)s AND brand_id = ANY(%(brands)s)
                    UNION ALL
                    SELECT NULL, said_at, received_at FROM webhooks_webhookevent
                     WHERE said_at IS NOT NULL AND closed_points <> '{}' AND received_at >= %(since)s
                       AND brand_id = ANY(%(brands)s)) AS closings
            """,
            {"since": now - LATENCY_OVER, "brands": ids},
        )
        count, p50, p99, most, pulled, longest = cursor.fetchone() or (0, None, None, None, 0, None)
    pulled_after = ago(longest) if longest else ""
    return Latency(count=count, p50=p50, p99=p99, most=most, pulled=pulled, pulled_after=pulled_after)
