"""A join that waits for the person: for an age, for the confirm word, or for both."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.models.event import ConsentEvent, Method
from consent.models.program import Disclosure, Program
from contacts.ids import new_id
from contacts.models import Brand, ContactPoint


class JoinRequest(models.Model):
    """Somebody asked to join; nothing is agreed until the handset has answered what is asked."""

    class Awaits(models.TextChoices):
        AGE = "age", "The date of birth"
        WORD = "word", "The confirm word"

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", "Confirmed"
        UNDER_AGE = "under_age", "Under age"
        LAPSED = "lapsed", "Not answered in time"
        WITHDRAWN = "withdrawn", "Withdrawn"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="join_requests")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="join_requests")
    event = models.OneToOneField(ConsentEvent, on_delete=models.PROTECT, related_name="+")  # `requested`
    method = models.CharField(max_length=12, choices=Method)
    purposes = ArrayField(models.CharField(max_length=40), default=list)
    disclosure = models.ForeignKey(Disclosure, null=True, on_delete=models.PROTECT, related_name="+")
    locale = models.CharField(max_length=20, blank=True)
    awaits = models.CharField(max_length=4, choices=Awaits)
    reminders = models.PositiveSmallIntegerField(default=0, help_text="Answers we could not read so far")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand", "point", "program"],
                condition=models.Q(ended_at=None),
                name="join_request_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="join_request_lapsing", condition=models.Q(ended_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.program}: {self.get_awaits_display()}"
