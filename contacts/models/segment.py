"""A named part of a brand's people, described by what is true of them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from contacts.ids import new_id
from contacts.models.brand import Brand
from contacts.models.contact import Contact


class Segment(models.Model):
    """Every condition that is set must hold. Consent is no condition here: the gate asks that of each send."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="segments")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    tags = ArrayField(
        models.CharField(max_length=50), default=list, blank=True, help_text="Has every one of these tags"
    )
    attributes = models.JSONField(
        default=dict, blank=True, help_text='Has these attributes, e.g. {"favourite": "filter"}'
    )
    consents_to = models.CharField(
        max_length=20, blank=True, help_text="Purpose agreed to in the campaign's program; blank asks nothing"
    )
    joined_since = models.DateTimeField(null=True, blank=True, help_text="Known to the brand since")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="segment_slug_per_brand")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def people(self) -> models.QuerySet[Contact]:
        """The contacts of this brand for whom tags, attributes and joining date hold.

        `consents_to` is applied by the campaign, which knows the program.
        """
        conditions = Q(brand_id=self.brand_id)
        if self.tags:
            conditions &= Q(tags__contains=self.tags)
        if self.attributes:
            conditions &= Q(attributes__contains=self.attributes)
        if self.joined_since:
            conditions &= Q(created_at__gte=self.joined_since)
        return Contact.objects.filter(conditions)
