"""The auditor's desk: one person's story with its proof, the question about a moment, and the lists beside it."""

import datetime as dt
import json
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from consent import ledger, opting, sealing
from consent.models import Access, Act, ConsentEvent, Disclosure, Method
from contacts import clock
from contacts.models import ContactPoint
from inbox import look
from messaging.models import Thread
from tests.admin_story import Story, client_of, hears, says
from tests.cast import Cast
from webhooks.models import WebhookEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def auditor(acme: Cast) -> Client:
    return client_of(acme.team["auditor"])


@pytest.fixture
def maria(noon: Any, acme: Cast) -> ContactPoint:
    """She agreed to marketing a month ago; it was recorded today."""
    return acme.person()


def person_page(client: Client, point: ContactPoint, **query: str) -> Any:
    return client.get(reverse("audit:person", args=[point.contact_id]), query)


@pytest.mark.parametrize(
    "typed", ["{address}", "{local}", "({area}) {rest}", "  1-{area}-{rest} ", "sms:{address}", "{name}"]
)
def test_a_person_is_found_by_a_number_in_any_spelling_or_a_name(
    auditor: Client, acme: Cast, maria: ContactPoint, typed: str
) -> None:
    address = maria.address
    spelled = typed.format(
        address=address, local=address[2:], area=address[2:5], rest=f"{address[5:8]}-{address[8:]}", name="Maria Y"
    )  # fmt: skip
    answer = auditor.post(reverse("audit:search"), {"who": spelled})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("audit:person", args=[maria.contact_id])


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("+1 206 555 9999", "does not know +12065559999"),
        ("12", "has too few digits"),
        ("", "Write a number"),
        ("Nobody", "Nobody is known by the name"),
    ],
)
def test_a_search_that_finds_nobody_says_why(auditor: Client, typed: str, says: str) -> None:
    shown = auditor.post(reverse("audit:search"), {"who": typed}).content.decode()
    assert says in shown


def test_a_person_of_another_brand_is_not_found_and_not_shown(
    auditor: Client, acme: Cast, maria: ContactPoint, theirs: Story
) -> None:
    for typed in (theirs.point.address, theirs.secret):
        shown = auditor.post(reverse("audit:search"), {"who": typed}).content.decode()
        assert str(theirs.point.contact_id) not in shown
        assert theirs.cast.brand.name not in shown
    event = ConsentEvent.objects.filter(point=theirs.point).earliest("seq")
    for name, args in (
        ("audit:person", [theirs.point.contact_id]),
        ("audit:then", [theirs.point.contact_id]),
        ("audit:receipt", [theirs.point.contact_id, event.id]),
        ("audit:receipt", [maria.contact_id, event.id]),
    ):
        assert auditor.get(reverse(name, args=args)).status_code == 404, (name, args)


def test_the_timeline_tells_every_kind_of_thing_newest_first(ours: Story) -> None:
    ours.cast.stop(ours.point)
    Access.objects.create(
        brand=ours.cast.brand, user=ours.cast.team["agent"], at=clock.now() + dt.timedelta(seconds=1), page="thread",
        contact_id=ours.point.contact_id,
    )  # fmt: skip
    answer = person_page(client_of(ours.cast.team["auditor"]), ours.point)
    items = answer.context["items"]
    told = " ".join(item.sentence for item in items)
    assert [item.at for item in items] == sorted((item.at for item in items), reverse=True)
    for expected in (
        "The number was closed to every program, by keyword.",
        "Agreed: marketing texts",
        "They texted.",
        "A marketing text in Acme Coffee Club.",
        "Set out on the journey",
        "asked to undo the closing",
        "agent@acme opened the conversation",
    ):
        assert expected in told, expected
    assert f"{ours.secret} is my kettle too hot?" in answer.content.decode()


