"""Programs, the consent ledger and what is built on it: the tables of may we."""

from consent.models.access import Access
from consent.models.erasure import Erasure, Suppression
from consent.models.event import Act, Basis, ConsentEvent, Evidence, Method
from consent.models.joining import JoinRequest
from consent.models.program import CONSENTED, DEFAULT_WORDING, Disclosure, Program, Purpose, purpose_key
from consent.models.relationship import RelationshipRules
from consent.models.reopening import Reopening
from consent.models.seal import HeadDelivery, HeadWitness, Seal, SigningKey, TreeHead, TreeTile, Unsealed
from consent.models.signup import SignupAttempt, SignupPage
from consent.models.subscription import Status, Subscription

__all__ = [
    "CONSENTED",
    "DEFAULT_WORDING",
    "Access",
    "Act",
    "Basis",
    "ConsentEvent",
    "Disclosure",
    "Erasure",
    "Evidence",
    "HeadDelivery",
    "HeadWitness",
    "JoinRequest",
    "Method",
    "Program",
    "Purpose",
    "RelationshipRules",
    "Reopening",
    "Seal",
    "SigningKey",
    "SignupAttempt",
    "SignupPage",
    "Status",
    "Subscription",
    "Suppression",
    "TreeHead",
    "TreeTile",
    "Unsealed",
    "purpose_key",
]
