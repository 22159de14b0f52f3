"""The admin pages of who: brands with their teams and API keys, segments."""

from contacts.admin import api_keys, brands, segments, team

__all__ = ["api_keys", "brands", "segments", "team"]
