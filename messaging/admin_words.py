"""A message's reasons and origin, in words that people understand."""

from consent.reasons import Reason
from contacts.admin_words import words_of
from messaging.models import Message
from messaging.providers import errors


def reason(message: Message) -> str:
    """Why a message is held, refused, failed or canceled; "" when there is nothing to explain."""
    if message.reason in Reason.values:
        return str(Reason(message.reason).label)
    if message.provider_code:
        return f"{errors.describe(message.provider_code)} (Twilio {message.provider_code})"
    if message.reason.isdigit():
        return errors.describe(int(message.reason))
    return message.reason.replace("_", " ")


def reasons(codes: list[str]) -> list[str]:
    """Verdict reasons in words."""
    return [words_of(Reason, code) for code in codes]
