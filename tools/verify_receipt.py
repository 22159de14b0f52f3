#!/usr/bin/env python3
"""Check a consent receipt without trusting the software, or the company, that made it.

    python verify_receipt.py receipt.json --key PUBLIC_KEY [--head heads.jsonl]

Needs Python 3.10 or newer and the package `cryptography`; opens no connection and imports nothing of the product.
PUBLIC_KEY is the signing key (64 hex digits), which you should have from somewhere else than the receipt.
heads.jsonl holds tree heads that you, or somebody you trust, were given earlier, one JSON object a line.

Prints one sentence for each check, and whether it is proved, false, or beyond this file. Exits with 0 when nothing is
false or open, with 1 when something is false, with 2 when it could not be checked, or is not in the log yet.
"""

import argparse
import datetime as dt
import itertools
import json
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

# What each kind of signature begins with, so that none can pass for another.
RECEIPT, HEAD, KEY = b"smsapp consent receipt v1\n", b"smsapp tree head v1\n", b"smsapp signing key v1\n"


def say(text: str) -> None:
    """Print one line; what could fake another line is shown as a question mark."""
    print("".join(each if each.isprintable() else "?" for each in text))


class Findings:
    """Prints each finding, and counts them."""

    def __init__(self) -> None:
        self.proved = self.false = self.open = 0

    def check(self, is_true: bool, sentence: str) -> None:
        """A sentence that is proved or false."""
        self.proved += is_true
        self.false += not is_true
        say(f"  {'proved  ' if is_true else 'FALSE   '}  {sentence}")

    def unproved(self, sentence: str, *, is_open: bool = False) -> None:
        """A sentence that this file cannot prove; `is_open` when it should have."""
        self.open += is_open
        say(f"  unproved  {sentence}")


def canonical(value: Any) -> bytes:
    """One spelling for one JSON value: keys sorted, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def is_signed(message: bytes, signature: str, public_key: str) -> bool:
    """Is this the Ed25519 signature (hex) of the message by that key (hex)?"""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    try:
        key.verify(bytes.fromhex(signature), message)
    except InvalidSignature:
        return False
    return True


def verify_receipt(receipt: Any, trusted: set[str], held: list[Any], found: Findings) -> None:
    """Check one receipt; `trusted` are public keys, `held` the tree heads that came from somewhere else."""
    ledger, content = receipt["ledger"], receipt["ledger"]["content"]
    say(f"Receipt {content['id']}: {content['act']} on {content['occurred_at']}")
    check_issuer(receipt, trusted, found)
    digest = sha256(canonical(content)).hexdigest()
    found.check(digest == ledger["hash"], f"The event as recorded has the hash {ledger['hash'][:16]}…")
    check_fields(receipt, ledger, content, found)
    check_wordings(ledger, content, found)
    check_evidence(ledger["evidence"], content["evidence"], found)
    if ledger["status"] != "sealed":
        found.unproved("It stands in the log: not sealed yet. Ask again in some minutes.", is_open=True)
    else:
        check_proof(ledger, content, trusted, held, found)


def check_issuer(document: Any, trusted: set[str], found: Findings) -> None:
    """The issuer's signature covers every other field of the document."""
    message = RECEIPT + canonical({name: value for name, value in document.items() if name != "signature"})
    key, signature = document["signature"]["public_key"], document["signature"]["signature"]
    is_theirs = key in trusted and is_signed(message, signature, key)
    found.check(is_theirs, "Every field is as it was signed, with a key that you trust.")


