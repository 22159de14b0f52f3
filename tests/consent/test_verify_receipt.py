"""The stranger's verifier: what is true passes, and whatever was changed, by whomever, does not."""

import ast
import base64
import copy
import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from consent import chain, heads, receipts, sealing, signing
from consent.models import ConsentEvent, SigningKey, TreeHead
from contacts.models import ContactPoint
from tests.architecture import tree
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
TOOL = tree.ROOT / "tools" / "verify_receipt.py"
Steps = tuple[str | int, ...]

# What only the issuer's signature vouches for: no hash of the log covers it. `docs/receipts.md` tells it to the reader.
ISSUERS_WORD = {
    "version", "jurisdiction", "collectionMethod", "language", "piiPrincipalId", "policyUrl", "sensitive",
    "piiControllers", "services.service", "services.purposes.purposeCategory", "services.purposes.piiCategory",
    "services.purposes.primaryPurpose", "services.purposes.termination", "services.purposes.thirdPartyDisclosure",
    "iso27560.schema_version", "iso27560.pii_principal_id", "iso27560.party_identification",
    "iso27560.event.validity_duration", "iso27560.event.event_state",
    "iso27560.pii_processing.privacy_notice", "iso27560.pii_processing.language",
    "iso27560.pii_processing.pii_information", "iso27560.pii_processing.storage_locations",
    "iso27560.pii_processing.retention_period", "iso27560.pii_processing.jurisdiction",
    "iso27560.pii_processing.withdrawal_method", "ledger.disclosure.slug", "ledger.disclosure.version",
    "iso27560.pii_processing.recipient_third_parties", "spiCat", "ledger.disclosure.locale", "ledger.evidence.status",
    "ledger.proof.head.key", "keys",
}  # fmt: skip


def load() -> Any:
    """The verifier as a module, so that a thousand runs need no thousand processes."""
    spec = importlib.util.spec_from_file_location("verify_receipt", TOOL)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run it on a document (or a text) and return its exit code."""
    tool, file = load(), tmp_path / "receipt.json"

    def run(document: Any, *arguments: str, key: str = "") -> int:
        file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
        key = key or signing.configured()[0].public_key
        monkeypatch.setattr(sys, "argv", ["verify_receipt.py", str(file), "--key", key, *arguments])
        code: int = tool.main()
        return code

    return run


@pytest.fixture
def point(acme: Cast) -> ContactPoint:
    """Agreed and left, among others; both are sealed."""
    text = "Ich stimme zu …"
    acme.disclosure = type(acme.disclosure).objects.create(
        brand=acme.brand, program=acme.program, slug="shown", text=text, created_at=acme.brand.created_at,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip
    point = acme.person()
    for _ in range(4):
        acme.person()
    acme.stop(point)
    sealing.seal(acme.brand.id)
    return point


def agreed(point: ContactPoint, **fields: Any) -> dict[str, Any]:
    return receipts.receipt(ConsentEvent.objects.get(point=point, seq=1), with_evidence=True, **fields)


def leaves(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    """The way to every value of a document that holds no others."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not inside or not value:
        yield steps
    for step, each in inside:
        yield from leaves(each, (*steps, step))


def changed(document: Any, steps: Steps) -> Any:
    """A copy in which the value at the end of the way is another one of its kind."""
    made = copy.deepcopy(document)
    place = made
    for step in steps[:-1]:
        place = place[step]
    old = place[steps[-1]]
    if isinstance(old, bool):
        new: Any = not old
    elif isinstance(old, int):
        new = old + 1
    elif isinstance(old, str):
        new = ("1" if old[:1] == "0" else "0") + old[1:]
    else:
        new = "x" if old is None else [*old, "x"] if isinstance(old, list) else {"x": 1}
    place[steps[-1]] = new
    return made


def signed_by(key: Any, document: dict[str, Any]) -> dict[str, Any]:
    """The document as somebody with this key would sign it."""
    whole = {name: value for name, value in document.items() if name != "signature"}
    public = key.public_key().public_bytes_raw().hex()
    signature = key.sign(receipts.DOMAIN + chain.canonical(whole)).hex()
    return {**whole, "signature": {"public_key": public, "signature": signature}}


def named(steps: Steps) -> str:
    return ".".join(step for step in steps if isinstance(step, str))


def test_it_runs_alone_and_knows_nothing_of_the_product(point: ContactPoint, tmp_path: Path) -> None:
    file = tmp_path / "receipt.json"
    file.write_text(json.dumps(agreed(point)))
    done = subprocess.run(
        [sys.executable, "-I", str(TOOL), str(file), "--key", signing.current().public_key],
        cwd=tmp_path, env={"PYTHONIOENCODING": "utf-8"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "proved    It is entry 1 of 6 in the brand's log." in done.stdout
    assert "proved    The purpose marketing:" in done.stdout
    assert "PROVED. 8 proved, 0 false" in done.stdout
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree.syntax(TOOL))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
        )
    }
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}
    assert len(TOOL.read_text().splitlines()) < 250


