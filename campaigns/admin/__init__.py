"""The admin pages of why we speak: templates, campaigns, journeys."""

from campaigns.admin import campaigns, journeys, templates

__all__ = ["campaigns", "journeys", "templates"]
