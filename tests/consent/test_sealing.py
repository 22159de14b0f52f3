"""Sealing: every event gets one place, the tree grows by it, and the head is signed."""

import datetime as dt
import json
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from consent import merkle, sealing, signing
from consent.models import ConsentEvent, Seal, SigningKey, TreeHead, TreeTile, Unsealed
from consent.tasks import seal as seal_task
from consent.tiles import Tiles
from contacts.models import Brand
from tests.cast import Cast
from tests.ledger_story import tamper
from tests.people import many

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def leaves(brand: Brand) -> list[bytes]:
    """The leaf hashes by the definition: each event's hash, in the order of the places."""
    hashes = Seal.objects.filter(brand=brand).order_by("position").values_list("event__hash", flat=True)
    return [merkle.leaf_hash(bytes.fromhex(digest)) for digest in hashes]


def test_new_events_get_places_in_the_order_in_which_they_were_recorded(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    points = [acme.person() for _ in range(3)]
    noon.shift(1)
    acme.stop(points[0])
    head = sealing.seal(acme.brand.id)
    assert head is not None
    assert head.size == 4
    in_order = ConsentEvent.objects.order_by("recorded_at", "id").values_list("id", flat=True)
    assert list(Seal.objects.order_by("position").values_list("event_id", flat=True)) == list(in_order)
    assert list(Seal.objects.order_by("position").values_list("position", flat=True)) == [0, 1, 2, 3]
    assert head.root == merkle.root(leaves(acme.brand)).hex()
    assert not Unsealed.objects.exists()


def test_with_nothing_new_there_is_no_new_head(acme: Cast) -> None:
    assert sealing.seal(acme.brand.id) is None
    acme.person()
    assert sealing.seal(acme.brand.id)
    assert sealing.seal(acme.brand.id) is None
    assert TreeHead.objects.count() == 1


def test_each_brand_has_a_log_of_its_own(acme: Cast, rival: Cast) -> None:
    acme.person()
    for _ in range(2):
        rival.person()
    assert sealing.seal_due() == 2
    assert dict(TreeHead.objects.values_list("brand__slug", "size")) == {"acme": 1, "rival": 2}
    assert list(Seal.objects.filter(brand=rival.brand).values_list("position", flat=True)) == [0, 1]


def test_an_event_that_commits_late_comes_after_those_that_are_sealed(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    """Its moment lies before theirs: it was recorded in a transaction that took long."""
    first = acme.person()
    sealing.seal(acme.brand.id)
    noon.shift(dt.timedelta(hours=-3))
    late = acme.person()
    head = sealing.seal(acme.brand.id)
    assert head is not None
    assert head.size == 2
    assert Seal.objects.get(position=1).event.point_id == late.id
    assert Seal.objects.get(position=0).event.point_id == first.id


def test_a_backlog_is_sealed_in_pages(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "PAGE", 300)
    many(acme, 1000)
    assert sealing.seal_due() == 4
    expected = leaves(acme.brand)
    for head in TreeHead.objects.all():
        assert head.root == merkle.root(expected[: head.size]).hex()
    assert sorted(TreeHead.objects.values_list("size", flat=True)) == [300, 600, 900, 1000]


def test_the_stored_tree_gives_every_subtree_and_every_proof(
    acme: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(sealing, "PAGE", 170)
    many(acme, 600)
    sealing.seal_due()
    expected = leaves(acme.brand)
    read = Tiles(acme.brand.id).read
    for level in range(10):
        for index in range(600 >> level):
            assert read(level, index) == merkle.root(expected[index << level : (index + 1) << level])
    for position in (0, 255, 256, 511, 512, 599):
        with django_assert_max_num_queries(4):
            path = merkle.inclusion_path(600, position, sealing.reader(acme.brand.id))
        root = bytes.fromhex(TreeHead.objects.get(size=600).root)
        assert merkle.check_inclusion(expected[position], position, 600, path, root)
    path = merkle.consistency_path(170, 600, read)
    assert merkle.check_consistency(170, 600, merkle.root(expected[:170]), merkle.root(expected), path)


def test_the_stored_tree_does_not_pretend_to_reach_further(acme: Cast) -> None:
    many(acme, 5)
    sealing.seal(acme.brand.id)
    with pytest.raises(LookupError, match="no subtree 5 at level 0"):
        Tiles(acme.brand.id).read(0, 5)


def test_the_rows_of_hashes_have_256_each(acme: Cast) -> None:
    many(acme, 520)
    sealing.seal(acme.brand.id)
    sizes = {
        (tile.level, tile.index): len(tile.hashes) // 32 for tile in TreeTile.objects.filter(brand=acme.brand)
    }
    assert sizes == {(0, 0): 256, (0, 1): 256, (0, 2): 8, (1, 0): 2}


def test_the_signature_covers_brand_size_root_and_time(acme: Cast) -> None:
    acme.person()
    head = sealing.seal(acme.brand.id)
    assert head is not None
    message = (
        b"smsapp tree head v1\n"
        + json.dumps(
            {
                "brand": str(acme.brand.id),
                "root": head.root,
                "signed_at": "2026-11-18T18:00:00.000000Z",
                "size": 1,
            },
            separators=(",", ":"),
        ).encode()
    )
    assert signing.is_signed(message, head.signature, SigningKey.objects.get().public_key)
    assert not signing.is_signed(message.replace(b"v1", b"v2"), head.signature, head.key.public_key)


@pytest.mark.parametrize("damage", [
    "UPDATE consent_treetile SET hashes = set_byte(hashes, 3, 255 - get_byte(hashes, 3))",
    "UPDATE consent_treetile SET hashes = substring(hashes FROM 1 FOR 64)",
    "DELETE FROM consent_treetile",
    "DELETE FROM consent_treehead",
    "UPDATE consent_seal SET position = 9 WHERE position = 2",
])  # fmt: skip
def test_nothing_is_sealed_on_top_of_a_broken_tree_and_other_brands_go_on(
    acme: Cast, rival: Cast, damage: str
) -> None:
    many(acme, 3)
    sealing.seal(acme.brand.id)
    tamper(damage)
    acme.person()
    rival.person()
    with pytest.raises(sealing.BrokenTree):
        sealing.seal(acme.brand.id)
    assert sealing.seal_due() == 1
    assert Unsealed.objects.filter(brand=acme.brand).count() == 1


def test_the_task_seals(acme: Cast) -> None:
    acme.person()
    assert seal_task() == 1


@pytest.mark.parametrize("statement", [
    "UPDATE consent_seal SET position = 7", "DELETE FROM consent_seal", "TRUNCATE consent_seal CASCADE",
    "UPDATE consent_treehead SET size = 7", "DELETE FROM consent_treehead", "TRUNCATE consent_treehead CASCADE",
])  # fmt: skip
def test_the_database_refuses_to_change_seals_and_heads(acme: Cast, statement: str) -> None:
    acme.person()
    sealing.seal(acme.brand.id)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            cursor.execute(statement)


def test_the_command_tells_what_it_sealed(acme: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    acme.person()
    call_command("consent_seal", "--json")
    [told] = json.loads(capsys.readouterr().out)["brands"]
    assert (told["brand"], told["sealed"], told["waiting"], told["head"]["size"]) == ("acme", 1, 0, 1)
    call_command("consent_seal", "--brand", "acme")
    assert capsys.readouterr().out.startswith("acme: 0 events sealed, 0 wait; head of 1 events")


def test_the_command_refuses_an_unknown_brand_and_says_what_is_broken(acme: Cast) -> None:
    with pytest.raises(CommandError, match=r"^--brand: there is no brand 'nobody'"):
        call_command("consent_seal", "--brand", "nobody")
    acme.person()
    sealing.seal(acme.brand.id)
    tamper("DELETE FROM consent_treetile")
    with pytest.raises(CommandError, match=r"does not hold|no subtree"):
        call_command("consent_seal")
