"""The signing keys: how they are read, how one follows another, and that none is shown."""

import base64
import datetime as dt
import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from consent import sealing, signing
from consent.models import SigningKey, TreeHead
from smsapp.checks import settings_are_safe
from tests.cast import Cast
from tests.ledger_story import kinds, lived_in, verify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
SEED = bytes(range(200, 232))  # with + and / in its base64
ONE, TWO, THREE = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))


def id_of(seed: str) -> str:
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))
    return signing.Key(private).id


def pem(private: Any) -> str:
    text: bytes = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return text.decode()


@pytest.mark.parametrize("text", [
    base64.b64encode(SEED).decode(),
    base64.urlsafe_b64encode(SEED).decode().rstrip("="),
    pem(Ed25519PrivateKey.from_private_bytes(SEED)),
    pem(Ed25519PrivateKey.from_private_bytes(SEED)).replace("\n", "\\n"),
])  # fmt: skip
def test_a_key_is_read_from_its_seed_or_from_pem(settings: Any, text: str) -> None:
    settings.LEDGER_SIGNING_KEYS = [text]
    [key] = signing.configured()
    assert key.public_key == Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw().hex()


@pytest.mark.parametrize("text", [
    "short", "ü" * 43, base64.b64encode(b"x" * 31).decode(), "-----BEGIN nothing",
    pem(ec.generate_private_key(ec.SECP256R1())),
])  # fmt: skip
def test_what_is_no_key_is_refused_without_being_shown(settings: Any, text: str) -> None:
    settings.LEDGER_SIGNING_KEYS = [text]
    with pytest.raises(
        ImproperlyConfigured, match=r"^LEDGER_SIGNING_KEY is no Ed25519 key: write"
    ) as refused:
        signing.configured()
    assert text not in str(refused.value)


def test_a_key_does_not_show_itself(settings: Any) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    assert repr(signing.configured()[0]) == "Key()"


def test_the_first_key_is_entered_without_endorsement(settings: Any) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    assert signing.current().id == id_of(ONE)
    assert signing.current().id == id_of(ONE)
    key = SigningKey.objects.get()
    assert (key.endorsed_by, key.endorsement, key.retired_at) == (None, "", None)


def test_a_new_key_is_endorsed_by_the_one_before_and_signs_every_log_anew(acme: Cast, settings: Any) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    lived_in(acme)
    settings.LEDGER_SIGNING_KEYS = [TWO, ONE]
    assert sealing.seal_due() == 1
    old, new = SigningKey.objects.get(id=id_of(ONE)), SigningKey.objects.get(id=id_of(TWO))
    assert old.retired_at is not None
    assert new.endorsed_by == old
    message = b"smsapp signing key v1\n" + bytes.fromhex(new.public_key)
    assert signing.is_signed(message, new.endorsement, old.public_key)
    assert set(TreeHead.objects.filter(size=10).values_list("key_id", flat=True)) == {old.id, new.id}
    settings.LEDGER_SIGNING_KEYS = [TWO]
    assert sealing.seal_due() == 0
    assert verify()["is_whole"]
    assert verify("--key", old.public_key)["is_whole"], "who knows the old key is led to the new one"


def test_a_clock_that_was_set_back_does_not_have_a_log_signed_twice(
    acme: Cast, settings: Any, noon: time_machine.Traveller
) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    lived_in(acme)
    noon.shift(dt.timedelta(days=-1))
    settings.LEDGER_SIGNING_KEYS = [TWO, ONE]
    assert [sealing.seal_due(), sealing.seal_due()] == [1, 0]
    assert TreeHead.objects.filter(size=10).count() == 2


def test_a_process_that_still_has_the_retired_key_signs_nothing(settings: Any) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    signing.current()
    settings.LEDGER_SIGNING_KEYS = [TWO, ONE]
    signing.current()
    settings.LEDGER_SIGNING_KEYS = [ONE]
    with pytest.raises(signing.UnusableKey, match="was retired on 2026-11-18; start this process"):
        signing.current()


def test_a_key_that_nobody_vouches_for_signs_nothing(settings: Any) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    signing.current()
    settings.LEDGER_SIGNING_KEYS = [THREE, TWO]
    with pytest.raises(signing.UnusableKey, match=f"write the previous one, {id_of(ONE)}, after it"):
        signing.current()


