"""One person's whole conversation with one brand."""

from django.db import models

from consent.moods import Mood
from contacts.ids import new_id
from contacts.models import Brand, Contact


class Thread(models.Model):
    """Everything said with a contact, whichever program, number or agent said it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="threads", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="threads")
    last_message_at = models.DateTimeField(null=True)
    last_inbound_at = models.DateTimeField(null=True)
    # The reply clock: set by an inbound text that wants an answer, cleared by a person's answer.
    waiting_since = models.DateTimeField(null=True)
    # The last answer by one of the team: while people talk, machines keep quiet.
    last_reply_at = models.DateTimeField(null=True)
    # An angry or sad text since the thread was last settled; `consent.moods` says which.
    mood = models.CharField(max_length=5, choices=Mood, blank=True, default="", db_default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "contact"], name="thread_one_per_contact")]
        indexes = [
            models.Index(fields=["brand", "-last_message_at"], name="thread_newest_first"),
            models.Index(
                fields=["brand", "waiting_since"],
                name="thread_who_waits",
                condition=models.Q(waiting_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.contact)
