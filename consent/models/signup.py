"""A program's hosted sign-up page, and the tries on it that are counted against abuse."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.models.program import Program
from contacts.ids import new_id
from contacts.models import Brand


class SignupPage(models.Model):
    """A public page on which people ask to join a program; the disclosure is the program's own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="signup_pages")
    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="signup_pages")
    slug = models.SlugField(unique=True, help_text="The last part of its address")
    disclosure_slug = models.SlugField(help_text="Its newest version in the visitor's language is shown")
    # locale -> {"headline", "intro", "thanks"}
    words = models.JSONField(default=dict, help_text="Headline, introduction and thanks in each language")
    accent = models.CharField(max_length=7, default="#1f4b99", help_text="Colour of the button, #rrggbb")
    ask_name = models.BooleanField(default=True)
    embed_origins = ArrayField(
        models.URLField(), default=list, blank=True, help_text="Sites that may show it in a frame"
    )
    live_at = models.DateTimeField(null=True, blank=True, help_text="While empty, the page is not there")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["slug"]
        verbose_name = "sign-up page"

    def __str__(self) -> str:
        return self.slug


class SignupAttempt(models.Model):
    """One try on a sign-up page; numbers and addresses only as keyed digests."""

    class Outcome(models.TextChoices):
        ASKED = "asked", "Confirmation asked for"
        ALREADY = "already", "Was a member"
        REFUSED = "refused", "Refused"
        LIMITED = "limited", "Too many tries"

    id = models.BigAutoField(primary_key=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    page = models.ForeignKey(SignupPage, on_delete=models.CASCADE, related_name="attempts", db_index=False)
    at = models.DateTimeField()
    number_digest = models.CharField(max_length=64)
    visitor_digest = models.CharField(max_length=64)
    # The form that was sent; sent twice it is one try. Empty when a limit refused it.
    form_id = models.UUIDField(null=True, unique=True)
    outcome = models.CharField(max_length=7, choices=Outcome)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["number_digest", "at"], name="signup_by_number"),
            models.Index(fields=["visitor_digest", "at"], name="signup_by_visitor"),
            models.Index(fields=["page", "at"], name="signup_by_page"),
        ]

    def __str__(self) -> str:
        return f"{self.page} {self.get_outcome_display()}"
