"""The receipt of a verdict: why a message was allowed, held or refused."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.reasons import Reason
from contacts.models import Brand
from messaging.models.message import Message


class Stage(models.TextChoices):
    """When the gate was asked."""

    QUEUE = "queue", "When queued"
    CLAIM = "claim", "When claimed for sending"


class Decision(models.Model):
    """What the gate said about a message at one moment, on which facts, by which rule pack."""

    id = models.BigAutoField(primary_key=True)
    # As with the events: its message vouches for the brand.
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="decisions")
    stage = models.CharField(max_length=5, choices=Stage)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=6, help_text="allow, hold or refuse")
    reasons = ArrayField(models.CharField(max_length=40), default=list)
    until = models.DateTimeField(null=True, help_text="For a hold: judged again then")
    rule_pack = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["brand", "-at"], name="decision_newest_first")]
        ordering = ["id"]

    def __str__(self) -> str:
        said = {"allow": "Allowed", "hold": "Held", "refuse": "Refused"}.get(self.outcome, self.outcome)
        why = "; ".join(Reason(code).label if code in Reason.values else code for code in self.reasons)
        return f"{said}: {why}" if why else said