def test_after_a_loss_the_new_key_is_believed_only_by_who_is_told(acme: Cast, settings: Any) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    lived_in(acme)
    lost = SigningKey.objects.get()
    settings.LEDGER_SIGNING_KEYS = [TWO]
    call_command("consent_keys", "--previous-is-lost", stdout=io.StringIO())
    sealing.seal_due()
    new = SigningKey.objects.get(endorsed_by=None, retired_at=None)
    told = verify()
    assert [(each["kind"], each["row"]) for each in told["findings"]] == [("key_unknown", lost.id)]
    assert verify("--key", new.public_key, lost.public_key)["is_whole"]
    assert kinds(verify("--key", lost.public_key)) == {"key_unknown", "head_unsigned"}


def test_a_head_signed_long_after_its_key_was_retired_is_not_believed(
    acme: Cast, settings: Any, noon: Any
) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    lived_in(acme)
    settings.LEDGER_SIGNING_KEYS = [TWO, ONE]
    signing.current()
    noon.shift(3600)
    old = signing.configured()[1]
    acme.person()
    sealing._place(acme.brand.id, 10)
    tiles = sealing.Tiles(acme.brand.id)
    hashes = [sealing.merkle.leaf_hash(bytes.fromhex(digest)) for digest in
              sealing.Seal.objects.filter(position=10).values_list("event__hash", flat=True)]  # fmt: skip
    tiles.grow(10, hashes)
    sealing._sign(old, acme.brand.id, 11, tiles.read)
    said = [each["said"] for each in verify()["findings"]]
    assert said == [f"it was signed after its key {old.id} was retired"]


def test_rotating_writes_both_keys_for_the_owner_alone(settings: Any, tmp_path: Path) -> None:
    settings.LEDGER_SIGNING_KEYS = [ONE]
    signing.current()
    file, out, err = tmp_path / "keys", io.StringIO(), io.StringIO()
    call_command("consent_keys", "--rotate", str(file), "--json", stdout=out, stderr=err)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    new, old = file.read_text().strip().split(",")
    assert old == ONE
    assert new not in out.getvalue() + err.getvalue()
    assert "LEDGER_SIGNING_KEY_FILE" in err.getvalue()
    settings.LEDGER_SIGNING_KEYS = [new, old]
    assert signing.current().id == id_of(new)
    with pytest.raises(CommandError, match="name a file that is not there yet"):
        call_command("consent_keys", "--rotate", str(file))


def test_the_keys_are_listed_with_who_vouches_for_them(settings: Any) -> None:
    out = io.StringIO()
    call_command("consent_keys", stdout=out)
    assert out.getvalue().strip() == "No key has signed anything yet."
    settings.LEDGER_SIGNING_KEYS = [ONE]
    signing.current()
    settings.LEDGER_SIGNING_KEYS = [TWO, ONE]
    signing.current()
    settings.LEDGER_SIGNING_KEYS = [TWO]
    out = io.StringIO()
    call_command("consent_keys", "--json", stdout=out)
    listed = {key["key"]: key for key in json.loads(out.getvalue())["keys"]}
    assert listed[id_of(TWO)]["endorsed_by"] == id_of(ONE)
    assert (listed[id_of(TWO)]["is_configured"], listed[id_of(ONE)]["is_configured"]) == (True, False)
    out = io.StringIO()
    call_command("consent_keys", stdout=out)
    assert f"endorsed by {id_of(ONE)}; private half is configured" in out.getvalue()
    assert ONE not in out.getvalue()


@pytest.mark.parametrize(("is_kept", "is_debug", "refused"), [
    (True, False, True), (True, True, False), (False, False, False),
])  # fmt: skip
def test_with_real_people_the_key_must_be_set(
    settings: Any, is_kept: bool, is_debug: bool, refused: bool
) -> None:
    settings.TWILIO_API_BASE_URL = "https://api.twilio.com"
    settings.PUBLIC_BASE_URL = "https://text.example.com"
    settings.IS_SIGNING_KEY_KEPT, settings.DEBUG = is_kept, is_debug
    assert ("smsapp.E004" in {found.id for found in settings_are_safe()}) is refused