def check_fields(receipt: Any, ledger: Any, content: Any, found: Findings) -> None:
    """What the standard fields say of the event must be what the hashed content says."""
    moment = dt.datetime.strptime(content["occurred_at"], "%Y-%m-%dT%H:%M:%S.%f%z")
    kind = "EXPLICIT" if content["basis"] == "express" else "IMPLICIT"
    wordings = [ledger["wordings"][key] or key.split(":")[0].capitalize() for key in content["purposes"]]
    purposes = [each for service in receipt["services"] for each in service["purposes"]]
    event, processing = receipt["iso27560"]["event"], receipt["iso27560"]["pii_processing"]
    said_and_recorded = [
        ([receipt["consentReceiptID"], receipt["iso27560"]["record_id"]], [content["id"]] * 2),
        (receipt["consentTimestamp"], int(moment.timestamp())),
        (event["event_time"], content["occurred_at"]),
        ((event["entity_id"], event["event_type"]), (content["actor"], kind)),
        (processing["purposes"], content["purposes"]),
        (
            (processing["lawful_basis"], processing["collection_method"]),
            (content["basis"], content["method"]),
        ),
        (processing["pii_controllers"], [content["brand"]]),
        ([(each["purpose"], each["consentType"]) for each in purposes], [(each, kind) for each in wordings]),
    ]
    is_same = all(said == recorded for said, recorded in said_and_recorded)
    found.check(is_same, "Its id, time, actor, method, basis and purposes are those that were recorded.")


def check_wordings(ledger: Any, content: Any, found: Findings) -> None:
    """A purpose is named by the digest of its wording; the disclosure is the text that the person was shown."""
    for key in content["purposes"]:
        kind, wording = key.split(":")[0], ledger["wordings"][key]
        if wording is None:
            found.unproved(f"What the purpose {key} said: its wording was edited since, and is not here.")
        else:
            is_its = key == f"{kind}:{sha256(wording.encode()).hexdigest()[:12]}"
            found.check(is_its, f"The purpose {key} said: “{wording}”")
    shown = ledger["disclosure"]
    if shown is None:
        found.check(content["disclosure"] is None, "No disclosure was recorded.")
        return
    digest = sha256(shown["text"].encode()).hexdigest()
    is_shown = (shown["id"], shown["sha256"]) == (content["disclosure"], content["disclosure_sha256"])
    found.check(is_shown and shown["sha256"] == digest, f"The person was shown: “{shown['text']}”")


def check_evidence(evidence: Any, commitment: str, found: Findings) -> None:
    """Evidence is personal data: only a salted digest of it is in what was hashed."""
    if evidence["status"] == "disclosed":
        digest = sha256(bytes.fromhex(evidence["salt"]) + canonical(evidence["data"])).hexdigest()
        told = json.dumps(evidence["data"], ensure_ascii=False)
        found.check(digest == commitment, f"This evidence was recorded: {told}")
    elif evidence["status"] == "none" or not commitment:
        found.check(evidence["status"] == "none" and not commitment, "No evidence was recorded.")
    else:
        found.unproved(f"What the evidence was: it is {evidence['status']}, only its salted digest is here.")


def check_proof(ledger: Any, content: Any, trusted: set[str], held: list[Any], found: Findings) -> None:
    """The event's place in the log, the log's signed head, and the same head in other hands."""
    position, path, head = ledger["proof"]["position"], ledger["proof"]["path"], ledger["proof"]["head"]
    root = root_of(sha256(b"\0" + bytes.fromhex(ledger["hash"])).digest(), position, head["size"], path)
    is_in = root == bytes.fromhex(head["root"]) and head["brand"] == content["brand"]
    found.check(is_in, f"It is entry {position + 1} of {head['size']} in the brand's log.")
    found.check(is_trusted(head, trusted), f"Its head was signed on {head['signed_at']}, with a trusted key.")
    ours = [each for each in held if each["brand"] == head["brand"] and is_trusted(each, trusted)]
    same = [each["root"] == head["root"] for each in ours if each["size"] == head["size"]]
    if same:
        found.check(all(same), "The tree head of that size that you hold is the same: nothing was rewritten.")
    elif held:
        sizes = ", ".join(str(each["size"]) for each in ours) or "no"
        asked = f"You hold tree heads of {sizes} entries; ask for a receipt for one of these."
        found.unproved(f"The log was not rewritten. {asked}", is_open=True)
    else:
        found.unproved("The log was not rewritten as a whole: to know that, hold a tree head yourself.")


