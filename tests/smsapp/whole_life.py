"""Somebody who has done everything a person can do with a brand, and a look through all that is kept of it."""

import dataclasses
import datetime as dt
import re
import uuid
from pathlib import Path
from typing import Any

import redis
import time_machine
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection

from campaigns.models import Campaign, CampaignEvent, Enrollment, Journey, Stage, StageVisit
from consent import admin_upload
from consent.models import Reopening
from contacts import clock
from contacts.models import Contact, ContactImport, ContactPoint
from inbox import reply
from inbox.models import Assignment, Note, SavedReply
from messaging import journal
from messaging.models import Message, Thread
from tests import calls
from tests.admin_story import says
from tests.cast import Cast
from tests.signup_visitor import Visitor, signup_page

NUMBER = "+12065557381"
FIRST, LAST, MAIL = "Zephyrine", "Quackenbush", "zephyrine.q@example.net"
# What tells of her, wherever it stands. The number in any spelling: its digits with hardly anything between them.
TRACES = {
    "number": re.compile(r"2\D{0,4}0\D{0,4}6\D{0,4}5\D{0,4}5\D{0,4}5\D{0,4}7\D{0,4}3\D{0,4}8\D{0,4}1"),
    "names": re.compile("zephyrine|quackenbush", re.IGNORECASE),
    "her words": re.compile("chemex|burr grinder|leave me in peace"),
    "words to her": re.compile("bloom for|oat milk|rinse the filter"),
    "evidence": re.compile(r"203\.0\.113\.77|198\.51\.100\.23|signed on paper"),
    "place": re.compile("98109"),
}


@dataclasses.dataclass
class Life:
    """Her rows at one brand."""

    cast: Cast
    point: ContactPoint
    files: Path

    @property
    def contact(self) -> Contact:
        return Contact.objects.get(id=self.point.contact_id)

    @property
    def thread(self) -> Thread:
        return Thread.objects.get(contact=self.point.contact_id)


def live(cast: Cast, noon: time_machine.Traveller) -> Life:
    """She is imported, signs up, texts, is answered, noted, journeyed with, leaves, is held, and asks to come back."""
    _imported(cast)
    point = ContactPoint.objects.get(brand=cast.brand, address=NUMBER)
    visitor = Visitor(signup_page(cast), noon, ip="198.51.100.23")
    visitor.sends("(206) 555-7381", first_name=FIRST, agree=["marketing", "informational"])
    for words in (
        "AGREE", "ACME", "Is my chemex too hot?", "STOP", "START", "leave me in peace you people",
    ):  # fmt: skip
        noon.shift(dt.timedelta(minutes=1))
        calls.text(cast.sender, point, words, FromCity="SEATTLE", FromZip="98109", ProfileName=FIRST)
    life = Life(cast, point, Path(settings.VAR_DIR) / "uploads" / str(cast.brand.id))
    _answered(life)
    _journeyed(life)
    _watched(life)
    _asked_back(life)
    return life


def _imported(cast: Cast) -> None:
    lines = [
        "phone,first_name,last_name,postal_code,country,consent_purpose,consent_method,consent_at,disclosure,evidence_ip,mail",
        f"+12065550188,Omar,Other,98101,US,marketing,web_form,2026-03-01T10:00:00Z,{cast.disclosure.slug},,o@example.net",
        f'{NUMBER},{FIRST},{LAST},98109,US,marketing,web_form,2026-03-01T10:00:00Z,{cast.disclosure.slug},203.0.113.77,"{MAIL}"',
        f"(206) 555-7381,{FIRST},{LAST},98109,US,marketing,,,,,{MAIL}",
        f"1 206-555-7381 ext. 9,{FIRST},{LAST},98109,US,marketing,,,,,",
    ]
    file = ContentFile("\n".join(lines).encode(), name="people.csv")
    how = {"program": cast.program, "kind": "people", "user": cast.team["marketer"]}
    row = admin_upload.keep(file, filename="people.csv", **how)
    ContactImport.objects.filter(id=row.id).update(status="waiting")
    admin_upload.run(row.id)
    row.refresh_from_db()
    assert row.accepted
    with connection.cursor() as cursor:
        # Temporary, and gone with the commit that a test never makes.
        cursor.execute("DROP TABLE IF EXISTS pg_temp.intake_row")
    # Another copy waits for somebody to choose its columns.
    admin_upload.keep(file, filename="again.csv", **how)


def _answered(life: Life) -> None:
    agent = life.cast.team["agent"]
    reply.send_reply(life.thread, f"Let it bloom for 30 s, {FIRST}.", agent)
    now = clock.now()
    Note.objects.create(
        brand=life.cast.brand,
        thread=life.thread,
        author=agent,
        text=f"{FIRST} likes oat milk",
        created_at=now,
    )
    Assignment.objects.create(brand=life.cast.brand, thread=life.thread, user=agent, assigned_at=now)
    other = life.cast.person(first_name="Omar", agrees_to=())
    calls.text(life.cast.sender, other, "Do you open on Sunday?")
    of_other = Thread.objects.get(contact=other.contact_id)
    Note.objects.create(
        brand=life.cast.brand,
        thread=of_other,
        author=agent,
        text="His neighbour is 206.555.7381",
        created_at=now,
    )
    SavedReply.objects.create(brand=life.cast.brand, title="Ask", body="Call +1 (206) 555 7381 and ask.")


