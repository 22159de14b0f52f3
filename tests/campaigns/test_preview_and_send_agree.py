"""What the preflight says is what the send does: the same counts, and the same reasons person by person."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import time_machine

from campaigns import fill, launch, personal, preflight
from campaigns.models import Campaign
from consent.models import Act
from contacts import clock
from contacts.models import ContactPoint
from messaging import claim
from messaging.models import Decision, Lane, Message, Status
from tests.admin_story import hears
from tests.campaigns.conftest import campaign_of, says
from tests.cast import Cast

PEOPLE = 400
# What a person may be told of the text: (outcome, every reason).
Told = tuple[str, tuple[str, ...]]


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """A Wednesday at 13:00 New York that does not pass, and no broker."""


def _paused(cast: Cast, point: ContactPoint) -> None:
    says(cast, point, Act.PAUSED)


def _left(cast: Cast, point: ContactPoint) -> None:
    says(cast, point, Act.REVOKED)


def _held(cast: Cast, point: ContactPoint) -> None:
    says(cast, point, Act.HELD, everywhere=True)


def _stopped(cast: Cast, point: ContactPoint) -> None:
    cast.stop(point)


def _writes(cast: Cast, point: ContactPoint) -> None:
    hears(cast, point, "is my kettle too hot?")


def _capped(cast: Cast, point: ContactPoint) -> None:
    """Three marketing texts in the last hours: the program's cap."""
    thread = hears(cast, point, "Thanks!", at=clock.now() - dt.timedelta(days=1)).thread
    type(thread).objects.filter(id=thread.id).update(waiting_since=None)
    for hours in (1, 2, 3):
        at = clock.now() - dt.timedelta(hours=hours)
        Message.objects.create(
            brand=cast.brand, thread=thread, contact_id=point.contact_id, point=point, sender=cast.sender,
            program=cast.program, direction="out", origin="api", purpose="marketing", value="care",
            status=Status.DELIVERED, handed_off_at=at, settled_at=at, created_at=at,
            body=f"Cup {hours}", provider_sid=f"SM{uuid.uuid4().hex}",
        )  # fmt: skip


def _asked_for_fewer_and_had_one(cast: Cast, point: ContactPoint) -> None:
    _capped(cast, point)
    says(cast, point, Act.REDUCED)


NOBODY_IN_PARTICULAR: dict[str, object] = {}
# How a person differs from one who may be texted: fields of the contact, and what has happened.
KINDS: list[tuple[dict[str, object], Callable[[Cast, ContactPoint], None] | None]] = [
    (NOBODY_IN_PARTICULAR, None),
    ({"first_name": ""}, None),
    ({"first_name": "Łukasz"}, None),
    ({"timezone": "America/Los_Angeles", "region": "CA"}, None),
    ({"timezone": "Pacific/Honolulu"}, None),
    ({"timezone": "Asia/Tokyo"}, None),
    ({"timezone": "Pacific/Auckland", "postal_code": "10001"}, None),
    ({"timezone": "Europe/Moscow", "postal_code": "96813"}, None),  # Honolulu: no hour is day in both
    ({"agrees_to": ("informational",)}, None),
    ({"country": "JP", "timezone": "Asia/Tokyo"}, None),
    (NOBODY_IN_PARTICULAR, _paused),
    (NOBODY_IN_PARTICULAR, _left),
    (NOBODY_IN_PARTICULAR, _held),
    (NOBODY_IN_PARTICULAR, _stopped),
    (NOBODY_IN_PARTICULAR, _writes),
    (NOBODY_IN_PARTICULAR, _capped),
    (NOBODY_IN_PARTICULAR, _asked_for_fewer_and_had_one),
    ({"timezone": "Pacific/Honolulu"}, _paused),
    ({"attributes": {"roast": "{city}"}}, None),
    ({"attributes": {"roast": "x" * 1700}}, None),
]
BODY = "{{ first_name|default:'Hi' }}, {{ attributes.roast|default:'grind finer' }}. Acme, STOP to end"


@pytest.fixture
def campaign(acme: Cast) -> Campaign:
    """A campaign for four hundred people of every kind."""
    for number in range(PEOPLE):
        fields, happens = KINDS[number % len(KINDS)]
        point = acme.person(**fields)  # type: ignore[arg-type]
        if happens:
            happens(acme, point)
    return campaign_of(acme, body=BODY)


def previewed(campaign: Campaign) -> dict[uuid.UUID, Told]:
    """What the preflight says of each person."""
    sender = personal.sender_for(campaign.program)
    assert sender
    pages = preflight.judged(campaign, sender, at=clock.now())
    return {
        draft.contact_id: (verdict.outcome, verdict.reasons)
        for page in pages
        for draft, verdict in page.texts
    }


def claimed(campaign: Campaign, cast: Cast) -> dict[uuid.UUID, Told]:
    """What the claims say of each person, those that the queueing refused as it said then.

    What was held is made due at this very moment, so that it too is judged under the locks.
    """
    launch.launch(campaign.id)
    fill.fill(campaign.id)
    messages = Message.objects.filter(origin="campaign", origin_id=campaign.id)
    messages.filter(status=Status.HELD).update(due_at=clock.now())
    while claim.claim(cast.sender, segments=100, limit=100, lanes=tuple(Lane)).looked_at:
        pass
    rows = Decision.objects.filter(message__in=messages).order_by("id")
    last = {row.message_id: row for row in rows.select_related("message")}
    stages = Counter(row.stage for row in last.values())
    assert (
        stages["claim"]
        == messages.exclude(reason__in=[]).filter(attempts__gte=0).exclude(status=Status.REFUSED).count()
    )
    return {row.message.contact_id: (row.outcome, tuple(row.reasons)) for row in last.values()}


def test_the_send_decides_person_by_person_as_the_preview_did(acme: Cast, campaign: Campaign) -> None:
    said = previewed(campaign)
    counted = preflight.preflight(campaign)
    assert counted.people == PEOPLE
    assert counted.skipped > 0
    assert {reason for _, reasons in said.values() for reason in reasons} >= {
        "permitted", "no_permission", "number_closed", "left_program", "country_not_served", "number_held", "paused",
        "quiet_hours", "no_allowed_instant", "frequency_cap", "asked_for_fewer", "unfilled",
    }  # fmt: skip
    done = claimed(campaign, acme)
    assert {person: told for person, told in said.items() if done[person] != told} == {}
    assert len(done) == len(said) == counted.people - counted.skipped
    assert Counter(reasons[0] for _, reasons in done.values()) == counted.by_reason
    assert Counter(outcome for outcome, _ in done.values()) == counted.outcomes
