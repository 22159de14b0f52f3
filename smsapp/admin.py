"""The admin pages that concern all apps at once."""

from smsapp.privacy.admin import ErasureAdmin, RetentionRuleAdmin

__all__ = ["ErasureAdmin", "RetentionRuleAdmin"]
