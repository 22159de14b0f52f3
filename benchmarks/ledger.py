"""How fast consent is recorded, sealed, verified and looked up, each beside what bounds it.

    python -m benchmarks.ledger [--events 100000] [--seconds 5] [--json]

- append: two processes record one event a transaction, on numbers of their own choice; its limit is two processes
  that insert and commit one row as wide as an event and its evidence, and do nothing else.
- verify: everything about an event (hash, link, evidence, place in the log) and the log's tree, in as many processes as
  there are processors; its limit is a bare COPY of the same rows (events, evidence, seals) with the SHA-256 of each
  line, in one process. `to_copy_of_events` is beside a COPY of the events alone.
- look-up: where a number stood at a moment of its past, the whole answer that the audit pages need.
- receipt: made, and checked by the stranger's script in a process of its own.

The usual way to verify is to load each event through the ORM and to compare its hash.
"""

import argparse
import datetime as dt
import hashlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import measure

if TYPE_CHECKING:
    from benchmarks.population import Population

ROOT = Path(__file__).resolve().parent.parent
WRITERS = 2
PAGE = 5_000
EVENTS_A_NUMBER = 4
LOOKED_UP = 2_000
USUAL = 5_000  # events verified the usual way
TABLES = ("consent_consentevent", "consent_evidence", "consent_seal")


def main() -> None:
    """Fill a ledger, measure, and print the report."""
    # Here, because the processes that verify load this module, too, and the product's own command costs them nothing.
    from benchmarks.stage import stage

    parser = measure.arguments("Consent recorded, sealed, verified and looked up, beside what bounds it.")
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5.0, help="of the two loops that append")
    options = parser.parse_args()
    with stage(DEBUG="0") as directory:
        measured = _run(options, directory)
    copied, usual = measured.pop("copy_rows_per_s"), measured.pop("usual_rows_per_s")
    measure.report(
        "ledger",
        counts={"events": options.events, "writers": WRITERS},
        figures=measured,
        limit=measure.Compared("COPY of the same rows and a hash of each line", copied),
        usual=measure.Compared("each event through the ORM", usual),
        per_s=measured["verify_rows_per_s"],
        json_only=options.json,
    )


