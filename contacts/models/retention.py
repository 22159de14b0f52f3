"""How long a brand keeps which kind of data."""

from django.db import models

from contacts.models.brand import Brand


class Kept(models.TextChoices):
    """The kinds of data that may be given an end; the ledger is not among them."""

    MESSAGE_BODIES = "message_bodies", "Words of messages"
    WEBHOOK_BODIES = "webhook_bodies", "Raw requests from the carrier"
    QUARANTINE = "quarantine", "Requests that were turned away"
    IMPORT_ROWS = "import_rows", "Refused rows of imported files"
    SIGNUP_ATTEMPTS = "signup_attempts", "Tries on sign-up pages"
    ACCESS_LOG = "access_log", "Who looked at whose data"
    MESSAGE_CHANGES = "message_changes", "Changes of messages"
    DECISIONS = "decisions", "Decisions on messages"
    CLOSED_EVIDENCE = "closed_evidence", "Evidence of permissions that ended"


class RetentionRule(models.Model):
    """One kind of data of one brand is kept for so many days; without a rule it is kept."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="retention_rules")
    kind = models.CharField(max_length=20, choices=Kept)
    days = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "kind"], name="retention_once_per_kind"),
            models.CheckConstraint(condition=models.Q(days__gte=1), name="retention_at_least_a_day"),
        ]
        ordering = ["brand", "kind"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.days} days"
