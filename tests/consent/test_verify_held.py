"""History rewritten perfectly, key and all: tree heads that others hold still show it."""

import json
from pathlib import Path
from typing import Any

import pytest

from consent import sealing, signing
from consent.models import Seal
from tests.cast import Cast
from tests.ledger_story import event, exported, found, kinds, lived_in, rebuild_tree, rechain, tamper, verify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def held(tmp_path: Path, heads: list[dict[str, Any]]) -> str:
    file = tmp_path / "heads.jsonl"
    file.write_text("".join(f"{json.dumps(head)}\n" for head in heads))
    return str(file)


def test_a_rewritten_tree_with_the_stolen_key_is_found_by_a_head_held_outside(
    acme: Cast, tmp_path: Path
) -> None:
    point = lived_in(acme)[0]
    heads = held(tmp_path, exported(acme))
    tamper("UPDATE consent_consentevent SET act = 'held' WHERE point_id = %s AND seq = 2", point.id)
    rechain(point)
    rebuild_tree(acme, signing.configured()[0])
    assert verify("--no-subscriptions")["is_whole"], "the forgery is perfect from the inside"
    told = verify("--no-subscriptions", "--heads", heads)
    [finding] = told["findings"]
    assert (finding["kind"], finding["row"]) == ("held_head_wrong", f"{heads} line 2")
    first, last = Seal.objects.get(position=5).event_id, Seal.objects.get(position=9).event_id
    assert f"from event {first} at place 5 to event {last} at place 9" in finding["said"]


def test_with_a_head_held_for_every_event_the_row_itself_is_named(acme: Cast, tmp_path: Path) -> None:
    points = []
    for _ in range(4):
        points.append(acme.person())
        sealing.seal(acme.brand.id)
    heads = held(tmp_path, exported(acme))
    tamper("UPDATE consent_consentevent SET actor = 'system' WHERE point_id = %s", points[2].id)
    rechain(points[2])
    rebuild_tree(acme, signing.configured()[0])
    told = verify("--heads", heads)
    assert found(told, "held_head_wrong") == [f"{heads} line 3", f"{heads} line 4"]
    assert f"changed since is event {event(points[2], 1).id} at place 2" in told["findings"][0]["said"]


def test_a_log_whose_end_was_cut_off_with_all_that_speaks_of_it_is_found_by_a_head_held_outside(
    acme: Cast, tmp_path: Path
) -> None:
    points = lived_in(acme)
    heads = held(tmp_path, exported(acme))
    cut = list(Seal.objects.filter(position__gte=5).values_list("event_id", flat=True))
    for statement in (
        "DELETE FROM consent_evidence WHERE event_id = ANY(%s)",
        "DELETE FROM consent_seal WHERE event_id = ANY(%s)",
        "DELETE FROM consent_consentevent WHERE id = ANY(%s)",
    ):
        tamper(statement, cut)
    tamper("DELETE FROM consent_treehead WHERE size > 5")
    tamper("UPDATE consent_treetile SET hashes = substring(hashes FROM 1 FOR 160)")
    assert verify("--no-subscriptions")["is_whole"], "the forgery is perfect from the inside"
    told = verify("--heads", heads)
    assert found(told, "held_head_longer") == [f"{heads} line 2"]
    assert "subscription_differs" in kinds(told)  # they were forgotten
    assert len(points) == 5


@pytest.mark.parametrize("change", [
    {"root": "ab" * 32}, {"size": 4}, {"signature": "00" * 64}, {"public_key": "11" * 32}, {"signature": "none"},
])  # fmt: skip
def test_an_altered_held_head_is_no_head_of_ours(acme: Cast, tmp_path: Path, change: dict[str, Any]) -> None:
    lived_in(acme)
    heads = held(tmp_path, [exported(acme)[0] | change])
    assert kinds(verify("--heads", heads)) == {"held_head_unknown"}
