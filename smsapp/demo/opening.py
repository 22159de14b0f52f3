"""What a newcomer finds when the demo opens: customers imported, a campaign going out, a few people talking."""

import threading
from collections.abc import Callable

from django.conf import settings
from django.db import connection

from campaigns.launch import launch
from campaigns.models import Campaign, CampaignStatus
from contacts import clock
from contacts.models import ContactImport
from messaging.models import Message, Origin, Status
from smsapp.demo import scenery
from smsapp.demo.phones import Phones
from smsapp.demo.processes import Processes

SAID = (
    ("V60, and it tastes a bit sour", "Moka pot! What grind do you suggest?"),
    ("¿Qué molienda para moka?", "please take me off your list"),
    ("❤️", "STOP"),
)


def play(processes: Processes, say: Callable[[str], None]) -> None:
    """On a first run: import, launch, and let a few customers speak; later runs find it all there."""
    if not ContactImport.objects.filter(status=ContactImport.Status.DONE).exists():
        done = scenery.customers()
        say(
            f"Imported {done.rows} customers: {done.accepted} may be texted, {done.cannot_text} are kept without "
            f"permission, {done.refused} are refused."
        )
    campaign = Campaign.objects.get(brand__slug=scenery.BRAND, slug=scenery.CAMPAIGN)
    if campaign.status != CampaignStatus.DRAFT:
        return
    launch(campaign.id)
    say(f"Launched “{campaign.name}”; it is going out now.")
    processes.wait_for(lambda: len(_had_it(campaign)) >= 2 * len(SAID), "the first texts")
    # The wall is live meanwhile; nobody waits for these six.
    threading.Thread(target=_speak, args=[_had_it(campaign)], daemon=True).start()


def _had_it(campaign: Campaign) -> list[str]:
    sent = Message.objects.filter(origin=Origin.CAMPAIGN, origin_id=campaign.id, status=Status.DELIVERED)
    return list(sent.values_list("point__address", flat=True)[: 2 * len(SAID)])


def _speak(numbers: list[str]) -> None:
    phones = Phones()
    for number, body in zip(numbers, [body for pair in SAID for body in pair], strict=True):
        phones.text(number, body)
    connection.close()


def clock_in_words() -> str:
    """Which time the demo lives in."""
    now = clock.now()
    if not settings.CLOCK_OFFSET_SECONDS:
        return "The clock is the real one, so texts wait where it is night."
    return (
        f"The demo's clock reads {now:%A %d %B, %H:%M} UTC, so that quiet hours do not depend on when you try it "
        "(--real-clock keeps the real time)."
    )
