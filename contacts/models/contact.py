"""A person in one brand, and the addresses that reach them."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from contacts.ids import new_id
from contacts.models.brand import Brand

# What an erased address begins with; the point's own id follows.
ERASED = "erased:"


class Channel(models.TextChoices):
    """How an address is reached; an address is not always a phone number."""

    SMS = "sms", "SMS"
    WHATSAPP = "whatsapp", "WhatsApp"
    MESSENGER = "messenger", "Messenger"
    RCS = "rcs", "RCS"


class Contact(models.Model):
    """A person as one brand knows them. Another brand's record of the same person is another row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="contacts", db_index=False)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    locale = models.CharField(max_length=20, blank=True)
    timezone = models.CharField(max_length=64, blank=True, help_text="IANA name, as the person stated it")
    postal_code = models.CharField(max_length=16, blank=True)
    region = models.CharField(max_length=10, blank=True, help_text="State or province, e.g. NY")
    country = models.CharField(max_length=2, blank=True)
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    # A second person on a phone that is already somebody's: known, but no consent of theirs is on it.
    shares_point = models.ForeignKey(
        "ContactPoint", null=True, blank=True, on_delete=models.SET_NULL, related_name="sharers"
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["brand", "-created_at"], name="contact_newest_first"),
            models.Index(fields=["brand", "last_name", "first_name"], name="contact_by_name"),
            GinIndex(fields=["tags"], name="contact_by_tag"),
        ]

    def __str__(self) -> str:
        return self.full_name or "Unnamed contact"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class ContactPoint(models.Model):
    """One address on one channel. Its row is the lock of everything about consent.

    Who changes consent holds it FOR UPDATE; who claims a message for it holds it FOR NO KEY UPDATE.
    Neither can happen while the other does: that is the fence between a STOP and a send.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="points", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="points")
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.SMS)
    address = models.CharField(max_length=100, help_text="E.164 for SMS, e.g. +12065550123")
    country = models.CharField(max_length=2, blank=True, help_text="Of the number, not of the person")
    created_at = models.DateTimeField()
    link_edition = models.PositiveIntegerField(
        default=0,
        db_default=0,
        editable=False,
        help_text="Links to the preference page of an earlier one are dead",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["brand", "channel", "address"], name="point_one_per_address")
        ]
        indexes = [models.Index(fields=["brand", "contact"], name="point_of_contact")]

    def __str__(self) -> str:
        return self.address

    @property
    def is_erased(self) -> bool:
        """Its person was erased: the address is no address any more, and nothing can be sent to it."""
        return self.address.startswith(ERASED)
