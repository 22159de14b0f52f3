"""The admin pages of may we: the ledger, the imports that fill it, and what it is proved by."""

from consent.admin import imports, ledger, proof, reopening

__all__ = ["imports", "ledger", "proof", "reopening"]
