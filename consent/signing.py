"""The keys that sign tree heads: private in the settings, public in the tables, each endorsed by the one before."""

import base64
import binascii
import dataclasses
import hashlib
import uuid
from functools import cached_property

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from consent import chain
from consent.models import SigningKey
from contacts import clock

# What is signed begins with what it is, so that no signature can be taken for one of something else.
HEAD = b"smsapp tree head v1\n"
ENDORSEMENT = b"smsapp signing key v1\n"
SEED_BYTES = 32
PUBLIC_HEX_DIGITS = 64
URL_SAFE = str.maketrans("-_", "+/")


class UnusableKey(Exception):
    """The configured key may not sign; in words, with the cure."""


@dataclasses.dataclass(frozen=True)
class Key:
    """A private key of this installation."""

    private: Ed25519PrivateKey = dataclasses.field(repr=False)

    @cached_property
    def public_key(self) -> str:
        """32 bytes in hex."""
        return self.private.public_key().public_bytes_raw().hex()

    @property
    def id(self) -> str:
        return key_id(self.public_key)

    def sign(self, message: bytes) -> str:
        """The Ed25519 signature, 64 bytes in hex."""
        return self.private.sign(message).hex()


def key_id(public_key: str) -> str:
    """The first 16 hex digits of the SHA-256 of the 32 bytes."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def configured() -> tuple[Key, ...]:
    """The keys of LEDGER_SIGNING_KEY, the one that signs first. Raises ImproperlyConfigured; shows no key."""
    return tuple(Key(_read(text)) for text in settings.LEDGER_SIGNING_KEYS)


def _read(text: str) -> Ed25519PrivateKey:
    """A key from PEM, or from its seed (32 bytes in base64)."""
    try:
        if text.startswith("-----BEGIN"):
            # In one line of .env the ends of lines are often written as \n.
            found = load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
        else:
            plain = text.translate(URL_SAFE).rstrip("=")
            seed = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
            found = Ed25519PrivateKey.from_private_bytes(seed)
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error):
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise ImproperlyConfigured(
            f"LEDGER_SIGNING_KEY is no Ed25519 key: write {SEED_BYTES} random bytes in base64, or a private key in PEM."
        )
    return found


def current() -> Key:
    """The key that signs now. The first time it is seen it is entered, with its predecessor's endorsement.

    Raises UnusableKey when it was retired, or when nobody vouches for it.
    """
    key = configured()[0]
    known = SigningKey.objects.filter(id=key.id).first()
    if known is None:
        return introduce()
    if known.retired_at:
        raise UnusableKey(
            f"LEDGER_SIGNING_KEY: the key {key.id} was retired on {known.retired_at:%Y-%m-%d}; "
            "start this process with its successor"
        )
    return key


def introduce(*, is_previous_lost: bool = False) -> Key:
    """Enter the first configured key and retire the one before, which must be configured too, to endorse it.

    With `is_previous_lost` it is entered without endorsement: from then on, who checks must be told that it is ours.
    Raises UnusableKey.
    """
    keys = configured()
    key, now = keys[0], clock.now()
    with transaction.atomic():
        _one_at_a_time()
        previous = SigningKey.objects.filter(retired_at=None).order_by("introduced_at").last()
        if SigningKey.objects.filter(id=key.id).exists():
            return key
        endorser = next((each for each in keys if previous and each.id == previous.id), None)
        if previous and endorser is None and not is_previous_lost:
            raise UnusableKey(
                f"LEDGER_SIGNING_KEY: nobody vouches for the key {key.id}; write the previous one, {previous.id}, "
                "after it, comma-separated (docs/ledger.md tells what to do when it is lost)"
            )
        SigningKey.objects.create(
            id=key.id,
            public_key=key.public_key,
            introduced_at=now,
            endorsed_by=previous if endorser else None,
            endorsement=endorser.sign(endorsement_message(key.public_key)) if endorser else "",
        )
        if previous:
            previous.retired_at = now
            previous.save(update_fields=["retired_at"])
    return key


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('consent.signing', 0))")


def head_message(content: dict[str, str | int]) -> bytes:
    """What a tree head's signature covers, from `head_content`."""
    return HEAD + chain.canonical(content)


def head_content(brand_id: uuid.UUID, size: int, root: str, signed_at: str) -> dict[str, str | int]:
    """The signed part of a tree head; `root` in hex, `signed_at` as `chain.moment` writes it."""
    return {"brand": str(brand_id), "root": root, "signed_at": signed_at, "size": size}


def endorsement_message(public_key: str) -> bytes:
    """What a key signs to vouch for its successor."""
    return ENDORSEMENT + bytes.fromhex(public_key)


def is_signed(message: bytes, signature: str, public_key: str) -> bool:
    """Is this the Ed25519 signature (hex) of the message by that key (hex)? What is no hex is none."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
            bytes.fromhex(signature), message
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def new_seed() -> str:
    """A new private key, as LEDGER_SIGNING_KEY takes it."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
