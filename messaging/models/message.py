"""A text in or out, its states, and a row for each change of state."""

from django.db import models
from django.db.models import Q

from consent.models import Program, Purpose
from contacts.ids import new_id
from contacts.models import Brand, Contact, ContactPoint
from messaging.models.sender import Sender
from messaging.models.thread import Thread


class Direction(models.TextChoices):
    """Who spoke."""

    OUT = "out", "Out"
    IN = "in", "In"


class Status(models.TextChoices):
    """Where a message is; `messaging.states` holds the moves between them."""

    QUEUED = "queued", "Queued"  # in our outbox, leaves when due
    HELD = "held", "Held"  # the gate said later; judged again when due
    SENDING = "sending", "Sending"  # claimed under a lease; its request may be under way
    HANDED_OFF = "handed_off", "Handed to Twilio"  # Twilio has it
    SENT = "sent", "Sent"  # the carrier has it
    DELIVERED = "delivered", "Delivered"
    READ = "read", "Read"
    UNDELIVERED = "undelivered", "Not delivered"  # the carrier refused it
    FAILED = "failed", "Failed"  # Twilio refused it, or could not send it
    REFUSED = "refused", "Refused"  # the gate said no
    CANCELED = "canceled", "Canceled"  # by us, before any request
    UNKNOWN = "unknown", "Outcome unknown"  # never sent again; settled by Twilio's word
    RECEIVED = "received", "Received"


class Value(models.TextChoices):
    """What a text brings its reader."""

    CARE = "care", "Care"
    KNOW_HOW = "know_how", "Know-how"
    STORY = "story", "Story"
    QUESTION = "question", "Question"
    REWARD = "reward", "Reward"
    OFFER = "offer", "Offer"
    NOTICE = "notice", "Notice"


class Lane(models.IntegerChoices):
    """Who goes first when a sender's rate is short."""

    CONSENT = 0, "Consent replies"
    CONVERSATION = 1, "Conversation"
    INFORMATIONAL = 2, "Informational"
    MARKETING = 3, "Marketing"

    @classmethod
    def of(cls, purpose: str) -> "Lane":
        """The lane of a purpose; an unknown one goes last."""
        return _LANES.get(purpose, cls.MARKETING)


_LANES: dict[str, Lane] = {
    Purpose.CONSENT: Lane.CONSENT,
    Purpose.CONVERSATIONAL: Lane.CONVERSATION,
    Purpose.INFORMATIONAL: Lane.INFORMATIONAL,
}


class Origin(models.TextChoices):
    """What made us say it."""

    CAMPAIGN = "campaign", "Campaign"  # origin_id: the campaign
    STAGE = "stage", "Journey stage"  # origin_id: the stage visit
    REPLY = "reply", "Reply by a person"
    CONSENT = "consent", "Consent reply"  # origin_id: the inbound message it answers
    AUTO = "auto", "Automatic answer"  # origin_id: the inbound message it answers
    INBOUND = "inbound", "From the customer"