def root_of(node: bytes, position: int, size: int, path: list[str]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162, 2.1.3.2); None when it is too short or too long."""
    last = size - 1
    if not 0 <= position <= last:
        return None
    for other in map(bytes.fromhex, path):
        if last == 0:
            return None
        is_right = position & 1 or position == last
        node = sha256(b"\1" + (other + node if is_right else node + other)).digest()
        while is_right and position and not position & 1:
            position, last = position >> 1, last >> 1
        position, last = position >> 1, last >> 1
    return node if last == 0 else None


def is_trusted(head: Any, trusted: set[str]) -> bool:
    """Is this tree head signed with one of these keys?"""
    message = HEAD + canonical({name: head[name] for name in ("brand", "root", "signed_at", "size")})
    return head["public_key"] in trusted and is_signed(message, head["signature"], head["public_key"])


def trusted_keys(given: list[str], keys: list[Any], found: Findings) -> set[str]:
    """The keys you gave and their successors, each endorsed by the one before it; `keys` are oldest first."""
    trusted = {each.lower() for each in given}
    for before, key in itertools.pairwise(keys):
        old, new = before["public_key"], key["public_key"]
        if old in trusted and new not in trusted:
            is_endorsed = is_signed(KEY + bytes.fromhex(new), key["endorsement"], old)
            found.check(is_endorsed, f"The key {new[:16]}… was endorsed by {old[:16]}…")
            trusted |= {new} if is_endorsed else set()
    return trusted


def verify_chain(document: Any, trusted: set[str], held: list[Any], found: Findings) -> None:
    """Check every receipt of a number, and that none between the first and the last is missing."""
    receipts, count = document["receipts"], document["events"]
    for receipt in receipts:
        verify_receipt(receipt, trusted, held, found)
    say(f"The chain of contact point {document['point']}, as known at {document['known_at']}")
    check_issuer(document, trusted, found)
    contents = [receipt["ledger"]["content"] for receipt in receipts]
    is_one = {(each["brand"], each["point"]) for each in contents} <= {(document["brand"], document["point"])}
    found.check(is_one, "All are of one number.")
    if document["program"] is not None:
        found.unproved(f"What else happened: {len(contents)} of {count} events are here, of one program.")
        return
    links = [(each["seq"], each["previous"]) for each in contents]
    hashes = ["", *(receipt["ledger"]["hash"] for receipt in receipts[:-1])]
    is_whole = links == list(enumerate(hashes, start=1)) and len(links) == count
    found.check(is_whole, f"Each of {count} events names the hash of the one before, so none is missing.")
    found.unproved("Nothing was recorded after the last of them by then: that is the issuer's signed word.")


def once(pairs: list[Any]) -> dict[str, Any]:
    """A JSON object. A name that is given twice is refused: two readers could see two receipts in it."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name is given twice in one object")
    return dict(pairs)


def main() -> int:
    parser = argparse.ArgumentParser(description="Check a consent receipt, or the receipts of a whole chain.")
    parser.add_argument("receipt", help="the JSON file")
    parser.add_argument("--key", required=True, action="append", help="a public key that you trust, in hex")
    parser.add_argument("--head", help="a file of tree heads that you hold, one JSON object a line")
    options, found = parser.parse_args(), Findings()
    try:
        document = json.loads(Path(options.receipt).read_text("utf-8"), object_pairs_hook=once)
        lines = Path(options.head).read_text("utf-8").splitlines() if options.head else []
        held = [json.loads(line, object_pairs_hook=once) for line in lines]
        say(f"Checking {options.receipt} with the key {', '.join(options.key)}")
        verify = verify_chain if "receipts" in document else verify_receipt
        verify(document, trusted_keys(options.key, document["keys"], found), held, found)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        say(f"It could not be checked: {type(error).__name__}: {error}")
        return 2
    verdict = "NOT PROVED: do not rely on it" if found.false else "Not proved yet" if found.open else "PROVED"
    say(f"{verdict}. {found.proved} proved, {found.false} false, {found.open} still open.")
    return 1 if found.false else 2 if found.open else 0


if __name__ == "__main__":
    sys.exit(main())
