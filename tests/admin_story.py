"""A brand with one of everything the admin shows, for the tests of its pages."""

import dataclasses
import datetime as dt
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from campaigns.models import Campaign, Enrollment, Journey, Stage, Template
from consent import sealing
from consent.models import ConsentEvent, Erasure, HeadDelivery, HeadWitness, Reopening, SignupPage
from contacts import api_keys, clock
from contacts.models import ContactImport, ContactPoint, ImportRow, RetentionRule, Segment
from inbox.models import AutoAnswer, Note, SavedReply
from messaging import outbox
from messaging.models import Account, Decision, Message, MessageEvent, Origin, Sender, Thread
from messaging.receive import Inbound, receive
from tests.cast import Cast
from webhooks.models import WebhookEvent


@dataclasses.dataclass
class Story:
    """What there is to look at, by the label of its model."""

    cast: Cast
    point: ContactPoint
    thread: Thread
    inbound: Message
    campaign: Campaign
    rows: dict[str, Model]
    secret: str


def client_of(user: User) -> Client:
    """A browser in which this person is logged in."""
    client = Client()
    client.force_login(user)
    return client


def url(label: str, page: str, *args: Any) -> str:
    """The address of an admin page, e.g. url("contacts.Contact", "changelist")."""
    return reverse(f"admin:{label.lower().replace('.', '_')}_{page}", args=args)


def hears(cast: Cast, point: ContactPoint, body: str, **fields: Any) -> Message:
    """A text of a person, waiting for an answer."""
    text = Inbound(
        sid=f"SM{uuid.uuid4().hex}",
        channel="sms",
        address=point.address,
        body=body,
        media=fields.get("media", []),
        received_at=fields.get("at", clock.now()),
    )
    return receive(text, sender=cast.sender, point=point, wants_answer=True)


def says(cast: Cast, point: ContactPoint, body: str, **fields: Any) -> Message:
    """A marketing text to a person, queued."""
    draft = outbox.Draft(
        **{
            "brand_id": cast.brand.id,
            "contact_id": point.contact_id,
            "point_id": point.id,
            "sender_id": cast.sender.id,
            "program_id": cast.program.id,
            "purpose": "marketing",
            "value": "know_how",
            "body": body,
            "origin": Origin.CAMPAIGN,
            "origin_id": uuid.uuid4(),
        }
        | fields
    )
    (message_id,) = outbox.queue([draft])
    return Message.objects.get(id=message_id)


def tell(cast: Cast) -> Story:
    """One of everything, each marked with a word that only this brand has."""
    secret = f"Zq{cast.brand.slug}"
    now = clock.now()
    point = cast.person(
        first_name=secret, last_name="Young", tags=[secret], attributes={"favourite": "filter"}
    )
    inbound = hears(cast, point, f"{secret} is my kettle too hot?")
    message = says(cast, point, f"{secret} grind finer")
    segment = Segment.objects.create(brand=cast.brand, slug="filter", name=f"{secret} filter", tags=[secret])
    campaign = Campaign.objects.create(
        brand=cast.brand, program=cast.program, segment=segment, slug="tips", name=f"{secret} tips",
        purpose="marketing", value="know_how", body="{{ first_name|default:'Hi' }}, grind finer.", created_at=now,
    )  # fmt: skip
    journey = Journey.objects.create(
        brand=cast.brand, program=cast.program, slug="first", name=f"{secret} first cups", created_at=now
    )
    Stage.objects.create(
        brand=cast.brand, journey=journey, position=1, name=f"{secret} hello", purpose="marketing", value="care",
        body="Hello", wait=dt.timedelta(days=2),
    )  # fmt: skip
    enrollment = Enrollment.objects.create(
        brand=cast.brand, journey=journey, contact=point.contact, point=point, enrolled_at=now, due_at=now
    )
    taken_in = ContactImport.objects.create(
        brand=cast.brand, program_slug=cast.program.slug, filename=f"{secret}.csv", sha256="a" * 64, status="done",
        rows=3, accepted=1, cannot_text=1, refused=1, started_by=cast.team["owner"], started_at=now, finished_at=now,
    )  # fmt: skip
    row = ImportRow.objects.create(
        contact_import=taken_in, line=3, outcome="refused", reasons=["phone_too_short"], phone=f"{secret}12"
    )
    account = Account.objects.create(
        brand=cast.brand, name=f"{secret} account", sid=f"AC{uuid.uuid4().hex}", sealed_tokens="x"
    )
    event = WebhookEvent.objects.create(
        brand=cast.brand, kind="inbound", provider_sid=f"SM{secret}", params={"Body": [secret]}, received_at=now,
        processed_at=now, closed_after_ms=12.5, answered_after_ms=15.0,
    )  # fmt: skip
    head = sealing.seal(cast.brand.id)
    assert head
    witness = HeadWitness.objects.create(
        brand=cast.brand, kind="file", address=f"{secret}-notary", created_at=now
    )
    thread = Thread.objects.get(id=inbound.thread_id)
    Note.objects.create(
        brand=cast.brand,
        thread=thread,
        author=cast.team["agent"],
        text=f"{secret} likes oat milk",
        created_at=now,
    )
    made = [
        cast.brand, point.contact, segment, taken_in, row, cast.program, cast.disclosure, cast.sender, account, message,
        campaign, journey, enrollment, event,
        cast.brand.team.get(role="agent"),
        head, head.key, witness,
        HeadDelivery.objects.create(head=head, witness=witness, created_at=now, due_at=now, problem=f"{secret} full"),
        ConsentEvent.objects.filter(brand=cast.brand).latest("recorded_at"),
        Decision.objects.filter(message=message).latest("id"),
        MessageEvent.objects.filter(message=message).latest("id"),
        Template.objects.create(brand=cast.brand, slug="t", name=f"{secret} t", value="care", body=f"{secret} text"),
        SavedReply.objects.create(brand=cast.brand, title=f"{secret} hours", body="We open at 8."),
        SignupPage.objects.create(
            brand=cast.brand, program=cast.program, slug=f"{secret}-join", disclosure_slug=cast.disclosure.slug,
            created_at=now,
        ),
        Reopening.objects.create(
            brand=cast.brand, point=point, agreed_at=now, asked_at=now, asked_by=cast.team["agent"],
            evidence={"words": f"{secret} please text me again"},
        ),
        api_keys.make(cast.brand, name=f"{secret} shop", user=cast.team["owner"])[0],
        AutoAnswer.objects.create(brand=cast.brand, question=f"{secret} when do you open?", body="At 8."),
        Erasure.objects.create(brand=cast.brand, contact_id=uuid.uuid4(), reason=f"{secret} asked", asked_at=now),
        RetentionRule.objects.create(brand=cast.brand, kind="quarantine", days=90),
    ]  # fmt: skip
    rows = {each._meta.label: each for each in made}
    assert isinstance(rows["messaging.Sender"], Sender)
    return Story(
        cast=cast, point=point, thread=thread, inbound=inbound, campaign=campaign, rows=rows, secret=secret
    )  # fmt: skip


