"""Who pressed a pause button, when and why, and who pressed it again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from contacts.models.brand import Brand


class Pause(models.Model):
    """One press on a pause button; it is over when somebody has resumed.

    `brand` empty: everything on this installation. `program_id`: a program of the brand; empty: the whole brand.
    """

    brand = models.ForeignKey(Brand, null=True, on_delete=models.CASCADE, related_name="pauses")
    program_id = models.UUIDField(null=True)
    paused_at = models.DateTimeField()
    paused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    why = models.CharField(max_length=200, blank=True)
    resumed_at = models.DateTimeField(null=True)
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        constraints = [
            # The gate reads the open one of everything with each batch; there is at most one of each.
            models.UniqueConstraint(
                fields=["brand", "program_id"],
                name="pause_one_open",
                condition=Q(resumed_at__isnull=True),
                nulls_distinct=False,
            )
        ]
        ordering = ["-paused_at"]

    def __str__(self) -> str:
        return f"Paused at {self.paused_at:%Y-%m-%d %H:%M} UTC"
