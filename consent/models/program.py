"""A CTIA program, the purposes people agree to in it, and the exact wordings they were shown."""

import hashlib

from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.models.relationship import RelationshipRules
from contacts.ids import new_id
from contacts.models import Brand


class Purpose(models.TextChoices):
    """Why a text is sent; the gate's rules differ by it."""

    MARKETING = "marketing", "Marketing"
    INFORMATIONAL = "informational", "Informational"
    CONVERSATIONAL = "conversational", "Conversational"  # an answer to an inbound text
    CONSENT = "consent", "Consent"  # confirmations and HELP


# The purposes that people agree to; the other two follow from what a person just did.
CONSENTED = (Purpose.MARKETING, Purpose.INFORMATIONAL)

DEFAULT_WORDING = {
    Purpose.MARKETING: "Recurring automated marketing texts about this program.",
    Purpose.INFORMATIONAL: "Texts about what the person asked for, bought or booked.",
}


class Program(RelationshipRules):
    """One text program of a brand, as carriers register it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="programs")
    slug = models.SlugField()
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True, help_text="What it sends, in one sentence")
    country = models.CharField(max_length=2, default="US")
    countries = ArrayField(
        models.CharField(max_length=2),
        default=list,
        help_text="Countries served; numbers of others are refused",
    )
    # kind -> wording. A consent is to a wording: editing one makes a purpose nobody has consented to.
    purposes = models.JSONField(default=dict, help_text="Purpose and its wording")
    frequency = models.CharField(max_length=120)
    help_text = models.CharField(max_length=320)
    welcome = models.CharField(max_length=480, blank=True, help_text="Answer to a join word; blank: composed")
    terms_url = models.URLField()
    privacy_url = models.URLField()
    join_words = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    double_opt_in = models.BooleanField(
        default=False, help_text="A join counts only after a second text with the confirm word"
    )
    confirm_word = models.CharField(
        max_length=20, default="AGREE", help_text="Never YES: carriers take that for START"
    )
    locales = ArrayField(
        models.CharField(max_length=20),
        default=list,
        blank=True,
        help_text="Languages it speaks; first rules",
    )
    fewer_per_week = models.PositiveSmallIntegerField(
        default=1, help_text="Marketing texts in 7 days to people who asked for fewer"
    )
    age_gate = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minimum age, if any")
    marketing_cap_per_day = models.PositiveSmallIntegerField(
        default=3, help_text="Marketing texts a person may get in any 24 hours; law may allow fewer"
    )
    fails_over = models.BooleanField(
        default=False,
        help_text="When a sender cannot send, its automatic texts move to the next sender of the same country",
    )
    answers_fail_over = models.BooleanField(
        default=False,
        help_text="Answers move with them, though they then come from a number the person did not write to",
    )
    ready_at = models.DateTimeField(null=True, blank=True, help_text="While empty, nothing goes out")
    paused_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "slug"], name="program_slug_per_brand")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def purpose_key(self, kind: str) -> str | None:
        """`kind:digest of its wording`, or None when the program does not send that kind."""
        wording = self.purposes.get(kind)
        return purpose_key(kind, wording) if wording else None


def purpose_key(kind: str, wording: str) -> str:
    """The content address of a purpose: its kind and the first 12 hex digits of its wording's SHA-256."""
    return f"{kind}:{hashlib.sha256(wording.encode()).hexdigest()[:12]}"


class Disclosure(models.Model):
    """The exact wording a person was shown when agreeing. Never changed: a new wording is a new version.

    The database refuses UPDATE and DELETE (migration 0002).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="disclosures")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="disclosures")
    slug = models.SlugField()
    version = models.PositiveIntegerField(default=1)
    locale = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["program", "slug", "version"], name="disclosure_version_once")
        ]
        ordering = ["program", "slug", "-version"]

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"
