"""How many segments a campaign, or a program or a sender in a day, may cost."""

from django.db import models

from contacts.ids import new_id
from contacts.models import Brand


class Capped(models.TextChoices):
    """What a spend cap is over."""

    CAMPAIGN = "campaign", "A campaign, all its time"
    PROGRAM_DAY = "program_day", "A program's automatic texts, each day of the brand's own clock"
    SENDER_DAY = (
        "sender_day",
        "All that leaves from a sender, each day of the US Pacific clock, which carriers go by",
    )


class SpendCap(models.Model):
    """At most so many segments. The claims that would spend them hold this row: so none is spent twice.

    `spent` counts a text when it is claimed for the first time, whatever Twilio says of it later. A sender's counts it
    at each claim, because it is what carriers saw, and takes back what Twilio did not take.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="+")
    of = models.CharField(max_length=11, choices=Capped)
    of_id = models.UUIDField()
    most = models.PositiveIntegerField(help_text="Segments")
    spent = models.PositiveIntegerField(default=0, help_text="Segments, in `day` where there is one")
    day = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "of_id"], name="spend_one_cap")]

    def __str__(self) -> str:
        return f"{self.spent:,} of {self.most:,} segments"
