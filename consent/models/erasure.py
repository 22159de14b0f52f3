"""What stays of a person who was erased: a keyed digest that keeps them from being texted, and the fact itself."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from contacts.ids import new_id
from contacts.models import Brand
from contacts.models.contact import Channel


class Suppression(models.Model):
    """An address that must not be texted, known only by its keyed digest."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="suppressions", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel)
    digest = models.CharField(max_length=64, help_text="HMAC-SHA-256 of channel and address")
    key_id = models.CharField(max_length=16)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "channel", "digest"], name="suppression_once")
        ]

    def __str__(self) -> str:
        return self.digest[:12]


class Erasure(models.Model):
    """A request to erase a person, and what was done."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="erasures", db_index=False)
    contact_id = models.UUIDField()
    point_ids = ArrayField(models.UUIDField(), default=list)
    reason = models.CharField(max_length=200, help_text="Without personal data")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict, help_text="Rows cleared or deleted, by table")

    class Meta:
        indexes = [models.Index(fields=["brand", "-asked_at"], name="erasure_newest_first")]

    def __str__(self) -> str:
        return f"erasure of {self.asked_at:%Y-%m-%d}"
