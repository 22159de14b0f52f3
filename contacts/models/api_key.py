"""A key with which a brand's own systems call the API."""

from django.conf import settings
from django.db import models

from contacts.ids import new_id
from contacts.models.brand import Brand


class ApiKey(models.Model):
    """Shown once when made; only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60, help_text="Which system uses it, e.g. shop")
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "API key"
        constraints = [models.UniqueConstraint(fields=["brand", "name"], name="api_key_name_per_brand")]

    def __str__(self) -> str:
        return self.name
