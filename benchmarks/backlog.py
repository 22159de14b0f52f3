"""What a text costs while a million wait, beside what it costs while ten thousand do.

    python -m benchmarks.backlog [--queued 1000000] [--messages 10000] [--json]

The same number of texts is drained twice, each time by a process of its own: first with nothing else in the outbox,
then with a backlog behind them, of other people, due a moment later. Cost is processor time, the drain's and
PostgreSQL's for it, since other programs take less from that than from the time by the clock; memory is the most that
the drain's process ever had.
"""

import json
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from benchmarks import measure, send
from benchmarks.stage import stage

if TYPE_CHECKING:
    from django.db.models import Model

    from benchmarks.population import Population

ALONE = 10_000

# Somebody for each text of the backlog.
_PEOPLE = """
CREATE TEMPORARY TABLE people AS
SELECT gen_random_uuid() AS contact_id, gen_random_uuid() AS point_id, gen_random_uuid() AS thread_id,
       '+1' || (7000000000 + n) AS address
  FROM generate_series(1, %s) n
"""


class Drained(NamedTuple):
    """For each text: milliseconds of the drain's processor time, of PostgreSQL's, and by the clock; memory in MiB."""

    texts: int
    own_ms: float
    postgres_ms: float
    clock_ms: float
    memory_mib: float

    @property
    def cost_ms(self) -> float:
        """Processor time for a text, of both."""
        return self.own_ms + self.postgres_ms


def main() -> None:
    """Drain twice and print the report."""
    parser = measure.arguments("What a text costs with a backlog behind it.")
    parser.add_argument("--queued", type=int, default=1_000_000, help="texts in the outbox the second time")
    parser.add_argument("--messages", type=int, default=ALONE, help="texts drained each time")
    options = parser.parse_args()
    with send.stand_in(0) as twilio, stage(TWILIO_API_BASE_URL=twilio, DRAINS_PER_SENDER="1"):
        from benchmarks import population

        crowd = population.populate(2 * options.messages)
        alone = _drain(_part(crowd, 0, options.messages), options.messages)
        late = _part(crowd, options.messages, 2 * options.messages)
        queued = _queue_behind(options.queued - options.messages)
        backlog = _drain(late, options.messages)
    measure.report(
        "backlog",
        counts={
            "messages": alone.texts,
            "messages_before_a_backlog": backlog.texts,
            "backlog": queued,
        },
        figures={
            "alone_cpu_ms": alone.own_ms,
            "alone_postgres_cpu_ms": alone.postgres_ms,
            "backlog_cpu_ms": backlog.own_ms,
            "backlog_postgres_cpu_ms": backlog.postgres_ms,
            "times_the_processor_time": backlog.cost_ms / alone.cost_ms,
            "times_the_clock": backlog.clock_ms / alone.clock_ms,
            "memory_mib": backlog.memory_mib,
        },
        json_only=options.json,
    )


def _part(crowd: "Population", start: int, end: int) -> "Population":
    """Queue a text for each of these people, the next to leave; returns them."""
    import dataclasses

    part = dataclasses.replace(crowd, people=crowd.people[start:end])
    send.queue(part)
    return part


def _queue_behind(count: int) -> int:
    """Put so many more texts into the outbox, behind those that are there, each of somebody else; how many it took.

    They and their people are copies of one that waits, made inside PostgreSQL: a million the usual way take long, and
    nobody drains them.
    """
    from django.db import connection

    from consent.models import Subscription
    from messaging.models import Message

    with connection.cursor() as cursor:
        cursor.execute("SELECT max(due_at) + interval '1 ms' FROM messaging_message")
        (due_at,) = cursor.fetchone()
        cursor.execute(_PEOPLE, [count])
        text = Message.objects.filter(status="queued").order_by("-due_at")[0]
        standing = Subscription.objects.filter(point_id=text.point_id).exclude(program=None).get()
        whose = {"contact_id": "contact_id", "point_id": "point_id", "thread_id": "thread_id"}
        for row, its in (
            (text.contact, {"id": "contact_id"}),
            (text.point, {"id": "point_id", "address": "address"} | whose),
            (standing, {"id": "gen_random_uuid()"} | whose),
            (text.thread, {"id": "thread_id"} | whose),
            (text, {"id": "gen_random_uuid()", "due_at": "%(due_at)s"} | whose),
        ):
            cursor.execute(_copies_of(row, its), {"id": row.pk, "due_at": due_at})
    return Message.objects.filter(due_at=due_at).count()


def _copies_of(row: "Model", its: dict[str, str]) -> str:
    """One more of this row for each of the people, with these columns of its own."""
    table, key = row._meta.db_table, row._meta.pk
    assert key is not None
    columns = [
        str(field.column)
        for field in row._meta.concrete_fields
        if field is not key or field.get_internal_type() == "UUIDField"
    ]
    of_its_own = {column: its.get(column, f"one.{column}") for column in columns}
    values = ", ".join(
        value if "(" in value or "." in value else f"people.{value}" for value in of_its_own.values()
    )
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
        f" FROM {table} one CROSS JOIN people WHERE one.{key.column} = %(id)s"
    )


def _drain(crowd: "Population", messages: int) -> Drained:
    """Drain these texts in a process of its own, and have it tell what that took."""
    command = [sys.executable, "-m", "benchmarks.send_part", "drain_some", f"{crowd.sender.id}:{messages}"]
    done = subprocess.run(command, cwd=send.ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Drained(**json.loads(done.stdout.splitlines()[-1]))


def drain_some(argument: str) -> None:
    """Drain `sender:texts` in this process and print what it took; the first batch warms up and is not counted."""
    import resource
    import uuid

    from django.conf import settings

    from messaging import dispatch
    from messaging.models import Sender

    sender_id, there = argument.split(":")
    sender = Sender.objects.select_related("account").get(id=uuid.UUID(sender_id))
    warmed_up, _ = dispatch.send_batch(sender, segments=settings.BATCH_SIZE)
    spent, began, texts = measure.Spent([send.backend()]), time.perf_counter(), 0
    # Batch by batch, and none beyond these people: a second text on one day would only be held.
    while (left := int(there) - warmed_up - texts) > 0:
        sent, _ = dispatch.send_batch(sender, segments=min(left, settings.BATCH_SIZE))
        assert sent, f"{texts} texts, and no more"
        texts += sent
    took = time.perf_counter() - began
    own, _, postgres = spent.each(texts)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(Drained(texts, own, postgres, took * 1000 / texts, memory)._asdict()))


if __name__ == "__main__":
    main()