class Message(models.Model):
    """One text.

        queued ──claim+gate──► sending ──201──► handed_off ──► sent ──► delivered ──► read
         ▲  │ ▲                  │ │ │              │            └────► undelivered
         │  │ └──not sent, 429───┘ │ └──4xx──► failed (also by callback)
        held┘(judged again)        └──time-out, crash──► unknown ──callback or a look at Twilio──► any of the above
        queued, held ──► refused (gate) · canceled (STOP, a person, a campaign)      received (inbound, final)

    Delivered, read, undelivered, failed, refused and canceled are final. `origin_id` with `origin` makes a
    text unique per (campaign, contact) and per stage visit.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+", db_index=False)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="messages", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="messages")
    point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="messages")
    # Each index is paid for at every step of every text; these two are seldom asked for, and within a brand.
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT, related_name="messages", db_index=False)
    program = models.ForeignKey(
        Program, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    direction = models.CharField(max_length=3, choices=Direction)
    origin = models.CharField(max_length=10, choices=Origin)
    origin_id = models.UUIDField(null=True, blank=True)
    purpose = models.CharField(max_length=15, choices=Purpose, blank=True)
    value = models.CharField(max_length=10, choices=Value, blank=True)
    lane = models.SmallIntegerField(choices=Lane, default=Lane.MARKETING)
    body = models.TextField(blank=True)
    likeness = models.BigIntegerField(
        null=True, blank=True, help_text="Texts that say the same have nearly the same bits"
    )
    segments = models.PositiveSmallIntegerField(default=1)
    media = models.JSONField(default=list, blank=True, help_text="url and content_type of each attachment")
    status = models.CharField(max_length=11, choices=Status)
    # Why it is held, refused, failed or canceled: a code of consent.reasons or of the provider's table.
    reason = models.CharField(max_length=60, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="The only timer: nothing happens to it before this moment"
    )
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Not worth sending after this moment")
    lease_until = models.DateTimeField(null=True, blank=True)
    claim_id = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    looks = models.PositiveSmallIntegerField(
        default=0, help_text="Times we looked at Twilio and it was not there"
    )
    handed_off_at = models.DateTimeField(null=True, blank=True)
    provider_sid = models.CharField(max_length=34, blank=True)
    provider_code = models.PositiveIntegerField(null=True, blank=True)
    sent_by = models.CharField(max_length=60, blank=True, help_text="user:<id> of the person who wrote it")
    created_at = models.DateTimeField()
    redacted_at = models.DateTimeField(
        null=True, blank=True, help_text="When its words were erased, or retired as too old"
    )
    settled_at = models.DateTimeField(null=True, blank=True, help_text="When it reached its present status")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="message_status_known"),
            models.CheckConstraint(
                condition=~Q(status__in=["handed_off", "sent", "delivered", "read", "undelivered"])
                | Q(handed_off_at__isnull=False),
                name="message_sent_means_handed_off",
            ),
            models.CheckConstraint(
                condition=~Q(direction="in") | ~Q(provider_sid=""), name="message_inbound_has_provider_sid"
            ),
            models.CheckConstraint(
                condition=~Q(direction="in") | Q(status="received"), name="message_inbound_is_received"
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(lease_until__isnull=False, claim_id__isnull=False),
                name="message_sending_under_lease",
            ),
            models.UniqueConstraint(
                fields=["provider_sid"], name="message_provider_sid_once", condition=~Q(provider_sid="")
            ),
            models.UniqueConstraint(
                fields=["brand", "origin", "origin_id", "contact"],
                name="message_once_per_origin",
                condition=Q(origin_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["sender", "lane", "due_at"],
                name="message_due",
                condition=Q(status__in=["queued", "held"]),
            ),
            models.Index(
                fields=["reason"],
                name="message_held_by_switch",
                condition=Q(
                    status="held",
                    reason__in=["brand_paused", "program_paused", "program_not_ready", "sender_not_ready"],
                ),
            ),
            # Whom to ask where they are.
            models.Index(
                fields=["brand", "point"],
                name="message_held_for_a_place",
                condition=Q(status="held", reason="no_allowed_instant"),
            ),
            models.Index(fields=["lease_until"], name="message_leases", condition=Q(status="sending")),
            models.Index(fields=["due_at"], name="message_unknown", condition=Q(status="unknown")),
            models.Index(
                fields=["brand", "point"],
                name="message_open_of_point",
                condition=Q(status__in=["queued", "held", "sending"]),
            ),
            models.Index(fields=["thread", "created_at"], name="message_in_thread"),
            # The frequency cap: what a number got, or may be getting, lately.
            models.Index(
                fields=["brand", "point", "-handed_off_at"],
                name="message_frequency",
                condition=Q(direction="out", purpose="marketing"),
            ),
            models.Index(fields=["brand", "-created_at"], name="message_newest_first"),
            models.Index(fields=["brand", "origin", "origin_id", "status"], name="message_of_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.get_status_display()}: {self.body[:40]}"


class MessageEvent(models.Model):
    """A change of a message's state, or a callback that changed nothing; history and statistics in one."""

    id = models.BigAutoField(primary_key=True)
    # Its message vouches for the brand; a check of each would cost as much as the row itself.
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    was = models.CharField(max_length=11, blank=True)
    became = models.CharField(max_length=11)
    # claimed, accepted, refused_by_provider, callback, looked_up, lease_ended, stop, person, gate …
    cause = models.CharField(max_length=30)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.was or 'new'} → {self.became} ({self.cause})"
