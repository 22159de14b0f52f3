"""From a person's click on Launch to every text in the outbox, beside a bare INSERT … SELECT of the same rows.

    python -m benchmarks.audience [--contacts 100000] [--json]

- ours: the audience is chosen, each text is written for its reader, judged with all rules, given its receipt and its
  first event, and queued, page by page, by one task after the other; the campaign's progress is right after each page.
- launching: how long the click itself takes. Nobody waits for the queueing.
- the limit: the same rows (threads, messages, events, decisions) once more, each table by one INSERT … SELECT into an
  empty table with the same indexes, checks and foreign keys. It chooses, writes and judges nothing.
- memory: the most that this process held in the first tenth and in the whole run; flat means that both are alike.
"""

import argparse
import os
import sys
import time
import uuid
from typing import TYPE_CHECKING

import psutil

from benchmarks import measure
from benchmarks.stage import stage

if TYPE_CHECKING:
    from benchmarks.population import Population
    from campaigns.models import Campaign

TABLES = ("messaging_thread", "messaging_message", "messaging_messageevent", "messaging_decision")
BODY = "{{ first_name|default:'Hi' }}, grind finer if your cup tastes sour. {{ brand }}, STOP to end"


def main() -> None:
    """Fill a brand with people, launch a campaign to all of them, and print the report."""
    parser = measure.arguments("From Launch to all queued, beside a bare INSERT … SELECT of the same rows.")
    parser.add_argument("--contacts", type=int, default=100_000)
    options = parser.parse_args()
    with stage(DEBUG="0"):
        figures, bare = _run(options)
    measure.report(
        "audience",
        counts={"contacts": options.contacts},
        figures=figures,
        limit=measure.Compared("INSERT … SELECT of the same rows", bare),
        per_s=figures["queued_per_s"],
        json_only=options.json,
    )


def _run(options: argparse.Namespace) -> tuple[dict[str, measure.Figure], float]:
    from benchmarks import population
    from campaigns import launch

    crowd = population.populate(options.contacts, are_people_kept=False)
    campaign = _campaign(crowd)
    settle_down()
    began = time.perf_counter()
    launch.launch(campaign.id)
    launched = time.perf_counter() - began
    early, most = _fill(campaign, options.contacts, is_shown=not options.json)
    filled = time.perf_counter() - began
    _check(campaign, options.contacts)
    size = _size()
    bare = _bare()
    return {
        "launch_ms": launched * 1000,
        "queued_per_s": options.contacts / filled,
        "seconds_to_all_queued": filled,
        "bare_seconds": bare,
        "times_the_bare_insert": filled / bare,
        "bytes_a_text": size // options.contacts,
        "memory_mib_first_tenth": early,
        "memory_mib_most": most,
    }, options.contacts / bare


def tell_everybody(crowd: "Population") -> uuid.UUID:
    """Launch a campaign to all these people and queue it to the end, here; returns its id."""
    from campaigns import fill, launch

    campaign = _campaign(crowd)
    launch.launch(campaign.id)
    while fill.fill_page(campaign.id):
        pass
    return campaign.id


def _campaign(crowd: "Population") -> "Campaign":
    from campaigns.models import Campaign
    from contacts import clock

    return Campaign.objects.create(
        brand=crowd.brand, program=crowd.program, slug="brew-tips", name="Brew tips", purpose="marketing",
        value="know_how", body=BODY, created_at=clock.now(),
    )  # fmt: skip


def settle_down() -> None:
    """What the making of so many people left to do must not be done while we measure."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


def _fill(campaign: "Campaign", contacts: int, *, is_shown: bool) -> tuple[float, float]:
    """Fill as a worker does; returns the most memory (MiB) up to the first tenth, and in all."""
    from campaigns import fill

    process = psutil.Process(os.getpid())
    done, early, most = 0, 0.0, 0.0
    while looked_at := fill.fill(campaign.id):
        done += looked_at
        most = max(most, process.memory_info().rss / 2**20)
        early = most if done <= max(contacts // 10, fill.PAGE * fill.PAGES_PER_TASK) else early
        if is_shown:
            print(f"\r{done:,} of {contacts:,}", end="", file=sys.stderr)
    return early, most


def _check(campaign: "Campaign", contacts: int) -> None:
    """Everybody has a text that waits, with its receipt; otherwise nothing was measured."""
    from campaigns.models import CampaignStatus
    from messaging.models import Decision, Message, Status

    campaign.refresh_from_db()
    assert (campaign.status, campaign.audience) == (CampaignStatus.SENDING, contacts), campaign.status
    assert Message.objects.filter(status=Status.QUEUED).count() == contacts
    assert Decision.objects.count() == contacts


def _size() -> int:
    """Bytes of the four tables with their partitions and indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(coalesce(relid, name::regclass)))"
            " FROM unnest(%s::text[]) AS name LEFT JOIN LATERAL pg_partition_tree(name::regclass) ON true",
            [list(TABLES)],
        )
        return int(cursor.fetchone()[0])


def _bare() -> float:
    """Seconds for the same rows in tables that are alike, each in one statement, all in one transaction."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)")
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass",
                [table],
            )
            for (foreign_key,) in cursor.fetchall():
                cursor.execute(f"ALTER TABLE bare_{table} ADD {foreign_key}")
        cursor.execute("CHECKPOINT")
        began = time.perf_counter()
        with transaction.atomic():
            for table in TABLES:
                cursor.execute(f"INSERT INTO bare_{table} OVERRIDING SYSTEM VALUE SELECT * FROM {table}")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
