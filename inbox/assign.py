"""Who answers a thread, and what is remarked beside it."""

from typing import TYPE_CHECKING

from contacts import clock
from inbox.models import Assignment, Note
from messaging.models import Thread

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def assign(thread: Thread, user: "User") -> Assignment:
    """Make `user` the one who answers; whoever had it before no longer does."""
    row, _ = Assignment.objects.update_or_create(
        thread=thread, defaults={"brand_id": thread.brand_id, "user": user, "assigned_at": clock.now()}
    )
    return row


def release(thread: Thread) -> None:
    """Nobody in particular answers it."""
    Assignment.objects.filter(thread=thread).delete()


def note(thread: Thread, user: "User", text: str) -> Note:
    """Keep a remark for the team; it is never sent. Raises ValueError when empty."""
    if not text.strip():
        raise ValueError("Write something first.")
    return Note.objects.create(
        thread=thread, brand_id=thread.brand_id, author=user, text=text.strip(), created_at=clock.now()
    )
