"""Somebody with every right in the database changes history: each way is found, and the row is named."""

import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent import ledger, signing
from consent.models import Act, ConsentEvent, Evidence, Seal, SigningKey, TreeHead
from tests.cast import Cast
from tests.ledger_story import (
    as_superuser,
    event,
    found,
    kinds,
    lived_in,
    rebuild_tree,
    rechain,
    record,
    tamper,
    verify,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


CHANGES = {
    "act": "granted",
    "method": "agent",
    "actor": 'user:1"}',
    "basis": "soft_opt_in",
    "purposes": ["marketing:forged"],
    "occurred_at": "2020-01-01T00:00:00Z",
    "recorded_at": "2020-01-01T00:00:00Z",
    "until": "2030-01-01T00:00:00Z",
    "contact_id": uuid.UUID(int=7),
    "program_id": uuid.UUID(int=8),
    "disclosure_id": uuid.UUID(int=9),
    "evidence_commitment": "ab" * 32,
    "previous_hash": "cd" * 32,
    "hash": "ef" * 32,
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_row_is_named(acme: Cast, column: str) -> None:
    target = event(lived_in(acme)[0], 2)
    tamper(f"UPDATE consent_consentevent SET {column} = %s WHERE id = %s", CHANGES[column], target.id)
    told = verify()
    assert found(told, "event_changed") == [str(target.id)]
    [finding] = [each for each in told["findings"] if each["kind"] == "event_changed"]
    assert (finding["table"], finding["seq"]) == ("consent_consentevent", 2)
    assert finding["number"].startswith("+12")
    assert "…" in finding["number"]


def test_every_column_of_the_event_is_tried() -> None:
    names = {field.attname for field in ConsentEvent._meta.concrete_fields}
    moved = {"id", "brand_id", "point_id", "seq"}  # these have tests of their own
    assert names == set(CHANGES) | moved


def test_an_event_moved_to_another_number_is_named(acme: Cast) -> None:
    points = lived_in(acme)
    target = event(points[2], 2)
    tamper("UPDATE consent_consentevent SET point_id = %s, seq = 9 WHERE id = %s", points[3].id, target.id)
    told = verify()
    assert found(told, "event_changed") == [str(target.id)]
    assert str(target.id) in found(told, "event_gone")  # before it, events are missing


def test_an_event_moved_to_another_brand_is_named(acme: Cast, rival: Cast) -> None:
    target = event(lived_in(acme)[3], 1)
    tamper("UPDATE consent_consentevent SET brand_id = %s WHERE id = %s", rival.brand.id, target.id)
    told = verify()
    assert found(told, "event_changed") == [str(target.id)]
    assert found(told, "event_gone") == []  # the row itself is there
    assert found(told, "leaf_differs") == [str(target.id)]


def test_a_changed_id_is_named(acme: Cast) -> None:
    target = event(lived_in(acme)[3], 1)
    tamper("UPDATE consent_consentevent SET id = %s WHERE id = %s", uuid.UUID(int=5), target.id)
    told = verify()
    assert found(told, "event_changed") == [str(uuid.UUID(int=5))]
    assert str(target.id) in found(told, "event_gone")


def test_a_deleted_event_is_named_with_its_place(acme: Cast) -> None:
    points = lived_in(acme)
    gone, after = event(points[0], 2), event(points[0], 3)
    tamper("DELETE FROM consent_consentevent WHERE id = %s", gone.id)
    told = verify()
    assert found(told, "event_gone") == [str(after.id), str(gone.id)]
    said = {finding["row"]: finding["said"] for finding in told["findings"]}
    assert said[str(after.id)] == "event 2 is missing before it"
    assert said[str(gone.id)] == "it was sealed at place 5, and is not there any more"


def test_a_deleted_tail_of_a_number_is_found_even_without_its_seal_and_evidence(acme: Cast) -> None:
    point = lived_in(acme)[0]
    gone = event(point, 3)
    place = Seal.objects.get(event=gone).position
    tamper("DELETE FROM consent_evidence WHERE event_id = %s", gone.id)
    tamper("DELETE FROM consent_seal WHERE event_id = %s", gone.id)
    tamper("DELETE FROM consent_consentevent WHERE id = %s", gone.id)
    told = verify()
    assert found(told, "seal_gone") == [f"place {place}"]
    assert "subscription_differs" in kinds(told)


def test_two_swapped_events_are_both_named(acme: Cast) -> None:
    point = lived_in(acme)[0]
    second, third = event(point, 2), event(point, 3)
    tamper("UPDATE consent_consentevent SET seq = 99 WHERE id = %s", second.id)
    tamper("UPDATE consent_consentevent SET seq = 2 WHERE id = %s", third.id)
    tamper("UPDATE consent_consentevent SET seq = 3 WHERE id = %s", second.id)
    assert set(found(verify(), "event_changed")) == {str(second.id), str(third.id)}


def test_two_swapped_places_in_the_log_are_both_named(acme: Cast) -> None:
    point = lived_in(acme)[0]
    one, other = event(point, 1), event(point, 2)
    tamper("UPDATE consent_seal SET position = 99 WHERE event_id = %s", one.id)
    tamper("UPDATE consent_seal SET position = 5 WHERE event_id = %s", other.id)
    tamper("UPDATE consent_seal SET position = 0 WHERE event_id = %s", other.id)
    tamper("UPDATE consent_seal SET position = 5 WHERE event_id = %s", one.id)
    assert set(found(verify(), "leaf_differs")) == {str(one.id), str(other.id)}


def test_a_place_that_two_events_claim_is_named_with_both(acme: Cast) -> None:
    point = lived_in(acme)[0]
    one, other = event(point, 1), event(point, 2)
    with as_superuser() as cursor:
        cursor.execute("ALTER TABLE consent_seal DROP CONSTRAINT seal_one_per_position")
    tamper("UPDATE consent_seal SET position = 0 WHERE event_id = %s", other.id)
    told = verify()
    assert "place 0" in found(told, "seal_gone")
    [said] = [each["said"] for each in told["findings"] if each["row"] == "place 0"]
    assert {str(one.id), str(other.id)} <= {*said.replace(",", "").split()}


def forged(like: ConsentEvent, **fields: Any) -> ConsentEvent:
    """An event beside the ledger, with a hash of its own that fits."""
    made = ConsentEvent(**{
        field.attname: getattr(like, field.attname) for field in ConsentEvent._meta.concrete_fields
    } | {"id": uuid.UUID(int=77)} | fields)  # fmt: skip
    made.hash = ledger.hash_of(made)
    names = [field.attname for field in ConsentEvent._meta.concrete_fields]
    places = ", ".join(["%s"] * len(names))
    tamper(
        f"INSERT INTO consent_consentevent ({', '.join(names)}) VALUES ({places})",
        *(getattr(made, name) for name in names),
    )
    return made


def test_an_event_put_into_the_past_is_named(acme: Cast) -> None:
    point = lived_in(acme)[0]
    tamper("UPDATE consent_consentevent SET seq = seq + 1 WHERE point_id = %s AND seq = 3", point.id)
    tamper("UPDATE consent_consentevent SET seq = seq + 1 WHERE point_id = %s AND seq = 2", point.id)
    first = event(point, 1)
    put_in = forged(first, seq=2, previous_hash=first.hash)
    told = verify()
    assert {str(event(point, 3).id), str(event(point, 4).id)} <= set(found(told, "event_changed"))
    assert str(event(point, 3).id) in found(told, "link_broken")
    rechain(point)
    told = verify()
    assert set(found(told, "leaf_differs")) == {str(event(point, 3).id), str(event(point, 4).id)}
    assert put_in.id not in {row.event_id for row in Seal.objects.all()}


def test_an_event_put_past_the_ledger_at_the_end_is_not_sealed_and_found(acme: Cast, noon: Any) -> None:
    point = lived_in(acme)[3]
    first = event(point, 1)
    put_in = forged(first, seq=2, previous_hash=first.hash, act=Act.CONFIRMED, evidence_commitment="")
    assert "not_sealed" not in kinds(verify())
    noon.shift(301)
    assert found(verify(), "not_sealed") == [str(put_in.id)]


def test_changed_evidence_is_named(acme: Cast) -> None:
    target = event(lived_in(acme)[1], 1)
    tamper(
        "UPDATE consent_evidence SET data = data || %s WHERE event_id = %s",
        '{"ip": "198.51.100.1"}',
        target.id,
    )
    assert found(verify(), "evidence_changed") == [str(target.id)]


def test_a_changed_salt_is_named(acme: Cast) -> None:
    target = event(lived_in(acme)[1], 1)
    tamper("UPDATE consent_evidence SET salt = 'no hex' WHERE event_id = %s", target.id)
    assert found(verify(), "evidence_changed") == [str(target.id)]


def test_deleted_evidence_is_named_unless_the_ledger_says_that_it_was_erased(acme: Cast) -> None:
    points = lived_in(acme)
    Evidence.objects.filter(event__point__in=points[1:3]).delete()
    assert set(found(verify("--no-subscriptions"), "evidence_gone")) == {
        str(event(points[1], 1).id),
        str(event(points[2], 1).id),
    }
    record(points[1], Act.ERASED, "system")
    assert found(verify("--no-subscriptions"), "evidence_gone") == [str(event(points[2], 1).id)]


def test_evidence_that_was_put_in_later_is_named(acme: Cast) -> None:
    target = event(lived_in(acme)[2], 2)
    Evidence.objects.create(event=target, brand=acme.brand, salt="00" * 32, data={"text": "STOP"})
    assert found(verify(), "evidence_added") == [str(target.id)]


def test_a_changed_disclosure_is_named(acme: Cast) -> None:
    lived_in(acme)
    tamper("UPDATE consent_disclosure SET text = 'other' WHERE id = %s", acme.disclosure.id)
    assert found(verify(), "disclosure_changed") == [str(acme.disclosure.id)]


def test_a_disclosure_changed_with_its_digest_breaks_the_events_that_showed_it(acme: Cast) -> None:
    points = lived_in(acme)
    digest = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"  # of "other"
    tamper(
        "UPDATE consent_disclosure SET text = 'other', sha256 = %s WHERE id = %s", digest, acme.disclosure.id
    )
    told = verify()
    assert found(told, "disclosure_changed") == []
    assert set(found(told, "event_changed")) == {str(event(point, 1).id) for point in points}


def test_a_rechained_number_differs_from_what_was_sealed(acme: Cast) -> None:
    point = lived_in(acme)[0]
    tamper("UPDATE consent_consentevent SET act = 'held' WHERE point_id = %s AND seq = 2", point.id)
    rechain(point)
    told = verify()
    assert set(found(told, "leaf_differs")) == {str(event(point, seq).id) for seq in (2, 3)}
    assert "event_changed" not in kinds(told)
    assert "head_wrong" not in kinds(told)  # the stored tree is still the one that was signed


def test_a_rewritten_tree_without_the_key_has_no_signature(acme: Cast) -> None:
    point = lived_in(acme)[0]
    tamper("UPDATE consent_consentevent SET act = 'held' WHERE point_id = %s AND seq = 2", point.id)
    rechain(point)
    rebuild_tree(acme)
    told = verify("--no-subscriptions")
    newest = TreeHead.objects.get(size=10)
    assert found(told, "head_unsigned") == [f"{newest.id}, of 10 entries"]
    assert kinds(told) == {"head_unsigned"}


def test_a_tree_signed_with_a_key_of_the_tamperers_own_is_not_believed(acme: Cast) -> None:
    point = lived_in(acme)[0]
    tamper("UPDATE consent_consentevent SET act = 'held' WHERE point_id = %s AND seq = 2", point.id)
    rechain(point)
    own = signing.Key(Ed25519PrivateKey.generate())
    rebuild_tree(acme, own)
    tamper("UPDATE consent_signingkey SET id = %s, public_key = %s", own.id, own.public_key)
    tamper("UPDATE consent_treehead SET key_id = %s", own.id)
    told = verify("--no-subscriptions")
    assert found(told, "key_unknown") == [own.id]
    assert found(told, "head_unsigned") == [f"{TreeHead.objects.get(size=10).id}, of 10 entries"]


def test_a_key_that_endorses_the_real_one_cannot_sign_the_newest_head(acme: Cast) -> None:
    """The tamperer knows the real public key, and can let a key of their own vouch for it."""
    lived_in(acme)
    real, own = SigningKey.objects.get(), signing.Key(Ed25519PrivateKey.generate())
    rebuild_tree(acme, own)
    SigningKey.objects.create(id=own.id, public_key=own.public_key, introduced_at=real.introduced_at)
    endorsement = own.sign(signing.endorsement_message(real.public_key))
    tamper("UPDATE consent_signingkey SET endorsed_by_id = %s, endorsement = %s WHERE id = %s",
           own.id, endorsement, real.id)  # fmt: skip
    tamper("UPDATE consent_treehead SET key_id = %s", own.id)
    assert kinds(verify()) == {"head_unsigned"}


def test_a_cut_that_forgets_the_tiles_is_found(acme: Cast) -> None:
    lived_in(acme)
    tamper("DELETE FROM consent_treehead WHERE size > 5")
    assert "head_gone" in kinds(verify())


def test_a_changed_tile_is_told_from_a_changed_event(acme: Cast) -> None:
    lived_in(acme)
    tamper("UPDATE consent_treetile SET hashes = set_byte(hashes, 33, 1 + get_byte(hashes, 33) %% 255)")
    assert {"leaf_differs", "head_wrong"} <= kinds(verify())


@pytest.mark.parametrize("statement", [
    "UPDATE consent_treetile SET hashes = substring(hashes FROM 1 FOR 64)",
    "DELETE FROM consent_treetile",
    "INSERT INTO consent_treetile (brand_id, level, index, hashes) SELECT brand_id, 0, 7, hashes FROM consent_treetile",
    "INSERT INTO consent_treetile (brand_id, level, index, hashes) SELECT brand_id, 5, 0, hashes FROM consent_treetile",
])  # fmt: skip
def test_tiles_that_do_not_follow_from_the_leaves_are_named(acme: Cast, statement: str) -> None:
    lived_in(acme)
    tamper(statement)
    assert kinds(verify()) == {"tree_changed"}


@pytest.mark.parametrize(("statement", "kind"), [
    ("UPDATE consent_treehead SET root = repeat('ab', 32) WHERE size = 5", "head_wrong"),
    ("UPDATE consent_treehead SET signature = repeat('ab', 64) WHERE size = 5", "head_unsigned"),
    ("UPDATE consent_treehead SET signed_at = signed_at + interval '1 day' WHERE size = 5", "head_unsigned"),
    ("UPDATE consent_treehead SET size = 4 WHERE size = 5", "head_wrong"),
    ("UPDATE consent_signingkey SET public_key = repeat('ab', 32)", "key_unknown"),
    ("UPDATE consent_subscription SET status = 'active', closed_by = '{}'", "subscription_differs"),
])  # fmt: skip
def test_what_is_built_on_the_events_is_checked_too(acme: Cast, statement: str, kind: str) -> None:
    lived_in(acme)
    tamper(statement)
    assert kind in kinds(verify())


def test_an_event_deleted_before_it_was_sealed_is_named(acme: Cast) -> None:
    lived_in(acme)
    point = acme.person()
    gone = event(point, 1)
    tamper("DELETE FROM consent_evidence WHERE event_id = %s", gone.id)
    tamper("DELETE FROM consent_consentevent WHERE id = %s", gone.id)
    assert found(verify(), "event_gone") == [str(gone.id)]


def test_evidence_that_strays_is_not_hidden_by_other_evidence_that_is_missed(acme: Cast, rival: Cast) -> None:
    points = lived_in(acme)
    gone = event(acme.person(), 1)
    tamper("DELETE FROM consent_unsealed WHERE event_id = %s", gone.id)
    tamper("DELETE FROM consent_consentevent WHERE id = %s", gone.id)
    tamper(
        "UPDATE consent_evidence SET brand_id = %s WHERE event_id = %s",
        rival.brand.id,
        event(points[1], 1).id,
    )
    assert found(verify("--no-subscriptions"), "event_gone") == [str(gone.id)]