def _run(options: argparse.Namespace, directory: Path) -> dict[str, float | None]:
    from django.db import connection

    from benchmarks import population

    began = time.perf_counter()
    crowd = population.populate(max(1, options.events // EVENTS_A_NUMBER))
    _live(crowd, options.events)
    filled = options.events / (time.perf_counter() - began)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (id bigserial PRIMARY KEY, content text NOT NULL)")
    bare = _at_once("bare", options.seconds)
    # The limit before and after: a disk that others use is not the same twice.
    appends = _at_once("append", options.seconds)
    bare = max(bare, _at_once("bare", options.seconds))
    sealed = _seal(crowd)
    _settle()
    return {
        "recorded_in_bulk_per_s": filled,
        "append_per_s": appends,
        "bare_commit_per_s": bare,
        "append_to_bare_commit": appends / bare,
        "seal_per_s": sealed,
        **_verify(),
        **_look_up(crowd),
        **_receipt(crowd, directory),
    }


def _live(crowd: "Population", events: int) -> None:
    """What follows an agreement, in whole pages: people leave, come back and pause, with and without evidence."""
    from consent import ledger
    from consent.models import Act, Method

    acts = [(Act.REVOKED, {"text": "STOP"}), (Act.RESUMED, {"text": "START"}), (Act.PAUSED, {})]
    left = events - len(crowd.people)
    for act, evidence in acts:
        for begin in range(0, len(crowd.people), PAGE):
            people = crowd.people[begin : begin + PAGE][: max(0, left)]
            ledger.record_many(
                [
                    ledger.Entry(
                        point_id=point_id, act=act, method=Method.KEYWORD, actor="customer", evidence=evidence
                    )
                    for _, point_id, _ in people
                ]
            )
            left -= len(people)


def _at_once(what: str, seconds: float) -> float:
    """Commits a second of so many processes that do the same for so long."""
    command = [sys.executable, "-m", "benchmarks.ledger_part", what, str(seconds)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(WRITERS)
    ]
    told = [process.communicate()[0] for process in processes]
    assert all(process.returncode == 0 for process in processes), f"a process that does {what} failed"
    return sum(float(line) for line in told)


def append_here(seconds: float) -> float:
    """Record one event a transaction in this process; returns how many a second."""
    from consent import ledger
    from consent.models import Act, Method
    from contacts.models import ContactPoint

    points = list(ContactPoint.objects.values_list("id", flat=True)[:20_000])
    return _commits(
        seconds,
        lambda: ledger.record(
            ledger.Entry(
                point_id=random.choice(points), act=Act.REVOKED, method=Method.KEYWORD, actor="customer",
                evidence={"text": "STOP"},
            )
        ),
    )  # fmt: skip


def bare_here(seconds: float) -> float:
    """Insert and commit a row as wide as an event with its evidence; returns how many a second."""
    from django.db import connection

    with connection.cursor() as cursor:
        content = "x" * 600
        return _commits(seconds, lambda: cursor.execute("INSERT INTO bare (content) VALUES (%s)", [content]))


def _commits(seconds: float, commit: Callable[[], object]) -> float:
    commit()  # the first one connects and prepares
    began, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds:
        commit()
        count += 1
    return count / spent


def _seal(crowd: "Population") -> float:
    from consent import sealing
    from consent.models import Unsealed

    waiting = Unsealed.objects.count()
    began = time.perf_counter()
    while sealing.seal(crowd.brand.id):
        pass
    return waiting / (time.perf_counter() - began)


def _settle() -> None:
    """What a server's autovacuum has done long before anybody verifies."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _verify() -> dict[str, float | None]:
    from consent import signing, verifying
    from consent.models import ConsentEvent

    events = ConsentEvent.objects.count()
    copied = [_copied(table) for table in TABLES]
    report = verifying.verify(
        believed=[key.public_key for key in signing.configured()], with_subscriptions=False
    )
    assert report.findings == [], report.findings[:3]
    copied = [min(pair) for pair in zip(copied, [_copied(table) for table in TABLES], strict=True)]
    return {
        "verify_rows_per_s": report.rows_per_s,
        "copy_rows_per_s": events / sum(copied),
        "to_copy_of_events": report.rows_per_s / (events / copied[0]),
        "usual_rows_per_s": _verified_by_orm(),
    }


def _copied(table: str) -> float:
    """Seconds that a bare COPY with the SHA-256 of each line takes."""
    from django.db import connection

    began = time.perf_counter()
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
        for line in copy:
            hashlib.sha256(line).digest()
    return time.perf_counter() - began


def _verified_by_orm() -> float:
    from consent import ledger
    from consent.models import ConsentEvent

    began, count = time.perf_counter(), 0
    for event in ConsentEvent.objects.order_by("point_id", "seq")[:USUAL].iterator():
        assert ledger.hash_of(event) == event.hash
        count += 1
    return count / (time.perf_counter() - began)


def _look_up(crowd: "Population") -> dict[str, float | None]:
    from consent import history
    from contacts import clock
    from contacts.models import ContactPoint

    dice = random.Random(7)
    points = ContactPoint.objects.in_bulk([dice.choice(crowd.people)[1] for _ in range(LOOKED_UP)])
    moment = clock.now() - dt.timedelta(seconds=1)
    spent = []
    for point in points.values():
        began = time.perf_counter()
        history.replay(history.events_of(point, until=moment))
        spent.append((time.perf_counter() - began) * 1000)
    spent.sort()
    return {"look_up_p50_ms": spent[len(spent) // 2], "look_up_p99_ms": spent[len(spent) * 99 // 100]}


def _receipt(crowd: "Population", directory: Path) -> dict[str, float | None]:
    from consent import receipts, signing
    from consent.models import ConsentEvent

    point_id = random.Random(7).choice(crowd.people)[1]
    events = list(ConsentEvent.objects.filter(point_id=point_id))
    began = time.perf_counter()
    made = [receipts.receipt(event, with_evidence=True) for event in events]
    spent = (time.perf_counter() - began) / len(made)
    file = directory / "receipt.json"
    file.write_text(json.dumps(made[0]), encoding="utf-8")
    script = [
        sys.executable,
        "-I",
        "tools/verify_receipt.py",
        str(file),
        "--key",
        signing.configured()[0].public_key,
    ]
    began = time.perf_counter()
    checked = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return {
        "receipt_made_ms": spent * 1000,
        "receipt_bytes": file.stat().st_size,
        "receipt_verify_ms": (time.perf_counter() - began) * 1000,
    }


if __name__ == "__main__":
    main()
