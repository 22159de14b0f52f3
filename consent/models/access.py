"""Who looked at whose data."""

from django.conf import settings
from django.db import models

from contacts.models import Brand


class Access(models.Model):
    """One look of a team member at a person, a search or an export. Never changed; ids only, no personal data."""

    id = models.BigAutoField(primary_key=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    page = models.CharField(max_length=60, help_text="Where, e.g. timeline, thread, export")
    contact_id = models.UUIDField(null=True)
    detail = models.CharField(max_length=200, blank=True, help_text="E.g. the period of an export")

    class Meta:
        indexes = [
            models.Index(fields=["brand", "-at"], name="access_newest_first"),
            models.Index(fields=["brand", "contact_id", "-at"], name="access_to_contact"),
        ]
        verbose_name_plural = "accesses"

    def __str__(self) -> str:
        return f"{self.page} at {self.at:%Y-%m-%d %H:%M}"
