"""The admin pages of who: brands, their teams, segments."""

from contacts.admin import brands, segments, team

__all__ = ["brands", "segments", "team"]
