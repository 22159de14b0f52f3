"""How many verdicts a second one core gives in bulk, all rules on, beside an empty loop over the same loaded facts.

    python -m benchmarks.gate [--people 20000] [--rounds 5] [--json]

Everybody has a past of some texts, and half have answered: the rules about the relationship have something to read.

- verdicts: `gate.judge_facts` for each ask of a claim's page, facts loaded before; the best of the rounds, since what
  else the machine does can only slow it down.
- the limit is a loop over the same facts that makes one empty verdict each and decides nothing.
- the usual way is one constant window in the server's zone and a set of opt-outs, for each text again.
- with loading: `messaging.judging.judge`, which also reads the facts; queries are counted for one page and for ten
  times as many texts, and must be as many.
"""

import argparse
import datetime as dt
import time
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import measure
from benchmarks.stage import stage

if TYPE_CHECKING:
    from consent.facts import Facts
    from messaging.outbox import Draft

PAGE = 1_000
# As people are: most numbers without an address, some with one, some with a zone of their own.
AREA_CODES = (
    "212",
    "312",
    "303",
    "415",
    "305",
    "214",
    "206",
    "850",
    "602",
    "617",
    "907",
    "808",
    "787",
    "423",
    "401",
)
TEXTS_BEFORE = 6
QUERIES_OF = (PAGE // 10, PAGE)


def main() -> None:
    """Fill a brand with people, measure, and print the report."""
    parser = measure.arguments("Verdicts in bulk on one core, all rules on.")
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with stage(DEBUG="0"):
        figures, limit, usual = _run(options)
    measure.report(
        "gate",
        counts={"people": options.people, "rounds": options.rounds},
        figures=figures,
        limit=measure.Compared("an empty loop over the same facts", limit),
        usual=measure.Compared("one window in the server's zone", usual),
        per_s=figures["verdicts_per_s"],
        json_only=options.json,
    )


def _run(options: argparse.Namespace) -> tuple[dict[str, measure.Figure], float, float]:
    from benchmarks import population
    from consent import facts as gate_facts
    from consent import gate, rule_pack
    from consent.asking import Verdict
    from contacts import clock
    from messaging import judging

    crowd = population.populate(options.people)
    drafts = _drafts(crowd)
    _scatter(crowd.brand.id)
    _give_a_past(crowd.brand.id, crowd.program.id, crowd.sender.id)
    now, pack = clock.now(), rule_pack.current()
    asks = _asks(drafts)
    facts = [
        each for start in range(0, len(asks), PAGE) for each in gate_facts.load(asks[start : start + PAGE])
    ]

    def judged() -> None:
        for each in facts:
            gate.judge_facts(each, now=now, pack=pack)

    def empty() -> None:
        for each in facts:
            Verdict(
                message_id=each.ask.message_id, outcome="allow", reasons=(), until=None, window_ends_at=None,
                rule_pack=pack.version, facts={},
            )  # fmt: skip

    def in_one_window() -> None:
        stopped: set[uuid.UUID] = set()
        opens, closes = dt.time(8), dt.time(21)
        for each in facts:
            local = now.astimezone(tz=dt.UTC).time()
            _ = each.ask.point_id not in stopped and opens <= local < closes

    def whole() -> None:
        for start in range(0, len(drafts), PAGE):
            judging.judge(drafts[start : start + PAGE], now=now)

    times = {name: _fastest(work, options.rounds) for name, work in (
        ("judged", judged), ("empty", empty), ("usual", in_one_window),
    )}  # fmt: skip
    few, many = (_queries(partial(judging.judge, drafts[:count], now=now)) for count in QUERIES_OF)
    figures: dict[str, measure.Figure] = {
        "verdicts_per_s": len(facts) / times["judged"],
        "microseconds_a_verdict": times["judged"] / len(facts) * 1e6,
        "with_loading_per_s": len(drafts) / _fastest(whole, 2),
        f"queries_for_{QUERIES_OF[0]}": few,
        f"queries_for_{QUERIES_OF[1]}": many,
        "allowed_share": _allowed_share(facts, now, pack),
    }
    return figures, len(facts) / times["empty"], len(facts) / times["usual"]


def _allowed_share(facts: Sequence["Facts"], now: dt.datetime, pack: Any) -> float:
    from consent import gate

    return sum(gate.judge_facts(each, now=now, pack=pack).outcome == "allow" for each in facts) / len(facts)


def _scatter(brand_id: uuid.UUID) -> None:
    """Move the people to the places that many lists have: numbers of many area codes, half without an address."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE contacts_contactpoint p
               SET address = '+1' || (%s::text[])[1 + (n %% %s)] || lpad((5000000 + n)::text, 7, '0')
              FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM contacts_contactpoint) AS numbered
             WHERE numbered.id = p.id AND p.brand_id = %s
            """,
            [list(AREA_CODES), len(AREA_CODES), brand_id],
        )
        cursor.execute(
            "UPDATE contacts_contact SET region = '' WHERE brand_id = %s AND ctid IN "
            "(SELECT ctid FROM contacts_contact WHERE brand_id = %s ORDER BY id LIMIT (SELECT count(*) / 2 FROM "
            "contacts_contact WHERE brand_id = %s))",
            [brand_id, brand_id, brand_id],
        )