def test_a_text_shows_why_it_went_or_did_not_and_by_which_rules(
    auditor: Client, acme: Cast, maria: ContactPoint
) -> None:
    acme.stop(maria)
    refused = says(acme, maria, "Grind finer")
    items = person_page(auditor, maria, kind="kept-back").context["items"]
    [item] = [item for item in items if item.id == str(refused.id)]
    [judged] = item.judged
    assert "Asked to get no more texts" in judged.why
    assert judged.rule_pack
    assert "Refused" in judged.verdict


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("consent", {"Agreed"}),
        ("texts", {"They t", "A mark"}),
        ("holds", {"Held f"}),
        ("journeys", set()),
        ("looks", set()),
    ],
)
def test_the_timeline_is_narrowed_to_a_kind(
    auditor: Client, acme: Cast, maria: ContactPoint, kind: str, expected: set[str]
) -> None:
    says(acme, maria, "Grind finer")
    hears(acme, maria, "Thanks")
    if kind == "holds":
        opting.hold(maria.id, evidence={})
    answer = person_page(auditor, maria, kind=kind)
    assert {item.sentence[:6] for item in answer.context["items"]} == expected
    assert ("Nothing of this kind happened" in answer.content.decode()) == (not expected)


def test_the_timeline_is_narrowed_to_days_of_the_persons_calendar(
    auditor: Client, acme: Cast, maria: ContactPoint
) -> None:
    hears(acme, maria, "Thanks")
    today = clock.now().date()
    last_month = (clock.now() - dt.timedelta(days=30)).date()
    items = person_page(auditor, maria, to=str(last_month)).context["items"]
    assert [item.sentence[:6] for item in items] == ["Agreed"]
    items = person_page(auditor, maria, **{"from": str(today)}).context["items"]
    assert items
    assert "Agreed" not in {item.sentence[:6] for item in items}


def test_a_long_story_has_pages_and_asks_no_more_for_more(
    auditor: Client, acme: Cast, maria: ContactPoint, django_assert_max_num_queries: Any
) -> None:
    for number in range(45):
        hears(acme, maria, f"Text {number}")
    with django_assert_max_num_queries(60):
        first = person_page(auditor, maria)
    second = person_page(auditor, maria, page="2")
    ids = [item.id for page in (first, second) for item in page.context["items"]]
    assert len(ids) == len(set(ids)) == 45 + 1
    assert "Older" in first.content.decode()


def test_what_was_recorded_later_says_so(auditor: Client, acme: Cast, maria: ContactPoint) -> None:
    items = person_page(auditor, maria, kind="consent").context["items"]
    assert items[0].late


def test_an_event_is_pending_until_it_is_sealed_and_then_verified(
    auditor: Client, acme: Cast, maria: ContactPoint
) -> None:
    assert "Not sealed yet" in person_page(auditor, maria).content.decode()
    sealing.seal(acme.brand.id)
    answer = person_page(auditor, maria)
    assert answer.context["proved"]["verified"] == 1
    assert answer.context["checked"].problems == []
    assert "Sealed and verified" in answer.content.decode()


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        ("UPDATE consent_consentevent SET actor = 'system' WHERE id = %s", "not what was recorded"),
        ("UPDATE consent_consentevent SET seq = 2 WHERE id = %s", "not what was recorded"),
        ('UPDATE consent_evidence SET data = \'{"page": "x"}\' WHERE event_id = %s', "not what was recorded"),
        ("DELETE FROM consent_evidence WHERE event_id = %s", "nothing in the ledger says"),
        ("UPDATE consent_disclosure SET text = 'I agree to all'", "not the one that people were shown"),
    ],
)
def test_a_tampered_event_is_shown_as_broken_with_what_is_wrong(
    auditor: Client, acme: Cast, maria: ContactPoint, tampering: str, says: str
) -> None:
    event = ConsentEvent.objects.get(point=maria)
    sealing.seal(acme.brand.id)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(tampering, [event.id] if "%s" in tampering else [])
        cursor.execute("SET session_replication_role = origin")
    answer = person_page(auditor, maria)
    assert answer.context["proved"]["broken"] == 1
    assert "BROKEN" in answer.content.decode()
    assert "not in order" in answer.content.decode()
    assert says in " ".join(answer.context["checked"].problems)