def extra_pages(story: Story) -> list[tuple[str, str]]:
    """(method, address) of every page that is not one of Django's five."""
    rows = story.rows
    campaign, thread = rows["campaigns.Campaign"].pk, story.thread.pk
    moves = [
        ("post", url("campaigns.Campaign", "move", campaign, how))
        for how in ("launch", "pause", "resume", "cancel")
    ]
    acts = [
        ("post", reverse("inbox:act", args=[thread, what]))
        for what in ("assign", "release", "answered", "close-number", "release-hold")
    ]
    return [
        ("get", url("campaigns.Campaign", "preflight", campaign)),
        ("get", url("campaigns.Campaign", "counts", campaign)),
        ("get", url("campaigns.Campaign", "people", campaign, "permitted")),
        ("post", url("campaigns.Campaign", "cap", campaign)),
        ("get", url("campaigns.Campaign", "progress", campaign)),
        *moves,
        ("post", url("campaigns.Journey", "switch", rows["campaigns.Journey"].pk)),
        ("post", url("contacts.Brand", "pause", rows["contacts.Brand"].pk)),
        ("post", url("contacts.ApiKey", "revoke", rows["contacts.ApiKey"].pk)),
        ("post", url("consent.Reopening", "ask", story.point.pk)),
        ("post", url("consent.Reopening", "decide", rows["consent.Reopening"].pk)),
        ("post", reverse("inbox:told", args=[story.point.contact_id])),
        ("post", reverse("inbox:link", args=[story.point.contact_id])),
        ("post", url("consent.Program", "pause", rows["consent.Program"].pk)),
        ("post", url("consent.SignupPage", "live", rows["consent.SignupPage"].pk)),
        ("post", url("consent.HeadWitness", "stop", rows["consent.HeadWitness"].pk)),
        ("get", url("consent.TreeHead", "json", rows["consent.TreeHead"].pk)),
        ("post", url("messaging.Sender", "halt", rows["messaging.Sender"].pk)),
        ("get", url("contacts.ContactImport", "progress", rows["contacts.ContactImport"].pk)),
        ("get", url("contacts.ContactImport", "report", rows["contacts.ContactImport"].pk)),
        ("get", url("contacts.ContactImport", "columns", rows["contacts.ContactImport"].pk)),
        ("post", url("contacts.ContactImport", "start", rows["contacts.ContactImport"].pk)),
        ("post", reverse("privacy:erase", args=[story.point.contact_id])),
        ("get", reverse("inbox:thread", args=[thread])),
        ("get", reverse("inbox:lines", args=[thread])),
        ("post", reverse("inbox:reply", args=[thread])),
        ("post", reverse("inbox:note", args=[thread])),
        *acts,
    ]
