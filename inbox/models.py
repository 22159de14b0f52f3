"""Who answers a thread, and what the team keeps beside it."""

from django.conf import settings
from django.db import models

from contacts.ids import new_id
from contacts.models import Brand
from messaging.models import Thread


class Assignment(models.Model):
    """The team member who answers a thread now."""

    thread = models.OneToOneField(
        Thread, primary_key=True, on_delete=models.CASCADE, related_name="assignment"
    )
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    assigned_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.thread} · {self.user}"


class Note(models.Model):
    """A remark for the team beside a thread; never sent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="+")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    text = models.TextField()
    by_contact = models.BooleanField(
        default=False, help_text="Asked by the person themselves, on their preference page"
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["brand", "thread", "created_at"], name="note_of_thread")]

    def __str__(self) -> str:
        return self.text[:60]


class SavedReply(models.Model):
    """An answer worth keeping; a person still reads it before it goes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="saved_replies")
    title = models.CharField(max_length=80)
    body = models.TextField(max_length=1600)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "title"], name="saved_reply_title_per_brand")]
        ordering = ["title"]
        verbose_name_plural = "saved replies"

    def __str__(self) -> str:
        return self.title


class AutoAnswer(models.Model):
    """A question the brand is sure of, known by its whole wording, and its answer."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="auto_answers")
    question = models.CharField(
        max_length=160, help_text="Matched as the whole message, whatever its case and accents"
    )
    body = models.TextField(max_length=1600)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["brand", "question"], name="auto_answer_once")]
        ordering = ["question"]

    def __str__(self) -> str:
        return self.question
