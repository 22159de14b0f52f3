"""What is true now: each gauge is one small query over an index made for it, and none of them looks at anybody."""

import dataclasses
from typing import Any, LiteralString

from smsapp.seen import standbys


@dataclasses.dataclass(frozen=True, slots=True)
class Gauge:
    """A name, what it says, its labels, and a query whose rows are the labels' values and then the figure.

    `%(now)s` is the product's own now, aware UTC.
    """

    name: str
    says: str
    labels: tuple[str, ...]
    query: LiteralString


GAUGES = (
    Gauge(
        "smsapp_messages_in_doubt",
        "Messages that are being sent or whose outcome is not known",
        ("status",),
        "SELECT 'sending', count(*) FROM messaging_message WHERE status = 'sending'"
        " UNION ALL SELECT 'unknown', count(*) FROM messaging_message WHERE status = 'unknown'",
    ),
    Gauge(
        "smsapp_oldest_unknown_seconds",
        "Age of the oldest message whose outcome is not known",
        (),
        "SELECT coalesce(extract(epoch FROM %(now)s - min(settled_at)), 0) FROM messaging_message"
        " WHERE status = 'unknown'",
    ),
    Gauge(
        "smsapp_oldest_due_seconds",
        "Age of the oldest due message",
        ("lane",),
        # One look into the index for each sender and lane, however many texts wait in it.
        """
        SELECT lane, extract(epoch FROM %(now)s - min(first.due_at))
          FROM messaging_sender sender
         CROSS JOIN generate_series(0, 3) AS lane
         CROSS JOIN LATERAL (
               SELECT due_at FROM messaging_message
                WHERE sender_id = sender.id AND messaging_message.lane = lane.lane
                  AND status IN ('queued', 'held') AND due_at <= %(now)s
                ORDER BY due_at LIMIT 1) AS first
         GROUP BY lane
        """,
    ),
    Gauge(
        "smsapp_opt_out_ms",
        "STOP arrival to fence closed, last day",
        ("quantile",),
        """
        SELECT unnest(ARRAY['0.5', '0.99', '1']),
               unnest(percentile_cont(ARRAY[0.5, 0.99, 1.0]) WITHIN GROUP (ORDER BY closed_after_ms))
          FROM webhooks_webhookevent
         WHERE closed_after_ms IS NOT NULL AND received_at > %(now)s - interval '1 day'
        """,
    ),
    Gauge(
        "smsapp_opt_outs_late",
        "STOPs of the last day that were answered while a request for their number was still under way",
        (),
        "SELECT count(*) FROM webhooks_webhookevent WHERE closed_after_ms IS NOT NULL AND in_flight > 0"
        " AND received_at > %(now)s - interval '1 day'",
    ),
    Gauge(
        "smsapp_webhooks_unprocessed",
        "Stored webhooks not acted on yet",
        (),
        "SELECT count(*) FROM webhooks_webhookevent WHERE processed_at IS NULL",
    ),
    Gauge(
        "smsapp_oldest_webhook_seconds",
        "Age of the oldest stored webhook that was not acted on yet",
        (),
        "SELECT coalesce(extract(epoch FROM %(now)s - min(received_at)), 0) FROM webhooks_webhookevent"
        " WHERE processed_at IS NULL",
    ),
    Gauge(
        "smsapp_webhooks_quarantined",
        "Requests turned away, last day",
        (),
        "SELECT count(*) + coalesce(sum(repeats), 0) FROM webhooks_quarantinedrequest"
        " WHERE received_at > %(now)s - interval '1 day'",
    ),
    Gauge(
        "smsapp_texts_pulled",
        "Texts of the last day that reached us only by Twilio's message list",
        (),
        # Not what the watermarks have counted: those of a number go with it, and a sum would fall.
        "SELECT count(*) FROM webhooks_webhookevent WHERE said_at IS NOT NULL"
        " AND received_at > %(now)s - interval '1 day'",
    ),
    Gauge(
        "smsapp_opt_outs_pulled",
        "Texts of the last day that closed a number and reached us only by Twilio's message list",
        (),
        "SELECT count(*) FROM webhooks_webhookevent WHERE said_at IS NOT NULL AND closed_points <> '{}'"
        " AND received_at > %(now)s - interval '1 day'",
    ),
    Gauge(
        "smsapp_opt_out_pulled_seconds",
        "The longest from when one of these was said to when it closed the number",
        (),
        "SELECT coalesce(max(extract(epoch FROM received_at - said_at)), 0) FROM webhooks_webhookevent"
        " WHERE said_at IS NOT NULL AND closed_points <> '{}' AND received_at > %(now)s - interval '1 day'",
    ),
    Gauge(
        "smsapp_list_unread_seconds",
        "How far behind the message list that cannot be read is, of all numbers at most",
        (),
        "SELECT coalesce(max(extract(epoch FROM %(now)s - seen_until)), 0) FROM webhooks_watermark"
        " WHERE problem <> ''",
    ),
    Gauge(
        "smsapp_senders_halted",
        "Senders that nothing leaves from",
        (),
        "SELECT count(*) FROM messaging_sender WHERE halted_at IS NOT NULL",
    ),
    Gauge(
        "smsapp_accounts_halted",
        "Twilio accounts that nothing leaves from",
        (),
        "SELECT count(*) FROM messaging_account WHERE halted_at IS NOT NULL",
    ),
    Gauge(
        "smsapp_unsealed_seconds",
        "Age of the oldest consent event without a seal",
        (),
        """
        SELECT coalesce(extract(epoch FROM %(now)s - min(first.recorded_at)), 0)
          FROM contacts_brand brand
         CROSS JOIN LATERAL (
               SELECT recorded_at FROM consent_unsealed
                WHERE brand_id = brand.id ORDER BY recorded_at LIMIT 1) AS first
        """,
    ),
    Gauge(
        "smsapp_imports_open",
        "Imports that wait or run",
        ("status",),
        "SELECT status, count(*) FROM contacts_contactimport WHERE status IN ('waiting', 'running') GROUP BY 1",
    ),
    Gauge(
        "smsapp_oldest_import_seconds",
        "Age of the oldest import that is not done",
        (),
        "SELECT coalesce(extract(epoch FROM %(now)s - min(started_at)), 0) FROM contacts_contactimport"
        " WHERE status IN ('waiting', 'running')",
    ),
    Gauge(
        "smsapp_campaigns_open",
        "Campaigns that were launched and are not over",
        ("status",),
        "SELECT status, count(*) FROM campaigns_campaign"
        " WHERE status IN ('scheduled', 'filling', 'sending', 'paused') GROUP BY 1",
    ),
    Gauge(
        "smsapp_campaign_people",
        "People whom a filling campaign has come to so far",
        ("brand", "campaign"),
        "SELECT brand.slug, campaign.slug, campaign.audience FROM campaigns_campaign campaign"
        " JOIN contacts_brand brand ON brand.id = campaign.brand_id WHERE campaign.status = 'filling'",
    ),
    Gauge(
        "smsapp_campaign_silent_seconds",
        "Since the last page of the filling campaign that has been silent longest",
        (),
        "SELECT coalesce(extract(epoch FROM %(now)s - min(filled_at)), 0) FROM campaigns_campaign"
        " WHERE status = 'filling'",
    ),
    Gauge(
        "smsapp_synchronous_standbys",
        "Standbys of PostgreSQL that have each commit before it is told",
        (),
        standbys.SYNCHRONOUS,
    ),
    Gauge("smsapp_commits_hanging", "Commits that wait for a standby in vain", (), standbys.HANGING),
)


def rows(cursor: Any, gauge: Gauge, now: Any) -> list[tuple[list[str], float]]:
    """The values of a gauge's labels, and its figure, as they are in the tables."""
    cursor.execute(gauge.query, {"now": now})
    return [([str(label) for label in labels], float(figure or 0)) for *labels, figure in cursor.fetchall()]