def test_a_changed_receipt_fails_wherever_it_was_changed(
    point: ContactPoint, verify: Callable[..., int]
) -> None:
    document = agreed(point)
    assert verify(document) == 0
    every = list(leaves(document))
    assert len(every) > 70
    assert [named(steps) for steps in every if verify(changed(document, steps)) == 0] == []


def test_a_changed_chain_fails_wherever_it_was_changed(
    point: ContactPoint, verify: Callable[..., int]
) -> None:
    document = receipts.receipts_of(point)
    assert verify(document) == 0
    assert [named(steps) for steps in leaves(document) if verify(changed(document, steps)) == 0] == []


def test_even_the_issuer_cannot_change_what_was_recorded(
    point: ContactPoint, verify: Callable[..., int]
) -> None:
    """With the signing key at hand, the log still binds everything but what the documentation names."""
    issuer, document = signing.current().private, agreed(point)
    survived = {
        named(steps)
        for steps in leaves(document)
        if steps[0] != "signature" and verify(signed_by(issuer, changed(document, steps))) == 0
    }
    assert {name for name in survived if not name.startswith(tuple(ISSUERS_WORD))} == set()
    assert {word for word in ISSUERS_WORD if not any(name.startswith(word) for name in survived)} == set()


def test_a_stranger_cannot_sign_a_receipt(point: ContactPoint, verify: Callable[..., int]) -> None:
    assert verify(signed_by(Ed25519PrivateKey.generate(), agreed(point))) == 1


def test_a_key_that_is_not_trusted_proves_nothing(point: ContactPoint, verify: Callable[..., int]) -> None:
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex()
    assert verify(agreed(point), key=other) == 1


def test_another_text_of_the_disclosure_fails(
    point: ContactPoint, verify: Callable[..., int], capsys: Any
) -> None:
    document = agreed(point)
    document["ledger"]["disclosure"]["text"] = "I agree to everything."
    assert verify(signed_by(signing.current().private, document)) == 1
    assert "FALSE     The person was shown: “I agree to everything.”" in capsys.readouterr().out


def test_withheld_evidence_proves_the_rest(
    point: ContactPoint, verify: Callable[..., int], capsys: Any
) -> None:
    assert verify(receipts.receipt(ConsentEvent.objects.get(point=point, seq=1))) == 0
    assert "unproved  What the evidence was: it is withheld" in capsys.readouterr().out


@pytest.mark.parametrize(("seq", "status"), [(1, "none"), (2, "withheld"), (2, "erased")])
def test_what_evidence_there_was_cannot_be_denied_or_made_up(
    point: ContactPoint, verify: Callable[..., int], seq: int, status: str
) -> None:
    document = receipts.receipt(ConsentEvent.objects.get(point=point, seq=seq))
    assert verify(document) == 0
    document["ledger"]["evidence"] = {"status": status}
    assert verify(signed_by(signing.current().private, document)) == 1


def test_what_is_not_sealed_is_not_proved_yet(
    acme: Cast, point: ContactPoint, verify: Callable[..., int], capsys: Any
) -> None:
    acme.grant(point)
    event = ConsentEvent.objects.get(point=point, seq=3)
    assert verify(receipts.receipt(event)) == 2
    assert "Not proved yet." in capsys.readouterr().out
    pretended = receipts.receipt(event)
    pretended["ledger"]["status"] = "sealed"
    assert verify(signed_by(signing.current().private, pretended)) != 0


@pytest.mark.parametrize("spoil", [
    lambda made: made["receipts"].pop(0),
    lambda made: made["receipts"].pop(),
    lambda made: made["receipts"].reverse(),
    lambda made: made["receipts"].append(made["receipts"][0]),
    lambda made: made.update(point=made["brand"]),
    lambda made: (made["receipts"].pop(0), made.update(events=1)),
])  # fmt: skip
def test_a_chain_with_a_receipt_left_out_fails_even_if_the_issuer_signs_it(
    point: ContactPoint, verify: Callable[..., int], spoil: Callable[[dict[str, Any]], Any]
) -> None:
    document = receipts.receipts_of(point)
    assert verify(document) == 0
    spoil(document)
    assert verify(signed_by(signing.current().private, document)) == 1


def test_one_programs_receipts_say_what_they_leave_open(
    acme: Cast, point: ContactPoint, verify: Callable[..., int], capsys: Any
) -> None:
    assert verify(receipts.receipts_of(point, program=acme.program)) == 0
    assert "What else happened: 2 of 2 events are here" in capsys.readouterr().out


def test_a_head_that_one_holds_shows_that_the_log_was_not_rewritten(
    acme: Cast, point: ContactPoint, verify: Callable[..., int], tmp_path: Path, capsys: Any
) -> None:
    held = tmp_path / "heads.jsonl"
    held.write_text(json.dumps(heads.told(TreeHead.objects.get())) + "\n")
    acme.person()
    sealing.seal(acme.brand.id)
    assert verify(agreed(point), "--head", str(held)) == 2
    assert "You hold tree heads of 6 entries; ask for a receipt" in capsys.readouterr().out
    assert verify(agreed(point, head_size=6), "--head", str(held)) == 0
    assert "that you hold is the same" in capsys.readouterr().out