def _give_a_past(brand_id: uuid.UUID, program_id: uuid.UUID, sender_id: uuid.UUID) -> None:
    """So many marketing texts each, ten days apart, one of them a question; every second person answered the last."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH numbered AS (
                SELECT id AS point_id, contact_id, row_number() OVER (ORDER BY id) AS n
                  FROM contacts_contactpoint WHERE brand_id = %(brand)s),
            threads AS (
                INSERT INTO messaging_thread (id, brand_id, contact_id, created_at, last_inbound_at)
                SELECT gen_random_uuid(), %(brand)s, contact_id, now(),
                       CASE WHEN n %% 2 = 0 THEN now() - interval '9 days' END
                  FROM numbered RETURNING id, contact_id)
            INSERT INTO messaging_message
                   (id, brand_id, thread_id, contact_id, point_id, sender_id, program_id, direction, origin, purpose,
                    value, lane, body, likeness, segments, media, status, reason, attempts, looks, handed_off_at,
                    provider_sid, sent_by, created_at, settled_at)
            SELECT gen_random_uuid(), %(brand)s, t.id, contact_id, point_id, %(sender)s, %(program)s, 'out', 'campaign',
                   'marketing', CASE back WHEN 2 THEN 'question' ELSE 'story' END, 3, 'A story from the farm',
                   (random() * 2 ^ 62)::bigint, 1, '[]', 'delivered', '', 1, 0, now() - back * interval '10 days', '',
                   '', now() - back * interval '10 days', now()
              FROM numbered JOIN threads t USING (contact_id) CROSS JOIN generate_series(1, %(texts)s) AS back
            """,
            {"brand": brand_id, "program": program_id, "sender": sender_id, "texts": TEXTS_BEFORE},
        )
        cursor.execute("ANALYZE messaging_message, messaging_thread")


def _drafts(crowd: Any) -> list["Draft"]:
    from consent.models import Purpose
    from messaging.outbox import Draft

    return [
        Draft(
            brand_id=crowd.brand.id, contact_id=contact_id, point_id=point_id, sender_id=crowd.sender.id,
            program_id=crowd.program.id, purpose=Purpose.MARKETING, value="know_how",
            body="Grind finer if your cup tastes sour. Acme, STOP to end", origin="campaign",
        )
        for contact_id, point_id, _ in crowd.people
    ]  # fmt: skip


def _asks(drafts: Sequence["Draft"]) -> list[Any]:
    """What the gate is asked about these drafts, got from `messaging.judging` itself, without its answer."""
    from consent import gate
    from contacts import clock
    from messaging import judging

    caught: list[Any] = []
    answer = gate.judge

    def catch(asks: Sequence[Any], *, now: dt.datetime) -> list[Any]:  # noqa: ARG001 - the gate's own shape
        caught.extend(asks)
        return []

    gate.judge = catch
    try:
        for start in range(0, len(drafts), PAGE):
            judging.judge(drafts[start : start + PAGE], now=clock.now())
    finally:
        gate.judge = answer
    return caught


def _fastest(work: Callable[[], None], rounds: int) -> float:
    """Seconds of processor time of the fastest of so many rounds, after one that fills the caches."""
    work()
    times = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def _queries(work: Callable[[], object]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


if __name__ == "__main__":
    main()
