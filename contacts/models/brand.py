"""A brand, and the people who work for it with their roles."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from contacts import zones
from contacts.ids import new_id


class Brand(models.Model):
    """A sender of texts in its own name; the wall between one brand's people and another's."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    timezone = models.CharField(
        max_length=64, validators=[zones.demand_zone], help_text="IANA name, e.g. America/New_York"
    )
    customers_timezone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[zones.demand_zone],
        help_text="Only for a local business: where customers are whose place nobody knows. Empty: the numbers tell",
    )
    support = models.CharField(max_length=200, help_text="Where customers get a person: mail or phone")
    country = models.CharField(max_length=2, default="US", help_text="How a number without + is read")
    paused_at = models.DateTimeField(null=True, blank=True, help_text="While set, nothing automatic goes out")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a team member may do in a brand."""

    OWNER = "owner", "Owner"  # everything, team included
    MARKETER = "marketer", "Marketer"  # people, programs, campaigns, journeys, replies
    AGENT = "agent", "Agent"  # reads people, answers threads
    AUDITOR = "auditor", "Auditor"  # reads everything, changes nothing


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    def brands_of(self, user: Any) -> models.QuerySet[Brand]:
        """The brands a user may see; a superuser sees all."""
        if getattr(user, "is_superuser", False):
            return Brand.objects.all()
        return Brand.objects.filter(team__user_id=user.pk)

    def role_in(self, user: Any, brand_id: uuid.UUID) -> Role | None:
        """What a user is in a brand; a superuser is an owner everywhere."""
        if getattr(user, "is_superuser", False):
            return Role.OWNER
        found = self.filter(brand_id=brand_id, user_id=user.pk).values_list("role", flat=True).first()
        return Role(found) if found else None


class TeamMember(models.Model):
    """A user's place in one brand."""

    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="team")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "user"], name="team_one_role_per_brand")]
        ordering = ["brand", "user"]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.brand}"
