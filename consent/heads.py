"""A tree head as outsiders are told of it: one flat JSON object, all that is needed to check its signature."""

from typing import Any

from consent import chain, signing
from consent.models import TreeHead


def told(head: TreeHead) -> dict[str, Any]:
    """The head, JSON-ready: what is signed (brand, size, root, signed_at), by which key, and the signature."""
    signed_at = chain.moment(head.signed_at)
    return {
        **signing.head_content(head.brand_id, head.size, head.root, signed_at),
        "key": head.key_id,
        "public_key": head.key.public_key,
        "signature": head.signature,
    }
