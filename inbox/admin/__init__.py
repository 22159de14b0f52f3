"""The admin pages of who answers: people with their whole story, saved replies, automatic answers."""

from inbox.admin import answers, people

__all__ = ["answers", "people"]
