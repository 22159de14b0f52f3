"""Where every permission stands now: the projection of the ledger, rebuildable from it at any time."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.models.program import Program
from contacts.models import Brand, Contact, ContactPoint


class Status(models.TextChoices):
    """The standing of a contact point in a program, or of the number in the whole brand."""

    NONE = "none", "No permission"
    REQUESTED = "requested", "Waiting for confirmation"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    HELD = "held", "Held"
    CLOSED = "closed", "Closed"
    EXPIRED = "expired", "Expired"


class Subscription(models.Model):
    """One row per contact point × program; the row without a program is the number itself.

    `consent.ledger` writes it in the transaction of the event it follows from, and nobody else does.
    """

    id = models.BigAutoField(primary_key=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="subscriptions")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="subscriptions")
    program = models.ForeignKey(Program, null=True, on_delete=models.PROTECT, related_name="subscriptions")
    status = models.CharField(max_length=10, choices=Status)
    purposes = ArrayField(models.CharField(max_length=40), default=list, help_text="Purpose keys agreed to")
    # purpose key -> {"basis", "until"}: the agreements that are not express, or end by themselves.
    terms = models.JSONField(default=dict, help_text="Purpose keys agreed to on a basis that is limited")
    closed_by = ArrayField(models.CharField(max_length=12), default=list, help_text="Methods that closed it")
    held_by = ArrayField(models.CharField(max_length=12), default=list, help_text="Methods that hold it")
    requested = models.BooleanField(default=False)
    expired = models.BooleanField(default=False)
    paused = models.BooleanField(default=False)
    paused_until = models.DateTimeField(null=True, help_text="When the pause ends by itself, if it does")
    fewer = models.BooleanField(default=False, help_text="Asked for fewer marketing texts")
    expires_at = models.DateTimeField(null=True, help_text="The earliest end of an agreement that ends")
    granted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    joined_at = models.DateTimeField(null=True, help_text="When the latest agreement was recorded")
    last_seq = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "point", "program"],
                name="subscription_one_per_program",
                nulls_distinct=False,
            ),
        ]
        indexes = [
            models.Index(fields=["brand", "program", "status", "joined_at"], name="subscription_of_program"),
            models.Index(
                fields=["brand", "closed_at"],
                name="subscription_who_left",
                condition=models.Q(closed_at__isnull=False),
            ),
            models.Index(
                fields=["expires_at"],
                name="subscription_expiring",
                condition=models.Q(expires_at__isnull=False),
            ),
            models.Index(
                fields=["paused_until"],
                name="subscription_pause_ending",
                condition=models.Q(paused_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program or 'the number'}: {self.get_status_display()}"
