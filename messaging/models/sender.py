"""Twilio accounts, and the numbers and services that texts leave from."""

from django.db import models

from consent.models import Program
from contacts.ids import new_id
from contacts.models import Brand


class Account(models.Model):
    """A Twilio account or subaccount of a brand; a sender without one uses the environment's own account."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="accounts")
    name = models.CharField(max_length=80)
    sid = models.CharField(max_length=34, unique=True)
    # Several while rotating; encrypted at rest by messaging.secrets.
    sealed_tokens = models.TextField(help_text="Auth tokens, encrypted")
    halted_at = models.DateTimeField(null=True, blank=True)
    halted_why = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class SenderKind(models.TextChoices):
    """What a sender is; Twilio's opt-out handling differs by it."""

    LONG_CODE = "long_code", "Long code"
    TOLL_FREE = "toll_free", "Toll-free"
    SHORT_CODE = "short_code", "Short code"
    MESSAGING_SERVICE = "messaging_service", "Messaging Service"


class OptOutReplies(models.TextChoices):
    """Who confirms a STOP and answers START and HELP: exactly one of the two."""

    TWILIO = "twilio", "Twilio"
    US = "us", "We"


class Sender(models.Model):
    """A number, short code or Messaging Service that texts leave from and replies come to."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="senders")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.PROTECT, related_name="senders"
    )
    kind = models.CharField(max_length=20, choices=SenderKind, default=SenderKind.LONG_CODE)
    address = models.CharField(
        max_length=40, blank=True, help_text="E.164 or short code; may be blank for a service"
    )
    messaging_service_sid = models.CharField(max_length=34, blank=True)
    segments_per_second = models.PositiveIntegerField(default=1)
    opt_out_replies = models.CharField(max_length=6, choices=OptOutReplies, default=OptOutReplies.TWILIO)
    halted_at = models.DateTimeField(null=True, blank=True, help_text="While set, nothing leaves from here")
    halted_why = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # An inbound text names only the number it was sent to, so a number has one owner.
            models.UniqueConstraint(
                fields=["address"], name="sender_address_once", condition=~models.Q(address="")
            ),
            models.UniqueConstraint(
                fields=["messaging_service_sid"],
                name="sender_service_once",
                condition=~models.Q(messaging_service_sid=""),
            ),
            models.CheckConstraint(
                condition=~models.Q(address="") | ~models.Q(messaging_service_sid=""),
                name="sender_has_an_address",
            ),
        ]
        ordering = ["address"]

    def __str__(self) -> str:
        return self.address or self.messaging_service_sid

    @property
    def problem(self) -> str:
        """Why nothing may leave from here, or ""."""
        if self.halted_at:
            return self.halted_why or "halted by a person"
        if self.account is not None and self.account.halted_at:
            return self.account.halted_why or "its account is halted"
        return ""


class Route(models.Model):
    """A sender that a program's texts may leave from; the lowest priority number goes first."""

    program = models.ForeignKey(Program, on_delete=models.CASCADE, related_name="routes")
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="routes")
    priority = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "sender"], name="route_once")]
        ordering = ["program", "priority"]

    def __str__(self) -> str:
        return f"{self.program} from {self.sender}"
