"""A closed number that staff want open again: evidence first, and a second person."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.models.program import Program
from contacts.ids import new_id
from contacts.models import Brand, ContactPoint


class Reopening(models.Model):
    """A request to undo a closing. Until another person has approved it, nothing changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="reopenings")
    point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="reopenings")
    program = models.ForeignKey(
        Program, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="Empty: only the number is opened, and what was agreed to before holds again",
    )  # fmt: skip
    purposes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    agreed_at = models.DateTimeField(help_text="When the person asked for texts again")
    evidence = models.JSONField(default=dict, help_text="What proves it: who, where, which words, which file")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    is_approved = models.BooleanField(null=True)
    answer = models.CharField(max_length=300, blank=True, help_text="Why it was approved or refused")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="reopening_takes_two",
            ),
            models.UniqueConstraint(
                fields=["brand", "point", "program"],
                condition=models.Q(decided_at=None),
                nulls_distinct=False,
                name="reopening_one_open",
            ),
        ]
        indexes = [models.Index(fields=["brand", "-asked_at"], name="reopening_newest_first")]

    def __str__(self) -> str:
        return f"open {self.point} again"