@pytest.mark.parametrize(
    ("tampering", "says"),
    [
        ("UPDATE consent_treehead SET signature = repeat('0', 128)", "Nobody who holds the key signed"),
        ("UPDATE consent_treehead SET root = repeat('0', 64)", "Nobody who holds the key signed"),
        ("UPDATE consent_treetile SET hashes = sha256('x')", "not the one that was signed"),
    ],
)
def test_a_log_that_is_not_sound_verifies_nothing(
    auditor: Client, acme: Cast, maria: ContactPoint, tampering: str, says: str
) -> None:
    sealing.seal(acme.brand.id)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(tampering)
        cursor.execute("SET session_replication_role = origin")
    answer = person_page(auditor, maria)
    assert answer.context["proved"]["verified"] == 0
    assert says in answer.content.decode()


def test_a_receipt_is_taken_along(auditor: Client, acme: Cast, maria: ContactPoint) -> None:
    event = ConsentEvent.objects.get(point=maria)
    answer = auditor.get(reverse("audit:receipt", args=[maria.contact_id, event.id]), follow=True)
    assert "No receipt yet" in answer.content.decode()
    sealing.seal(acme.brand.id)
    answer = auditor.get(reverse("audit:receipt", args=[maria.contact_id, event.id]))
    assert json.loads(answer.content)["consentReceiptID"] == str(event.id)
    assert "https://acme.example/join" not in answer.content.decode()


def ask(client: Client, point: ContactPoint, **query: str) -> Any:
    return client.get(reverse("audit:then", args=[point.contact_id]), query)


