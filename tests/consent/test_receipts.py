"""Receipts: the fields others know, the proof, and what is left out of them."""

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from consent import chain, ledger, merkle, receipts, sealing, signing
from consent.models import Act, Basis, ConsentEvent, Evidence, Method, TreeHead
from contacts.models import ContactPoint
from tests.cast import Cast
from tests.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ADDRESS = "+12125550123"
DAY = dt.timedelta(days=1)


@pytest.fixture
def maria(acme: Cast) -> ContactPoint:
    """Agreed a month ago, and that is sealed."""
    point = acme.person(ADDRESS)
    sealing.seal(acme.brand.id)
    return point


def first(point: ContactPoint) -> ConsentEvent:
    return ConsentEvent.objects.get(point=point, seq=1)


def command(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_it_has_the_fields_of_kantara(acme: Cast, maria: ContactPoint) -> None:
    event = first(maria)
    made = receipts.receipt(event)
    [purpose] = made["services"][0].pop("purposes")
    assert {name: made[name] for name in list(made)[:12]} == {
        "version": "KI-CR-v1.1.0",
        "jurisdiction": "US",
        "consentTimestamp": int((NOON - 30 * DAY).timestamp()),
        "collectionMethod": "Web form",
        "consentReceiptID": str(event.id),
        "language": "und",
        "piiPrincipalId": f"sms:{ADDRESS}",
        "piiControllers": [
            {"piiController": "Acme Coffee", "contact": "help@acme.example", "address": None,
             "email": "help@acme.example", "phone": None}
        ],
        "policyUrl": "https://acme.example/privacy",
        "services": [{"service": "Acme Coffee Club"}],
        "sensitive": False,
        "spiCat": [],
    }  # fmt: skip
    assert purpose == {
        "purpose": "Recurring marketing texts.",
        "purposeCategory": ["6 - Marketing"],
        "consentType": "EXPLICIT",
        "piiCategory": ["2 - Contact"],
        "primaryPurpose": True,
        "termination": "Until withdrawn",
        "thirdPartyDisclosure": False,
    }


def test_it_has_the_fields_of_iso_27560(acme: Cast, maria: ContactPoint) -> None:
    acme.stop(maria)
    event = ConsentEvent.objects.get(point=maria, seq=2)
    record = receipts.receipt(event)["iso27560"]
    assert (record["schema_version"], record["record_id"]) == ("ISO/IEC TS 27560:2023", str(event.id))
    assert record["event"] == {
        "event_time": "2026-11-18T18:00:00.000000Z",
        "validity_duration": "Until withdrawn",
        "entity_id": "customer",
        "event_type": "EXPLICIT",
        "event_state": "ConsentWithdrawn",
    }


def test_what_is_limited_says_so(acme: Cast, maria: ContactPoint) -> None:
    acme.grant(maria, basis=Basis.IMPLIED_PURCHASE, until=NOON + DAY)
    made = receipts.receipt(ConsentEvent.objects.get(point=maria, seq=2))
    [purpose] = made["services"][0]["purposes"]
    assert (purpose["consentType"], purpose["termination"]) == (
        "IMPLICIT",
        "Ends 2026-11-19T18:00:00.000000Z",
    )
    assert made["iso27560"]["pii_processing"]["lawful_basis"] == "implied_purchase"


def test_the_proof_leads_from_the_event_to_the_signed_head(acme: Cast, maria: ContactPoint) -> None:
    for _ in range(20):
        acme.person()
    head = sealing.seal(acme.brand.id)
    assert head
    made = receipts.receipt(first(maria))["ledger"]
    assert chain.digest(made["content"]) == made["hash"] == first(maria).hash
    proof = made["proof"]
    assert proof["head"]["root"] == head.root
    assert merkle.check_inclusion(
        merkle.leaf_hash(bytes.fromhex(made["hash"])),
        proof["position"],
        head.size,
        [bytes.fromhex(each) for each in proof["path"]],
        bytes.fromhex(head.root),
    )


def test_it_can_be_proved_against_a_head_that_somebody_holds(acme: Cast, maria: ContactPoint) -> None:
    acme.person()
    sealing.seal(acme.brand.id)
    assert receipts.receipt(first(maria))["ledger"]["proof"]["head"]["size"] == 2
    assert receipts.receipt(first(maria), head_size=1)["ledger"]["proof"]["head"]["size"] == 1
    with pytest.raises(receipts.NoSuchHead, match="no tree head of 7 entries"):
        receipts.receipt(first(maria), head_size=7)


def test_what_is_not_sealed_is_pending_and_has_no_proof(acme: Cast, maria: ContactPoint) -> None:
    acme.stop(maria)
    made = receipts.receipts_of(maria)["receipts"]
    assert [(each["ledger"]["status"], each["ledger"]["proof"] is None) for each in made] == [
        ("sealed", False),
        ("pending", True),
    ]


def test_a_brand_without_any_head_has_only_pending_receipts(rival: Cast) -> None:
    point = rival.person()
    assert receipts.receipt(first(point))["ledger"]["status"] == "pending"


def test_evidence_is_withheld_unless_asked_for(acme: Cast, maria: ContactPoint) -> None:
    withheld = receipts.receipt(first(maria))
    assert withheld["ledger"]["evidence"] == {"status": "withheld"}
    assert "203.0.113.9" not in json.dumps(withheld)
    shown = receipts.receipt(first(maria), with_evidence=True)["ledger"]
    assert shown["evidence"]["data"]["ip"] == "203.0.113.9"
    assert (
        chain.commit_to(shown["evidence"]["data"], shown["evidence"]["salt"]) == shown["content"]["evidence"]
    )


def test_erased_evidence_is_said_to_be_erased(acme: Cast, maria: ContactPoint) -> None:
    acme.stop(maria)
    Evidence.objects.all().delete()
    made = receipts.receipts_of(maria, with_evidence=True)["receipts"]
    assert [each["ledger"]["evidence"] for each in made] == [{"status": "erased"}, {"status": "none"}]


def test_the_disclosure_is_there_word_for_word(acme: Cast, maria: ContactPoint) -> None:
    assert receipts.receipt(first(maria))["ledger"]["disclosure"] == {
        "id": str(acme.disclosure.id),
        "slug": "checkout-2026",
        "version": 1,
        "locale": "",
        "text": "I agree …",
        "sha256": acme.disclosure.sha256,
    }


def test_an_edited_wording_is_missing_rather_than_wrong(acme: Cast, maria: ContactPoint) -> None:
    acme.program.purposes = {"marketing": "Anything at all."}
    acme.program.save()
    made = receipts.receipt(first(maria))
    assert list(made["ledger"]["wordings"].values()) == [None]
    assert made["services"][0]["purposes"][0]["purpose"] == "Marketing"


def test_the_chain_is_as_it_was_known_then(
    acme: Cast, maria: ContactPoint, noon: time_machine.Traveller
) -> None:
    noon.shift(DAY)
    acme.stop(maria)
    assert receipts.receipts_of(maria)["events"] == 2
    then = receipts.receipts_of(maria, at=NOON)
    assert (then["events"], then["known_at"]) == (1, "2026-11-18T18:00:00.000000Z")


def test_one_programs_receipts_say_how_many_there_are_in_all(acme: Cast, maria: ContactPoint) -> None:
    other = type(acme.program).objects.create(
        brand=acme.brand, slug="other", name="Other", purposes={}, created_at=NOON
    )
    ledger.record(
        ledger.Entry(
            point_id=maria.id, program_id=other.id, act=Act.REVOKED, method=Method.AGENT, actor="system"
        )
    )
    acme.stop(maria)
    made = receipts.receipts_of(maria, program=acme.program)
    assert (made["program"], made["events"]) == ("acme-club", 3)
    assert [each["ledger"]["content"]["seq"] for each in made["receipts"]] == [1, 3]


def test_a_long_chain_asks_no_more(
    acme: Cast, maria: ContactPoint, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        acme.grant(maria)
    sealing.seal(acme.brand.id)
    with django_assert_max_num_queries(12):
        assert len(receipts.receipts_of(maria, with_evidence=True)["receipts"]) == 31


def test_the_command_writes_the_chain_and_tells_how_to_check_it(
    acme: Cast, maria: ContactPoint, tmp_path: Path
) -> None:
    file = tmp_path / "receipts.json"
    said = command("consent_receipt", ADDRESS, "--brand", "acme", "-o", str(file))
    document = json.loads(file.read_text())
    assert document["receipts"][0]["consentReceiptID"] == str(first(maria).id)
    assert f"--key {document['signature']['public_key']}" in said
    told = json.loads(command("consent_receipt", ADDRESS, "-o", str(file), "--json"))
    assert (told["receipts"], told["pending"]) == (1, 0)


def test_the_command_prints_it_when_no_file_is_named(maria: ContactPoint) -> None:
    shown = json.loads(command("consent_receipt", ADDRESS, "--program", "acme-club", "--with-evidence"))
    assert shown["receipts"][0]["ledger"]["evidence"]["status"] == "disclosed"


@pytest.mark.parametrize(("statement", "problem"), [
    ("UPDATE consent_consentevent SET actor = 'user:1'", "is not what was recorded"),
    ("UPDATE consent_disclosure SET text = 'I agree to everything.'", "is not the one that was shown"),
    ("UPDATE consent_evidence SET data = '{}'", "the evidence of event .* is not what was recorded"),
    ("UPDATE consent_treehead SET root = repeat('ab', 32)", "is not the one that was sealed"),
    ("DELETE FROM consent_treetile", "run consent_verify"),
])  # fmt: skip
def test_nothing_is_signed_for_a_ledger_that_was_tampered_with(
    acme: Cast, maria: ContactPoint, statement: str, problem: str
) -> None:
    acme.person()
    sealing.seal(acme.brand.id)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")
    with pytest.raises(CommandError, match=problem):
        command("consent_receipt", ADDRESS, "--with-evidence")


def test_a_retired_key_signs_no_receipt(acme: Cast, maria: ContactPoint, settings: Any) -> None:
    settings.LEDGER_SIGNING_KEYS = [signing.new_seed(), *settings.LEDGER_SIGNING_KEYS]
    signing.introduce()
    settings.LEDGER_SIGNING_KEYS = settings.LEDGER_SIGNING_KEYS[1:]
    with pytest.raises(CommandError, match="was retired"):
        command("consent_receipt", ADDRESS)


@pytest.mark.parametrize(("arguments", "problem"), [
    (["+12125550199"], "address: nobody is known"),
    ([ADDRESS, "--brand", "none"], "--brand: there is no brand"),
    ([ADDRESS, "--program", "none"], "--program: Acme Coffee has no 'none'"),
    ([ADDRESS, "--at", "yesterday"], "--at: 'yesterday' is not a time"),
    ([ADDRESS, "--at", "2020-01-01T00:00Z"], "address: nothing was recorded of it by then"),
    ([ADDRESS, "--head-size", "9"], "--head-size: no tree head of 9 entries"),
    ([ADDRESS, "-o", "/nowhere/receipts.json"], "--output: /nowhere/receipts.json cannot be written"),
])  # fmt: skip
def test_a_mistake_is_named_with_its_cure(maria: ContactPoint, arguments: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        command("consent_receipt", *arguments)


def test_the_heads_are_printed_for_others_to_hold(acme: Cast, maria: ContactPoint, rival: Cast) -> None:
    acme.person()
    sealing.seal(acme.brand.id)
    rival.person()
    sealing.seal(rival.brand.id)
    lines = [json.loads(line) for line in command("consent_heads").splitlines()]
    assert [(line["brand"], line["size"]) for line in lines] == [
        (str(acme.brand.id), 2),
        (str(rival.brand.id), 1),
    ]
    every = [json.loads(line) for line in command("consent_heads", "--brand", "acme", "--all").splitlines()]
    assert [line["root"] for line in every] == list(
        TreeHead.objects.filter(brand=acme.brand).order_by("size").values_list("root", flat=True)
    )


def test_heads_are_appended_to_a_file(maria: ContactPoint, tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    command("consent_heads", "-o", str(file))
    told = json.loads(command("consent_heads", "-o", str(file), "--json"))
    assert told == {"file": str(file), "heads": 1}
    assert len(file.read_text().splitlines()) == 2


def test_without_a_head_it_says_what_to_do(rival: Cast) -> None:
    with pytest.raises(CommandError, match="nothing is sealed yet"):
        command("consent_heads", "--brand", "rival")
    with pytest.raises(CommandError, match="--brand: there is no brand"):
        command("consent_heads", "--brand", "none")
