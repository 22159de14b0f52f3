"""A sealed ledger with every kind of history in it, and a hand that tampers with it as a database superuser."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db import connection

from consent import chain, heads, ledger, merkle, sealing, signing
from consent.models import Act, ConsentEvent, Method, Seal, TreeHead
from contacts.models import ContactPoint
from tests.cast import Cast


def lived_in(acme: Cast, people: int = 5) -> list[ContactPoint]:
    """People who agreed, of whom some left, paused and came back; all of it is sealed, in two heads."""
    points = [acme.person() for _ in range(people)]
    sealing.seal(acme.brand.id)
    for point in points[::2]:
        acme.stop(point)
    record(points[0], Act.RESUMED, evidence={"text": "START"})
    record(points[1], Act.PAUSED, Method.PREFERENCES)
    sealing.seal(acme.brand.id)
    return points


def record(point: ContactPoint, act: str, method: str = Method.KEYWORD, **fields: Any) -> ConsentEvent:
    return ledger.record(ledger.Entry(point_id=point.id, act=act, method=method, actor="customer", **fields))


@contextmanager
def as_superuser() -> Iterator[Any]:
    """A cursor past every trigger, those of foreign keys included."""
    with connection.cursor() as cursor:
        # What was recorded before is checked now, as at its commit; what is done here is checked by nobody.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def tamper(statement: str, *parameters: Any) -> None:
    with as_superuser() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount, "the tampering must hit something"


def verify(*arguments: str) -> dict[str, Any]:
    """What `consent_verify --json` says; its exit code agrees with it."""
    out, code = io.StringIO(), 0
    try:
        call_command("consent_verify", "--json", *arguments, stdout=out, stderr=io.StringIO())
    except SystemExit as exit_:
        code = int(exit_.code or 0)
    told: dict[str, Any] = json.loads(out.getvalue())
    assert (code == 0) is told["is_whole"]
    return told


def kinds(told: dict[str, Any]) -> set[str]:
    return {finding["kind"] for finding in told["findings"]}


def found(told: dict[str, Any], kind: str) -> list[str]:
    """The rows that a finding of this kind names."""
    return [finding["row"] for finding in told["findings"] if finding["kind"] == kind]


def event(point: ContactPoint, seq: int) -> ConsentEvent:
    """One event of a number's chain."""
    return ConsentEvent.objects.get(point=point, seq=seq)


def rechain(point: ContactPoint) -> None:
    """Give a number's events fresh hashes and links, as one who knows the code would after a change."""
    previous = ""
    for event in ConsentEvent.objects.filter(point=point).order_by("seq"):
        event.previous_hash = previous
        event.hash = previous = ledger.hash_of(event)
        tamper("UPDATE consent_consentevent SET previous_hash = %s, hash = %s WHERE id = %s",
               event.previous_hash, event.hash, event.id)  # fmt: skip


def rebuild_tree(acme: Cast, key: signing.Key | None = None) -> None:
    """Make tiles and heads fit the events as they are now; signed anew with `key`, or signatures left as they were."""
    leaves = [
        merkle.leaf_hash(bytes.fromhex(digest))
        for digest in Seal.objects.filter(brand=acme.brand)
        .order_by("position")
        .values_list("event__hash", flat=True)
    ]
    assert len(leaves) <= 256, "one tile is enough for a test"
    tamper("UPDATE consent_treetile SET hashes = %s WHERE brand_id = %s", b"".join(leaves), acme.brand.id)
    for head in TreeHead.objects.filter(brand=acme.brand):
        root = merkle.root(leaves[: head.size]).hex()
        content = signing.head_content(head.brand_id, head.size, root, chain.moment(head.signed_at))
        signature = key.sign(signing.head_message(content)) if key else head.signature
        tamper(
            "UPDATE consent_treehead SET root = %s, signature = %s WHERE id = %s", root, signature, head.id
        )


def exported(acme: Cast) -> list[dict[str, Any]]:
    """The heads as witnesses were given them."""
    found = TreeHead.objects.filter(brand=acme.brand).select_related("key").order_by("size")
    return [heads.told(head) for head in found]
