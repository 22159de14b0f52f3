"""The consent ledger: one row per thing that happened to a permission, never changed, never deleted."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent import missing_evidence
from consent.models.program import Disclosure, Program
from contacts.ids import new_id
from contacts.models import Brand, Contact, ContactPoint


class Act(models.TextChoices):
    """What happened."""

    REQUESTED = "requested", "Asked to join"  # awaits the confirmation from the handset
    WITHDRAWN = "withdrawn", "Request ended"  # under age, left, or not answered in time
    GRANTED = "granted", "Agreed"
    CONFIRMED = "confirmed", "Confirmed"
    REVOKED = "revoked", "Left"
    PAUSED = "paused", "Paused"
    REDUCED = "reduced", "Asked for fewer"
    RESUMED = "resumed", "Resumed"
    HELD = "held", "Held for a person to look"
    RELEASED = "released", "Hold released"
    EXPIRED = "expired", "Expired"
    BLOCKED_BY_CARRIER = "blocked_by_carrier", "Blocked by the carrier"
    UNDELIVERABLE = "undeliverable", "Number cannot be reached"
    ERASED = missing_evidence.ERASED, "Erased"
    EVIDENCE_DELETED = missing_evidence.EVIDENCE_DELETED, "Evidence deleted"  # lawfully


class Method(models.TextChoices):
    """How it happened."""

    KEYWORD = "keyword", "Keyword"
    PLAIN_WORDS = "plain_words", "Plain words"
    WEB_FORM = "web_form", "Web form"
    CHECKOUT = "checkout", "Checkout"
    PAPER = "paper", "Paper"
    IMPORT = "import", "Import"
    API = "api", "API"
    AGENT = "agent", "Team member"
    SUPPORT = "support", "Told to support"  # by mail, by telephone or in a shop; recorded by the team
    PREFERENCES = "preferences", "Preference page"
    CARRIER = "carrier", "Carrier"
    SYSTEM = "system", "System"


class Basis(models.TextChoices):
    """On what an agreement rests; all but the first are limited by place and time."""

    EXPRESS = "express", "Express agreement"
    IMPLIED_PURCHASE = "implied_purchase", "Implied by a purchase"  # Canada
    IMPLIED_INQUIRY = "implied_inquiry", "Implied by an inquiry"  # Canada
    SOFT_OPT_IN = "soft_opt_in", "Soft opt-in"  # United Kingdom


class ConsentEvent(models.Model):
    """One link of a contact point's chain. `consent.ledger` is its only writer.

    `hash` covers the content and the previous hash of the same point, so a change anywhere breaks every
    later link. Evidence is personal data and enters only as a salted commitment: erasing the evidence
    leaves the chain whole. A row without a program concerns the number in the whole brand.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="consent_events")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="consent_events")
    seq = models.PositiveIntegerField(help_text="1 for the first event of this point, without gaps")
    program = models.ForeignKey(Program, null=True, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=20, choices=Act)
    method = models.CharField(max_length=12, choices=Method)
    purposes = ArrayField(models.CharField(max_length=40), default=list)
    basis = models.CharField(max_length=20, choices=Basis, default=Basis.EXPRESS)
    disclosure = models.ForeignKey(Disclosure, null=True, on_delete=models.PROTECT, related_name="+")
    until = models.DateTimeField(null=True, help_text="When this pause, or this agreement, ends by itself")
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.CharField(
        max_length=60, help_text="customer, carrier, system, user:<id>, import:<id> or api:<name>"
    )
    evidence_commitment = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "point", "seq"], name="ledger_one_chain")]
        indexes = [
            models.Index(fields=["brand", "-recorded_at"], name="ledger_newest_first"),
            # Beside millions of agreements the few who left are found at once.
            models.Index(
                fields=["brand", "-recorded_at"],
                name="ledger_who_left",
                condition=models.Q(
                    act__in=["revoked", "blocked_by_carrier", "undeliverable", "erased", "held"]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()} ({self.get_method_display()})"


class Evidence(models.Model):
    """What proves an event: personal data, kept apart so that it can be erased without breaking the chain."""

    event = models.OneToOneField(
        ConsentEvent, primary_key=True, on_delete=models.PROTECT, related_name="evidence"
    )
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    salt = models.CharField(max_length=64)
    data = models.JSONField()

    def __str__(self) -> str:
        return f"evidence of {self.event_id}"
