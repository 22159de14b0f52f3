"""System checks: the product refuses to start where it would be unsafe."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

REAL_TWILIO = "twilio.com"


@register()
def settings_are_safe(**_: Any) -> list[CheckMessage]:
    """What must never be true of a running system, each with its cure."""
    found: list[CheckMessage] = []
    real = not settings.TWILIO_API_BASE_URL or REAL_TWILIO in settings.TWILIO_API_BASE_URL
    if real and settings.PUBLIC_BASE_URL.startswith("http://"):
        found.append(
            Error(
                "PUBLIC_BASE_URL is not https, so anyone on the way could read replies and STOPs.",
                hint="Set PUBLIC_BASE_URL to the https address that Twilio calls.",
                id="smsapp.E001",
            )
        )
    if settings.POST_WITHIN_SECONDS + settings.TWILIO_TIMEOUT_SECONDS >= settings.LEASE_SECONDS:
        found.append(
            Error(
                "A request could still be under way when its lease ends.",
                hint="Keep POST_WITHIN_SECONDS + TWILIO_TIMEOUT_SECONDS below LEASE_SECONDS.",
                id="smsapp.E002",
            )
        )
    if settings.TWILIO_TIMEOUT_SECONDS < 2 * settings.TWILIO_CONNECT_SECONDS:
        found.append(
            Error(
                "A request could be given up while the network still tries to deliver it.",
                hint="Keep TWILIO_TIMEOUT_SECONDS at least twice TWILIO_CONNECT_SECONDS.",
                id="smsapp.E005",
            )
        )
    if settings.CLOCK_OFFSET_SECONDS and real:
        found.append(
            Error(
                "CLOCK_OFFSET_SECONDS moves the clock while real people would be texted.",
                hint="Unset CLOCK_OFFSET_SECONDS; it is for the stand-in only.",
                id="smsapp.E003",
            )
        )
    if settings.IS_SIGNING_KEY_KEPT and real and not settings.DEBUG:
        found.append(
            Error(
                "LEDGER_SIGNING_KEY is not set, so each machine would sign the ledger with a key of its own.",
                hint="Set LEDGER_SIGNING_KEY, the same for all processes; .env.example says how to make it.",
                id="smsapp.E004",
            )
        )
    return found
