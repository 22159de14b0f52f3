"""A text to a segment of a program's people, and texts worth keeping."""

from django.conf import settings
from django.db import models

from consent.models import CONSENTED, Program
from contacts.ids import new_id
from contacts.models import Brand, Segment
from messaging.models import Value

PURPOSE_CHOICES = [(purpose.value, purpose.label) for purpose in CONSENTED]


class Template(models.Model):
    """A text to start from."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="templates")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    value = models.CharField(max_length=10, choices=Value)
    body = models.TextField(max_length=1600)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="template_slug_per_brand")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CampaignStatus(models.TextChoices):
    """Where it is: draft → (scheduled) → filling → sending → finished; pause and cancel on the way."""

    DRAFT = "draft", "Draft"
    SCHEDULED = "scheduled", "Scheduled"  # launched, its moment is ahead
    FILLING = "filling", "Filling"  # recipients are being queued, in pages
    SENDING = "sending", "Sending"
    PAUSED = "paused", "Paused"
    FINISHED = "finished", "Finished"
    CANCELED = "canceled", "Canceled"


class Campaign(models.Model):
    """One text to the people of a program. Nothing leaves before a person has launched it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="campaigns")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="campaigns")
    segment = models.ForeignKey(
        Segment, null=True, blank=True, on_delete=models.PROTECT, help_text="Empty: everyone in the program"
    )
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=15, choices=PURPOSE_CHOICES)
    value = models.CharField(max_length=10, choices=Value)
    body = models.TextField(max_length=1600)
    send_at = models.DateTimeField(null=True, blank=True, help_text="Empty: when launched")
    status = models.CharField(max_length=10, choices=CampaignStatus, default=CampaignStatus.DRAFT)
    # How far the filling is: the last contact point that was queued, and how many there were to queue.
    filled_through = models.UUIDField(null=True, blank=True, editable=False)
    audience = models.PositiveIntegerField(default=0, editable=False)
    filled_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a page was last queued"
    )
    skipped = models.PositiveIntegerField(
        default=0, editable=False, help_text="People for whom the text could not be written"
    )
    problem = models.CharField(
        max_length=200, blank=True, editable=False, help_text="What a person should look at"
    )
    # False while messages that wait have still to follow a pause, a resume or a cancel.
    is_settled = models.BooleanField(default=True, editable=False)
    launched_at = models.DateTimeField(null=True, blank=True, editable=False)
    launched_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, editable=False
    )
    paused_from = models.CharField(
        max_length=10, blank=True, editable=False, help_text="Status to go back to"
    )
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "slug"], name="campaign_slug_per_brand"),
            models.CheckConstraint(
                condition=models.Q(status__in=CampaignStatus.values), name="campaign_status_known"
            ),
        ]
        indexes = [models.Index(fields=["brand", "-created_at"], name="campaign_newest_first")]

    def __str__(self) -> str:
        return self.name


class CampaignEvent(models.Model):
    """A change of a campaign's status: who did it, when, and why."""

    id = models.BigAutoField(primary_key=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    was = models.CharField(max_length=10)
    became = models.CharField(max_length=10)
    by = models.CharField(max_length=60, help_text="user:<id>, or system")
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.was} → {self.became} ({self.by})"