def test_a_rewritten_log_is_found_by_a_head_that_one_holds(
    acme: Cast, point: ContactPoint, verify: Callable[..., int], tmp_path: Path, capsys: Any
) -> None:
    key, told = signing.current(), heads.told(TreeHead.objects.get())
    content = signing.head_content(acme.brand.id, told["size"], "ab" * 32, told["signed_at"])
    before = {**told, **content, "signature": key.sign(signing.head_message(content))}
    held = tmp_path / "heads.jsonl"
    held.write_text(json.dumps(before) + "\n")
    assert verify(agreed(point), "--head", str(held)) == 1
    assert "FALSE     The tree head of that size that you hold is the same" in capsys.readouterr().out
    held.write_text(json.dumps({**before, "signature": told["signature"]}) + "\n")
    assert verify(agreed(point), "--head", str(held)) == 2, "a head that nobody signed accuses nobody"


def test_an_older_trusted_key_leads_to_its_successor(
    acme: Cast,
    point: ContactPoint,
    verify: Callable[..., int],
    settings: Any,
    capsys: Any,
    noon: time_machine.Traveller,
) -> None:
    old = signing.current().public_key
    noon.shift(1)
    settings.LEDGER_SIGNING_KEYS = [signing.new_seed(), *settings.LEDGER_SIGNING_KEYS]
    sealing.seal(acme.brand.id)
    document = agreed(point)
    assert document["signature"]["public_key"] != old
    assert verify(document, key=old) == 0
    assert "was endorsed by" in capsys.readouterr().out
    document["keys"][1]["endorsement"] = "00" * 64
    assert verify(signed_by(signing.current().private, document), key=old) == 1


def test_a_key_that_nobody_endorsed_must_be_trusted_itself(
    acme: Cast, point: ContactPoint, verify: Callable[..., int], settings: Any, noon: time_machine.Traveller
) -> None:
    old = signing.current().public_key
    noon.shift(1)
    settings.LEDGER_SIGNING_KEYS = [signing.new_seed()]
    signing.introduce(is_previous_lost=True)
    sealing.seal(acme.brand.id)
    assert SigningKey.objects.count() == 2
    assert verify(agreed(point), key=old) == 1
    assert verify(agreed(point)) == 0


@pytest.mark.parametrize("text", [
    "", "[]", "null", "7", "{}", '{"keys": []}', '{"keys": [], "receipts": 7}', "[" * 100_000, '{"a": 1, "a": 2}',
    '{"keys": [], "ledger": {"content": {"id": "\\ud800"}}}',
])  # fmt: skip
def test_what_is_no_receipt_cannot_be_checked(verify: Callable[..., int], text: str) -> None:
    assert verify(text) == 2


def test_a_file_that_is_not_there_cannot_be_checked(verify: Callable[..., int]) -> None:
    assert verify("{}", "--head", "/nowhere/heads.jsonl") == 2


def test_a_name_given_twice_is_refused(point: ContactPoint, verify: Callable[..., int]) -> None:
    text = json.dumps(agreed(point))
    twice = text.replace('"jurisdiction": "US"', '"jurisdiction": "GB", "jurisdiction": "US"', 1)
    assert json.loads(twice) == json.loads(text)
    assert verify(twice) == 2


def test_no_text_can_fake_a_line(acme: Cast, verify: Callable[..., int], capsys: Any) -> None:
    acme.program.purposes = {"marketing": "News\n  proved    Everything.\x1b[2J\u202e"}
    acme.program.save()
    point = acme.person()
    sealing.seal(acme.brand.id)
    verify(agreed(point))
    assert "said: “News?  proved    Everything.?[2J?”" in capsys.readouterr().out


@pytest.fixture
def document(point: ContactPoint) -> dict[str, Any]:
    return agreed(point)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_put_in_its_place_fails(
    document: dict[str, Any], verify: Callable[..., int], data: st.DataObject
) -> None:
    steps = data.draw(st.sampled_from(list(leaves(document))))
    simple = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
    new = data.draw(simple | st.lists(simple, max_size=2) | st.dictionaries(st.text(), simple, max_size=2))
    made = copy.deepcopy(document)
    place = made
    for step in steps[:-1]:
        place = place[step]
    assume(json.dumps(place[steps[-1]]) != json.dumps(new))
    place[steps[-1]] = new
    assert verify(made) != 0


def test_bytes_of_base64_are_no_key(point: ContactPoint, verify: Callable[..., int]) -> None:
    as_base64 = base64.b64encode(bytes.fromhex(signing.current().public_key)).decode()
    assert verify(agreed(point), key=as_base64) == 1
