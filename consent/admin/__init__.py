"""The admin pages of may we: the ledger and the imports that fill it."""

from consent.admin import imports, ledger

__all__ = ["imports", "ledger"]