def _journeyed(life: Life) -> None:
    brand, now = life.cast.brand, clock.now()
    journey = Journey.objects.create(
        brand=brand, program=life.cast.program, slug="first", name="First cups", created_at=now
    )
    stage = Stage.objects.create(
        brand=brand, journey=journey, position=1, name="Hello", purpose="marketing", value="care", body="Hello",
        wait=dt.timedelta(days=1),
    )  # fmt: skip
    enrollment = Enrollment.objects.create(
        brand=brand, journey=journey, contact=life.contact, point=life.point, enrolled_at=now, due_at=now
    )
    StageVisit.objects.create(
        brand=brand, enrollment=enrollment, stage=stage, entered_at=now, problem=f"{FIRST} has no size"
    )
    campaign = Campaign.objects.create(
        brand=brand, program=life.cast.program, slug="tips", name=f"Tips for {NUMBER}", purpose="marketing",
        value="know_how", body="Rinse.", created_at=now,
    )  # fmt: skip
    CampaignEvent.objects.create(
        brand=brand, campaign=campaign, at=now, was="draft", became="draft", by="system", why=f"for {NUMBER}"
    )
    says(life.cast, life.point, f"{FIRST}, rinse the filter.", origin_id=campaign.id)


def _watched(life: Life) -> None:
    """What Twilio and the team's own log say of her."""
    sent = Message.objects.filter(direction="out", point=life.point).latest("created_at")
    sid = calls.new_sid()
    Message.objects.filter(id=sent.id).update(
        provider_sid=sid, status="handed_off", handed_off_at=clock.now(), due_at=None
    )
    refused = {"code": 21211, "why": f"The 'To' number {NUMBER} is not valid.", "was_sent": True}
    journal.note([(sent.id, sent.brand_id, "sending", "failed", refused)], cause="answered", at=clock.now())
    tell_status(life, sid)
    calls.post(
        calls.INBOUND, calls.inbound_params(life.cast.sender, NUMBER, "My burr grinder!"), signature="forged"
    )
    stranger = calls.inbound_params(life.cast.sender, NUMBER, "chemex") | {"To": "+15005559999"}
    calls.post(calls.INBOUND, stranger)
    LogEntry.objects.create(
        user=life.cast.team["owner"],
        content_type=ContentType.objects.get_for_model(Contact),
        object_id=str(life.contact.id),
        object_repr=f"{FIRST} {LAST}",
        action_flag=CHANGE,
        change_message=f"Changed {MAIL}",
    )


def tell_status(life: Life, sid: str) -> None:
    """Twilio tells how a text to her went."""
    params = {
        "MessageSid": sid, "MessageStatus": "sent", "To": NUMBER, "From": life.cast.sender.address,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
    }  # fmt: skip
    assert calls.post(calls.STATUS, params).status_code == 200


def _asked_back(life: Life) -> None:
    Reopening.objects.create(
        brand=life.cast.brand, point=life.point, program=life.cast.program, agreed_at=clock.now(),
        evidence={"words": f"{FIRST} signed on paper", "id": uuid.uuid4().hex}, asked_by=life.cast.team["marketer"],
        asked_at=clock.now(), answer=f"{LAST} is known",
    )  # fmt: skip


def everything(folder: Path) -> str:
    """All that is kept: every row of every table as COPY gives it, every value in Redis, every file in a folder."""
    parts: list[str] = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY (SELECT * FROM "{table}") TO STDOUT') as rows:
                parts += [f"{table}\t{bytes(row).decode()}" for row in rows]
    broker = redis.Redis.from_url(settings.REDIS_URL)
    parts += [f"redis {key!r} {broker.dump(key)!r}\n" for key in broker.keys("*")]
    parts += [f"{path.name}\n{path.read_text()}" for path in sorted(folder.rglob("*")) if path.is_file()]
    return "".join(parts)


def traces(text: str) -> dict[str, list[str]]:
    """What there is of her in a text: the lines, by kind of trace."""
    lines = text.splitlines()
    found: dict[str, list[str]] = {
        kind: [line for line in lines if pattern.search(line)] for kind, pattern in TRACES.items()
    }
    return {kind: where for kind, where in found.items() if where}


def ignoring_ids(text: str) -> str:
    """The text without hashes, ids and moments, in whose digits anything can be found by chance."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00", "<moment>", text)
    return re.sub(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{12,}\b", "<id>", text
    )


def seen(model: Any) -> list[dict[str, Any]]:
    """All rows of a model, to compare before and after."""
    return list(model.objects.order_by("pk").values())
