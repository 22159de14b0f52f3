"""A person's answer in a thread: queued as a conversation, refused in words when the gate says no."""

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Greatest

from campaigns import journeys
from consent.models import Purpose
from messaging import outbox
from messaging.models import Direction, Message, Origin, Route, Status, Thread, Value

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_REPLY = 1600


class CannotReply(ValueError):
    """A reply that cannot even be queued; the message says why."""


def send_reply(
    thread: Thread,
    body: str,
    user: "User",
    *,
    once: uuid.UUID | None = None,
    seen_through: dt.datetime | None = None,
) -> Message:
    """Queue what a person answers, and stop the clock of the thread.

    1. Answer on the number the person wrote from, with the sender they wrote to.
    2. Queue it; `once` (the form's own id) makes a double click one text.
    3. Unless the gate refused: stop the reply clock and let a paused journey go on. What came in after
       `seen_through` (aware UTC, the newest text the writer saw) has not been answered: its clock runs on.

    Returns the message, refused or not. Raises CannotReply for an empty or too long body, or a thread in which
    nobody has written.
    """
    text = body.strip()
    if not text:
        raise CannotReply("Write something first.")
    if len(text) > LONGEST_REPLY:
        raise CannotReply(f"At most {LONGEST_REPLY} characters; this has {len(text)}.")
    heard = thread.messages.filter(direction=Direction.IN).order_by("-created_at").first()
    if heard is None:
        raise CannotReply("This person has not written yet, so there is nothing to answer.")
    with transaction.atomic():
        draft = conversation(
            heard, text, origin=Origin.REPLY, origin_id=once or uuid.uuid4(), sent_by=f"user:{user.pk}"
        )
        outbox.queue([draft])
        message = Message.objects.get(
            brand_id=thread.brand_id,
            contact_id=thread.contact_id,
            origin=Origin.REPLY,
            origin_id=draft.origin_id,
        )
        if message.status != Status.REFUSED:
            Thread.objects.filter(id=thread.id).update(
                last_message_at=message.created_at, last_reply_at=message.created_at
            )
            mark_answered(thread, seen_through=seen_through)
    return message


def mark_answered(thread: Thread, *, seen_through: dt.datetime | None = None) -> None:
    """Stop the thread's clock and let the journeys that waited for a person go on."""
    with transaction.atomic():
        stop_clock(thread, seen_through=seen_through)
        journeys.answered(thread.contact_id)


def stop_clock(thread: Thread, *, seen_through: dt.datetime | None = None) -> None:
    """Nobody waits here any more, unless a text came in after `seen_through` (aware UTC; None: all were seen)."""
    with transaction.atomic():
        locked = Thread.objects.select_for_update(no_key=True).get(id=thread.id)
        unseen = None
        if seen_through is not None and locked.waiting_since is not None:
            # A text that reached us late stands above what was seen already, and was not seen either.
            heard = locked.messages.filter(direction=Direction.IN)
            unseen = (
                heard.alias(came_at=Greatest("created_at", "settled_at"))
                .filter(came_at__gt=seen_through)
                .order_by("created_at")
                .values_list("created_at", flat=True)
                .first()
            )
        locked.waiting_since = unseen
        if unseen is None:
            locked.mood = ""
            outbox.look_again_at_settled(locked.brand_id, locked.contact_id)
        locked.save(update_fields=["waiting_since", "mood"])


def conversation(
    heard: Message, body: str, *, origin: Origin, origin_id: uuid.UUID, sent_by: str = ""
) -> outbox.Draft:
    """The draft of an answer to an inbound text: same number, same sender, under the sender's program."""
    return outbox.Draft(
        brand_id=heard.brand_id,
        contact_id=heard.contact_id,
        point_id=heard.point_id,
        sender_id=heard.sender_id,
        program_id=_program_of(heard),
        purpose=Purpose.CONVERSATIONAL,
        value=Value.CARE,
        body=body,
        origin=origin,
        origin_id=origin_id,
        sent_by=sent_by,
    )


def _program_of(heard: Message) -> uuid.UUID | None:
    """The program in which we last spoke to the person; before that, the sender's first."""
    spoken = (
        Message.objects.filter(brand_id=heard.brand_id, thread_id=heard.thread_id, program__isnull=False)
        .order_by("-created_at")
        .values_list("program_id", flat=True)
        .first()
    )
    if spoken is not None:
        return spoken
    routes = Route.objects.filter(sender_id=heard.sender_id).order_by("priority", "id")
    return routes.values_list("program_id", flat=True).first()
