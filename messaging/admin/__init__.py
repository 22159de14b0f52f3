"""The admin pages of what is said: messages and their receipts, senders, programs."""

from messaging.admin import decisions, messages, programs, senders

__all__ = ["decisions", "messages", "programs", "senders"]
