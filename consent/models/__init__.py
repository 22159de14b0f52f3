"""Programs, the consent ledger and its projection: the tables of may we."""

from consent.models.event import Act, ConsentEvent, Evidence, Method
from consent.models.program import CONSENTED, DEFAULT_WORDING, Disclosure, Program, Purpose, purpose_key
from consent.models.subscription import Status, Subscription

__all__ = [
    "CONSENTED",
    "DEFAULT_WORDING",
    "Act",
    "ConsentEvent",
    "Disclosure",
    "Evidence",
    "Method",
    "Program",
    "Purpose",
    "Status",
    "Subscription",
    "purpose_key",
]
