"""A large ledger is verified by several processes at once, and they find what one would."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError
from django.db import connection

from consent import sealing, verifying, verifying_jobs, verifying_parts
from consent.models import Act
from tests import part_readers
from tests.cast import Cast
from tests.ledger_story import event, lived_in, record, tamper, verify
from tests.people import many

# The other processes see only what is committed.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on a few events are enough for several processes, however few processors the machine has."""
    monkeypatch.setattr(verifying_parts, "EVENTS_A_PART", 2)
    monkeypatch.setattr(verifying_parts, "SAMPLED_PERCENT", 100)
    monkeypatch.setattr(os, "cpu_count", lambda: 3)


def test_several_processes_find_what_one_finds(acme: Cast, request: pytest.FixtureRequest) -> None:
    points = lived_in(acme)
    record(points[4], Act.REVOKED, evidence={"text": 'said "stop\\"', "sum": 1e16})
    record(points[4], Act.EVIDENCE_DELETED)
    tamper("DELETE FROM consent_evidence WHERE event_id = %s", event(points[4], 3).id)
    tamper("DELETE FROM consent_evidence WHERE event_id = %s", event(points[3], 1).id)
    tamper("UPDATE consent_consentevent SET actor = 'nobody' WHERE id = %s", event(points[0], 2).id)
    tamper("DELETE FROM consent_consentevent WHERE id = %s", event(points[0], 1).id)
    tamper("UPDATE consent_seal SET position = 9999 WHERE event_id = %s", event(points[2], 1).id)
    alone = verify()
    assert len(verifying_parts.spans(acme.brand.id, alone["events"])) == 1
    request.getfixturevalue("parts")
    assert len(verifying_parts.spans(acme.brand.id, alone["events"])) > 2
    together = verify()
    for told in (alone, together):
        told["findings"].sort(key=str)
        told.pop("seconds"), told.pop("rows_per_s")
    assert {"event_changed", "event_gone", "evidence_gone", "seal_gone"} <= {
        finding["kind"] for finding in alone["findings"]
    }
    assert together == alone


@pytest.mark.parametrize("statement", [
    "UPDATE consent_treetile SET hashes = set_byte(hashes, 33, 1 + get_byte(hashes, 33) %% 255) WHERE index = 1",
    "UPDATE consent_treetile SET hashes = substring(hashes FROM 1 FOR 64) WHERE index = 0 AND level = 0",
    "DELETE FROM consent_treetile WHERE index = 1",
    "UPDATE consent_treetile SET index = 9 - index WHERE level = 0",
    "UPDATE consent_treetile SET hashes = set_byte(hashes, 0, 1 + get_byte(hashes, 0) %% 255) WHERE level = 1",
    "DELETE FROM consent_seal WHERE position IN (3, 300, 301, 599)",
    "UPDATE consent_seal SET position = 700 WHERE position = 300",
    "UPDATE consent_treehead SET root = repeat('ab', 32) WHERE size = 300",
])  # fmt: skip
def test_a_tree_of_several_tiles_is_judged_as_one_process_does(
    acme: Cast, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.setattr(sealing, "PAGE", 100)
    monkeypatch.setattr(verifying_parts, "TILES_A_RANGE", 1)
    many(acme, 600)
    sealing.seal_due()
    tamper(statement)
    alone = verify("--no-subscriptions")
    assert alone["findings"]
    request.getfixturevalue("parts")
    monkeypatch.setattr(verifying_parts, "EVENTS_A_PART", 200)
    together = verify("--no-subscriptions")
    assert sorted(map(str, together["findings"])) == sorted(map(str, alone["findings"]))


@pytest.mark.usefixtures("parts")
def test_every_part_is_counted_once(acme: Cast) -> None:
    lived_in(acme)
    steps: list[int] = []
    report = verifying.verify(
        believed=[], progress=lambda stage, done, _: steps.append(done) if stage == "events" else None
    )
    assert report.events == sum(steps) == 10
    assert len(steps) > 2


@pytest.mark.usefixtures("parts")
@pytest.mark.parametrize(("reader", "trouble"), [
    (part_readers.dies, "ended before it was done"), (part_readers.dies_at_the_tree, "ended before it was done"),
    (part_readers.loses_the_database, "could not be read"),
])  # fmt: skip
def test_a_process_that_fails_is_an_error_and_never_a_ledger_that_is_whole(
    acme: Cast, monkeypatch: pytest.MonkeyPatch, reader: object, trouble: str
) -> None:
    lived_in(acme)
    monkeypatch.setattr(verifying_jobs, "run", reader)
    with pytest.raises(CommandError, match=trouble) as error:
        verify()
    assert error.value.returncode == 2


@pytest.mark.usefixtures("parts")
def test_no_process_keeps_its_snapshot_open_afterwards(acme: Cast) -> None:
    lived_in(acme)
    assert verify()["is_whole"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state LIKE 'idle in transaction%'"
        )
        assert cursor.fetchone() == (0,)


def test_a_process_that_reads_a_part_does_not_load_django() -> None:
    said = "import sys, consent.verifying_jobs; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0
