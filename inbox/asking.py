"""What a person asks of the team elsewhere than by text: a note in their thread, and the reply clock runs."""

from django.db import transaction

from contacts import clock
from contacts.models import ContactPoint
from inbox.models import Note
from messaging.models import Thread

ERASURE = (
    "Asked on the preference page, from the link to the number ending in {end}: erase everything about me."
)


def ask_erasure(point: ContactPoint) -> Note:
    """Tell the team that the person wants to be erased; asked again before anybody has answered, it stands there once.

    Nothing is erased by it: whoever holds the phone asked, and somebody has to look who that is.
    """
    now = clock.now()
    text = ERASURE.format(end=point.address[-2:])
    with transaction.atomic():
        thread, _ = Thread.objects.get_or_create(
            brand_id=point.brand_id, contact_id=point.contact_id, defaults={"created_at": now}
        )
        thread = Thread.objects.select_for_update(no_key=True).get(id=thread.id)
        asked = Note.objects.filter(brand_id=point.brand_id, thread=thread, by_contact=True, text=text)
        if thread.waiting_since is not None and (before := asked.order_by("-created_at").first()):
            return before
        thread.waiting_since = thread.waiting_since or now
        # The list of all threads shows those in which something was said.
        thread.last_message_at = thread.last_message_at or now
        thread.save(update_fields=["waiting_since", "last_message_at"])
        return Note.objects.create(
            brand_id=point.brand_id, thread=thread, by_contact=True, text=text, created_at=now
        )
