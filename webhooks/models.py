"""Raw requests from Twilio, those turned away, and how far its message list has been read for those that never came."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models

from contacts.ids import new_id
from contacts.models import Brand
from messaging.models import Sender


class Kind(models.TextChoices):
    """Which webhook was called."""

    INBOUND = "inbound", "Inbound text"
    STATUS = "status", "Status callback"


class WebhookEvent(models.Model):
    """A request whose signature held, as it came, once per (MessageSid, kind, status).

    It is stored before anything is made of it. `processed_at` stays empty until all of that is done; a
    sweep takes up what a crash left. A text whose request never came is pulled from Twilio's message list and
    stored as the same event, with `said_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=7, choices=Kind)
    provider_sid = models.CharField(max_length=40)
    status_key = models.CharField(max_length=60, blank=True, help_text="Status and error code of a callback")
    params = models.JSONField(help_text="Every parameter, known or not, in lists")
    query = models.JSONField(default=dict)
    received_at = models.DateTimeField()
    said_at = models.DateTimeField(
        null=True, help_text="Twilio's own time of a text that was pulled from its list, to the second"
    )
    processed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    closed_points = ArrayField(
        models.UUIDField(), default=list, help_text="The contact points that this text closed"
    )
    # From the arrival of a STOP to the commit that closed the number, and to the end of our waiting for
    # what was in flight; both in milliseconds.
    closed_after_ms = models.FloatField(null=True)
    answered_after_ms = models.FloatField(null=True)
    in_flight = models.PositiveSmallIntegerField(default=0, help_text="Still in flight when we answered")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider_sid", "kind", "status_key"], name="webhook_event_once")
        ]
        indexes = [
            models.Index(
                fields=["received_at"], name="webhook_unprocessed", condition=models.Q(processed_at=None)
            ),
            models.Index(fields=["brand", "-received_at"], name="webhook_newest_first"),
            models.Index(
                fields=["received_at"],
                name="webhook_opt_out_latency",
                condition=models.Q(closed_after_ms__isnull=False),
            ),
            # What reached us only by Twilio's list, lately.
            models.Index(
                fields=["received_at"], name="webhook_pulled", condition=models.Q(said_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.provider_sid} {self.status_key}".strip()

    @property
    def happened_at(self) -> dt.datetime:
        """When it was said, as far as we know: by Twilio's time, or else when its request came."""
        return self.said_at or self.received_at


class QuarantinedRequest(models.Model):
    """A request that failed the signature check: never acted on.

    It is kept so that a wrong URL or a rotated token cannot silently lose a customer's STOP. Rate-limited;
    `repeats` counts what was not kept.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=7, choices=Kind)
    received_at = models.DateTimeField()
    remote_address = models.CharField(max_length=64, blank=True)
    url = models.CharField(max_length=500, help_text="The URL the signature was checked against")
    why = models.CharField(max_length=100)
    body = models.TextField(help_text="At most 4,000 characters")
    looks_like_stop = models.BooleanField(default=False)
    repeats = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["-received_at"], name="quarantine_newest_first")]

    def __str__(self) -> str:
        return f"{self.why} at {self.received_at:%Y-%m-%d %H:%M}"


class Watermark(models.Model):
    """How far Twilio's list of the texts to one number of ours has been read.

    `webhooks.watermarks` writes it. The row without a number stands for the pool of the sender's Messaging Service:
    what is asked there is which numbers it has.
    """

    id = models.BigAutoField(primary_key=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    sender = models.ForeignKey(Sender, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.CharField(
        max_length=60,
        blank=True,
        help_text='As Twilio spells it, such as "whatsapp:+1206…"; blank for a pool',
    )
    seen_until = models.DateTimeField(help_text="Every text that Twilio dates before this is stored here")
    looked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(help_text="When the list is looked at next")
    failures = models.PositiveSmallIntegerField(default=0, help_text="Looks in a row that failed")
    problem = models.CharField(max_length=200, blank=True, help_text="Why the last look failed")
    pulled = models.PositiveIntegerField(default=0, help_text="Texts that came only by the list, ever")
    pulled_lately = models.PositiveIntegerField(
        default=0, help_text="Of these, since there was none for a day"
    )
    pulled_at = models.DateTimeField(null=True, help_text="When the last of these was pulled")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "number"], name="watermark_once")]
        indexes = [models.Index(fields=["due_at"], name="watermark_due")]

    def __str__(self) -> str:
        return f"{self.number or 'the pool'} of {self.sender_id}"