def test_could_we_text_them_then_is_answered_on_what_was_known_and_on_what_was(
    auditor: Client, acme: Cast, maria: ContactPoint
) -> None:
    type(acme.program).objects.update(ready_at=clock.now() - dt.timedelta(days=365))
    said_at = clock.now() - dt.timedelta(hours=2)
    ledger.record(
        ledger.Entry(
            point_id=maria.id, act=Act.REVOKED, method=Method.SUPPORT, actor="user:1", occurred_at=said_at
        )
    )
    key = {"program": str(acme.program.id), "purpose": "marketing", "clock": "utc"}
    # The agreement was recorded today, though it was given a month ago.
    answer = ask(auditor, maria, at=(clock.now() - dt.timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S"), **key)
    answered = answer.context["answered"]
    [known], [was] = answered.known.answers, answered.was.answers
    assert known.reasons == ["Never agreed to this kind of text"]
    assert was.reasons == ["Agreed to, and now is a good time"]
    assert answered.differ
    assert ("Kind of text", "Marketing") in was.facts
    assert ("Whose law counts", "US, state not known") in was.facts or "Washington" in dict(was.facts)[
        "Whose law counts"
    ]
    assert dict(was.facts)["In the program"].startswith("Active, as of event 1 of this number")
    assert not any("seq" in name + said or "marketing:" in said for name, said in was.facts)
    answer = ask(
        auditor, maria, at=(clock.now() - dt.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S"), **key
    )
    assert answer.context["answered"].was.answers[0].reasons == ["Asked to get no more texts"]
    assert "The two answers differ" in answer.content.decode()


def test_the_moment_may_be_told_on_the_persons_own_clock(
    auditor: Client, acme: Cast, maria: ContactPoint
) -> None:
    answer = ask(auditor, maria, at="2026-11-18T09:30", clock="local")
    assert answer.context["question"].at == dt.datetime(2026, 11, 18, 14, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("yesterday", "this is no moment"),
        ("2026-11-01T01:30", "that hour came twice"),
        ("2026-03-08T02:30", "that hour was left out"),
        ("2031-01-01T00:00", "lies in the future"),
    ],
)
def test_a_moment_that_cannot_be_meant_is_refused_in_words(
    auditor: Client, acme: Cast, maria: ContactPoint, at: str, says: str
) -> None:
    answer = ask(auditor, maria, at=at, clock="local")
    assert answer.status_code == 400
    assert says in answer.content.decode()


def test_the_link_to_an_answer_holds_no_personal_data_and_gives_the_same_answer(
    auditor: Client, acme: Cast, maria: ContactPoint
) -> None:
    first = ask(auditor, maria, at="2026-11-18T09:30", clock="local", purpose="marketing")
    link = first.context["link"]
    assert maria.address[1:] not in link
    assert "Maria" not in link
    second = auditor.get(f"{reverse('audit:then', args=[maria.contact_id])}?{link}")
    assert second.context["question"] == first.context["question"]


def test_opt_outs_show_the_words_how_they_were_read_how_fast_and_what_was_doubtful(
    auditor: Client, acme: Cast, maria: ContactPoint
) -> None:
    said = hears(acme, maria, "please take me off this list")
    WebhookEvent.objects.create(
        brand=acme.brand, kind="inbound", provider_sid=said.provider_sid, params={}, received_at=clock.now(),
        closed_after_ms=42.0,
    )  # fmt: skip
    told = {"message": str(said.id), "text": said.body, "why": "asks to stop"}
    opting.close(maria.id, method=Method.PLAIN_WORDS, evidence=told)
    other = acme.person(first_name="Ann")
    chat = hears(acme, other, "I love your coffee")
    opting.hold(other.id, evidence={"message": str(chat.id), "text": chat.body, "why": "may be a stop"})
    rows = auditor.get(reverse("audit:opt-outs")).context["rows"]
    held, closed = sorted(rows, key=lambda row: row.event.act)
    assert (closed.words, closed.why, closed.language) == (
        "please take me off this list",
        "asks to stop",
        "English",
    )
    assert (closed.latency, closed.doubt) == ("42 ms", "")
    assert held.doubt.startswith("Read today, it would be ordinary")
    keywords = auditor.get(reverse("audit:opt-outs"), {"kind": "keywords"})
    assert keywords.context["rows"] == []
    assert "Nobody has left in this way." in keywords.content.decode()


def test_an_opt_out_tells_what_came_afterwards(auditor: Client, acme: Cast, maria: ContactPoint) -> None:
    acme.stop(maria)
    opting.reopen(maria.id, evidence={})
    [row] = auditor.get(reverse("audit:opt-outs")).context["rows"]
    assert row.afterwards.startswith("resumed on 18 Nov 2026")


def test_holds_wait_on_a_clock_until_somebody_has_looked(
    auditor: Client, acme: Cast, maria: ContactPoint, noon: Any
) -> None:
    said = hears(acme, maria, "stop it maybe")
    opting.hold(maria.id, evidence={"message": str(said.id), "text": said.body, "why": "may be a stop"})
    noon.shift(dt.timedelta(hours=3))
    answer = auditor.get(reverse("audit:holds"))
    [hold] = answer.context["held"]
    assert (hold.waits, hold.is_long, hold.words) == ("3 h 0 min", True, "stop it maybe")
    look.release_hold(Thread.objects.get(contact=maria.contact_id), acme.team["agent"])
    assert "No number is held." in auditor.get(reverse("audit:holds")).content.decode()


def test_disclosures_show_word_by_word_what_changed_and_how_many_agreed(
    auditor: Client, acme: Cast, maria: ContactPoint
) -> None:
    first = acme.disclosure
    Disclosure.objects.create(
        brand=acme.brand, program=acme.program, slug=first.slug, version=2, locale=first.locale,
        text=f"{first.text} <b>Reply STOP</b>", sha256="1" * 64, created_at=clock.now(),
    )  # fmt: skip
    answer = auditor.get(reverse("audit:disclosures"))
    [wording] = answer.context["wordings"]
    newest, oldest = wording.versions
    assert (newest.agreed, oldest.agreed) == (0, 1)
    assert (newest.is_last, oldest.before) == (True, None)
    assert "<ins>" in newest.after
    assert "&lt;b&gt;Reply STOP" in newest.after
    assert "<b>Reply" not in answer.content.decode()


def test_the_desk_says_when_the_sealer_does_not_run(
    auditor: Client, acme: Cast, maria: ContactPoint, noon: Any
) -> None:
    assert "Nothing is sealed yet" in auditor.get(reverse("audit:home")).content.decode()
    noon.shift(dt.timedelta(minutes=6))
    assert "the sealer does not run" in auditor.get(reverse("audit:home")).content.decode()
    sealing.seal(acme.brand.id)
    assert "Nothing waits" in auditor.get(reverse("audit:home")).content.decode()


def test_an_unknown_person_is_not_there(auditor: Client) -> None:
    assert auditor.get(reverse("audit:person", args=[uuid.uuid4()])).status_code == 404
