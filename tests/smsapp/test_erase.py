"""A person is erased: no trace of them is left, the chain holds, nothing brings them back but they themselves."""

import base64
import datetime as dt
import io
import json
import logging
import uuid
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from campaigns import audience
from consent import intake, ledger, sealing, suppressions
from consent.missing_evidence import may_be_missing
from consent.models import (
    Act,
    ConsentEvent,
    Erasure,
    Evidence,
    JoinRequest,
    Status,
    Subscription,
    Suppression,
)
from contacts import api_keys, clock
from contacts.models import Contact, ContactPoint, ImportRow
from inbox.models import Note
from messaging import reconcile
from messaging.models import Message, Sender, Thread
from smsapp.privacy import erase
from tests import calls
from tests.admin_story import says
from tests.cast import Cast
from tests.ledger_story import verify
from tests.smsapp import whole_life
from tests.smsapp.whole_life import FIRST, LAST, NUMBER, Life
from webhooks import senders
from webhooks.models import QuarantinedRequest, WebhookEvent

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)


@pytest.fixture
def life(noon: time_machine.Traveller, acme: Cast) -> Life:
    return whole_life.live(acme, noon)


def erased(life: Life, reason: str = "asked by mail") -> Erasure:
    return erase.erase(life.contact.id, asked_by=life.cast.team["owner"], reason=reason)


def chain_holds(point: ContactPoint) -> bool:
    events = list(ConsentEvent.objects.filter(point=point).order_by("seq"))
    links = [("", *[event.hash for event in events[:-1]])] if events else []
    return (
        [event.seq for event in events] == list(range(1, len(events) + 1))
        and all(ledger.hash_of(event) == event.hash for event in events)
        and [event.previous_hash for event in events] == list(links[0])
    )


def test_no_trace_of_the_person_is_left_in_any_table_file_or_log(
    life: Life, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = whole_life.ignoring_ids(whole_life.everything(tmp_path))
    assert set(whole_life.traces(before)) == set(whole_life.TRACES), "the story leaves every kind of trace"
    caplog.set_level(logging.DEBUG)
    caplog.clear()
    erased(life)
    after = whole_life.ignoring_ids(whole_life.everything(tmp_path))
    assert whole_life.traces(after) == {}
    logged = [record.getMessage() for record in caplog.get_records("setup") + caplog.records]
    assert logged
    assert whole_life.traces("\n".join(logged)) == {}


def test_what_goes_through_the_broker_names_nobody(
    life: Life, django_capture_on_commit_callbacks: Any
) -> None:
    broker = redis.Redis.from_url(settings.REDIS_URL)
    broker.flushdb()
    with django_capture_on_commit_callbacks(execute=True):
        calls.text(life.cast.sender, life.point, f"START, and my chemex, {FIRST} {NUMBER}")
        says(life.cast, life.cast.person(first_name=FIRST, last_name=LAST), f"{FIRST}, rinse the filter.")
    tasks = [json.loads(each) for name in ("bulk", "replies") for each in broker.lrange(name, 0, -1)]
    broker.flushdb()
    assert tasks
    told = [json.dumps(task["headers"]) + base64.b64decode(task["body"]).decode() for task in tasks]
    assert whole_life.traces(whole_life.ignoring_ids("\n".join(told))) == {}


def test_the_chain_stays_whole_and_says_that_the_evidence_went_lawfully(life: Life) -> None:
    hashes = list(
        ConsentEvent.objects.filter(point=life.point).order_by("seq").values_list("hash", flat=True)
    )
    erased(life)
    events = list(ConsentEvent.objects.filter(point=life.point).order_by("seq"))
    assert [event.hash for event in events][: len(hashes)] == hashes
    assert chain_holds(life.point)
    assert Act.ERASED in {event.act for event in events[len(hashes) :]}
    assert not Evidence.objects.filter(event__point=life.point).exists()
    missing = {event.seq for event in events if event.evidence_commitment}
    assert missing
    assert missing <= may_be_missing(events)
    sealing.seal_due()
    told = verify()
    assert told["findings"] == []
    assert told["events"] == ConsentEvent.objects.count()


def test_a_file_brings_nobody_back(life: Life, tmp_path: Path) -> None:
    erased(life)
    file = tmp_path / "old-list.csv"
    file.write_text(
        "phone,first_name,consent_purpose,consent_method,consent_at,disclosure\n"
        f"(206) 555-7381,{FIRST},marketing,web_form,2026-03-01T10:00:00Z,{life.cast.disclosure.slug}\n"
    )
    taken_in = intake.import_file(file, program=life.cast.program, filename="old-list.csv")
    assert (taken_in.accepted, taken_in.refused) == (0, 1)
    row = ImportRow.objects.get(contact_import=taken_in)
    assert row.reasons == ["erased_person"]
    assert not ContactPoint.objects.filter(address=NUMBER).exists()
    assert "7381" not in row.phone + row.detail + (tmp_path / "old-list.report.csv").read_text()


def test_no_campaign_counts_or_reaches_them(life: Life) -> None:
    campaign = whole_life.Campaign.objects.get(slug="tips")
    others = life.cast.person(first_name="Omar")
    assert life.point in audience.points(campaign)
    erased(life)
    assert life.point not in audience.points(campaign)
    assert others in audience.points(campaign)
    refused = says(life.cast, life.point, "Are you there?")
    assert (refused.status, refused.reason) == ("refused", "number_closed")


def test_nothing_that_waited_goes_out_and_nobody_has_work_with_them(life: Life) -> None:
    waiting = says(life.cast, life.cast.person(), "Hello")
    hers = Message.objects.filter(point=life.point, status__in=["queued", "held"])
    request = JoinRequest.objects.filter(point=life.point)
    assert request.exists()
    erased(life)
    assert not hers.exists()
    assert not request.filter(ended_at=None).exists()
    assert not life.point.reopenings.filter(decided_at=None).exists()
    assert life.thread.waiting_since is None
    waiting.refresh_from_db()
    assert waiting.status == "queued"


def test_her_own_join_word_makes_her_somebody_new_and_the_stub_stays(life: Life, tmp_path: Path) -> None:
    erased(life)
    calls.text(life.cast.sender, NUMBER, "ACME")
    point = ContactPoint.objects.get(address=NUMBER)
    assert point.id != life.point.id
    assert point.contact_id != life.point.contact_id
    assert Subscription.objects.get(point=point, program=life.cast.program).status == Status.ACTIVE
    assert says(life.cast, point, "Welcome back").status == "queued"
    old = Subscription.objects.get(point=life.point, program=None)
    assert (old.status, old.closed_by[-1:]) == (Status.CLOSED, ["system"])
    assert suppressions.is_suppressed(life.cast.brand.id, [("sms", NUMBER)]) == {("sms", NUMBER)}
    # She can be texted on what her handset said, and a file can still prove nothing for her.
    file = tmp_path / "list.csv"
    file.write_text(
        "phone,consent_purpose,consent_method,consent_at,disclosure\n"
        f"{NUMBER},informational,web_form,2026-03-01T10:00:00Z,{life.cast.disclosure.slug}\n"
    )
    assert intake.import_file(file, program=life.cast.program, filename="list.csv").refused == 1


def test_not_even_a_second_signature_opens_the_erased_row(life: Life) -> None:
    erased(life)
    ledger.record(
        ledger.Entry(
            point_id=life.point.id, act=Act.RESUMED, method="agent", actor="user:1", evidence={"a": 1}
        )
    )
    assert Subscription.objects.get(point=life.point, program=None).status == Status.CLOSED


def test_another_brands_person_with_the_same_number_is_untouched(life: Life, rival: Cast) -> None:
    theirs = rival.person(NUMBER, first_name=FIRST, last_name=LAST)
    calls.text(rival.sender, theirs, "Is my chemex too hot?")
    forged = calls.inbound_params(rival.sender, NUMBER, "STOP")
    calls.post(calls.INBOUND, forged, signature="forged")
    models: list[Any] = [Contact, ContactPoint, Message, Thread, ConsentEvent, Evidence, Note, WebhookEvent]
    before = {
        model: [row for row in whole_life.seen(model) if row["brand_id"] == rival.brand.id]
        for model in models
    }
    erased(life)
    after = {
        model: [row for row in whole_life.seen(model) if row["brand_id"] == rival.brand.id]
        for model in models
    }
    assert after == before
    assert QuarantinedRequest.objects.filter(body__contains="Body=STOP").count() == 1
    assert suppressions.is_suppressed(rival.brand.id, [("sms", NUMBER)]) == set()


def test_what_comes_in_late_is_cleared_by_the_sweep(life: Life, tmp_path: Path) -> None:
    sid = Message.objects.exclude(provider_sid="").filter(direction="out", point=life.point)[0].provider_sid
    erased(life)
    params = {
        "MessageSid": sid, "MessageStatus": "delivered", "To": NUMBER, "From": life.cast.sender.address,
        "AccountSid": settings.TWILIO_ACCOUNT_SID,
    }  # fmt: skip
    calls.post(calls.STATUS, params)
    assert Message.objects.get(provider_sid=sid).status == "delivered"
    assert set(whole_life.traces(whole_life.ignoring_ids(whole_life.everything(tmp_path)))) == {"number"}
    assert erase.sweep() == {"finished": 0, "late": 1}
    assert whole_life.traces(whole_life.ignoring_ids(whole_life.everything(tmp_path))) == {}


def test_an_erasure_whose_process_died_is_finished(
    life: Life, monkeypatch: pytest.MonkeyPatch, noon: time_machine.Traveller, tmp_path: Path
) -> None:
    def dies(_: Any, **__: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("smsapp.privacy.files.blank_rows", dies)
        with pytest.raises(KeyboardInterrupt):
            erased(life)
    begun = Erasure.objects.get()
    assert begun.finished_at is None
    assert Subscription.objects.get(point=life.point, program=None).status == Status.CLOSED
    assert erase.sweep()["finished"] == 0, "it may still be under way"
    noon.shift(erase.DIES_AFTER + dt.timedelta(seconds=1))
    assert erase.sweep()["finished"] == 1
    assert whole_life.traces(whole_life.ignoring_ids(whole_life.everything(tmp_path))) == {}


def test_a_text_that_waited_for_the_erasure_comes_from_somebody_new(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Her text has found the old point when the erasure takes its lock: it must not land on the empty row."""
    with_who_wrote = senders.with_who_wrote

    def overtaken(*args: Any, **how: Any) -> tuple[Sender | None, ContactPoint | None]:
        found = with_who_wrote(*args, **how)
        erased(life)
        return found

    monkeypatch.setattr(senders, "with_who_wrote", overtaken)
    calls.text(life.cast.sender, NUMBER, "ACME")
    point = ContactPoint.objects.get(address=NUMBER)
    assert point.id != life.point.id
    assert Message.objects.get(point=point, direction="in").body == "ACME"
    assert not Message.objects.filter(point=life.point).exclude(body="").exists()


def test_a_text_of_unknown_outcome_is_not_looked_for_without_number_and_words(life: Life) -> None:
    sent = Message.objects.filter(point=life.point, direction="out").latest("created_at")
    Message.objects.filter(id=sent.id).update(status="unknown", due_at=clock.now(), provider_sid="")
    erased(life)
    sent.refresh_from_db()
    assert (sent.status, sent.due_at) == ("unknown", None)
    # A lease that ends only now sets the timer again.
    Message.objects.filter(id=sent.id).update(due_at=clock.now())
    assert reconcile.reconcile_unknown() == 0
    sent.refresh_from_db()
    assert sent.due_at == clock.now(), "nobody looked, so nobody set the next look"


def test_an_opt_out_told_by_another_system_reaches_who_came_back_and_nobody_else(life: Life) -> None:
    _, secret = api_keys.make(life.cast.brand, name="shop", user=life.cast.team["owner"])
    erased(life)
    told = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {secret}"}}
    body = json.dumps({"phone": NUMBER, "reason": "asked in the shop"})
    assert Client().post("/api/v1/opt-outs/", body, **told).status_code == 200
    assert not ContactPoint.objects.filter(address=NUMBER).exists()
    calls.text(life.cast.sender, NUMBER, "ACME")
    assert Client().post("/api/v1/opt-outs/", body, **told).status_code == 200
    point = ContactPoint.objects.get(address=NUMBER)
    assert Subscription.objects.get(point=point, program=None).status == Status.CLOSED


def test_erasing_again_changes_nothing(life: Life) -> None:
    first = erased(life)
    count = ConsentEvent.objects.count()
    assert erased(life).id == first.id
    assert (ConsentEvent.objects.count(), Suppression.objects.count()) == (count, 1)


def test_looking_first_counts_the_same_and_changes_nothing(life: Life, tmp_path: Path) -> None:
    before = whole_life.everything(tmp_path)
    counts = erase.preview(life.contact.id)
    assert whole_life.everything(tmp_path) == before
    done = erased(life).counts
    # The closing itself adds its own entries, whose evidence goes too.
    assert counts | {"consent.Evidence": 0} == done | {"consent.Evidence": 0}
    assert counts["rows of uploaded files"] >= 4


@pytest.mark.parametrize(
    ("reason", "problem"),
    [
        ("", "is missing"),
        ("  ", "is missing"),
        (f"{FIRST} wrote us", "names the person"),
        ("asked from 206-555-7381", "names the person"),
        ("x" * 201, "longer than 200"),
    ],
)
def test_the_reason_is_kept_and_so_names_nobody(acme: Cast, noon: object, reason: str, problem: str) -> None:
    point = acme.person(NUMBER, first_name=FIRST)
    with pytest.raises(erase.CannotErase, match=problem):
        erase.erase(point.contact_id, asked_by=None, reason=reason)
    assert not Erasure.objects.exists()


def test_somebody_on_anothers_phone_is_erased_and_the_phone_stays_open(acme: Cast, noon: object) -> None:
    point = acme.person()
    sharer = Contact.objects.create(
        brand=acme.brand, first_name="Lea", shares_point=point, created_at=clock.now()
    )
    acme.grant(point, contact_id=sharer.id)
    erase.erase(sharer.id, asked_by=None, reason="asked in the shop")
    sharer.refresh_from_db()
    point.refresh_from_db()
    assert (sharer.first_name, sharer.shares_point_id) == ("", None)
    assert not point.is_erased
    assert not Subscription.objects.filter(point=point, program=None).exclude(closed_by=[]).exists()
    events = list(ConsentEvent.objects.filter(point=point))
    kept = set(Evidence.objects.filter(event__point=point).values_list("event__seq", flat=True))
    missing = {event.seq for event in events if event.evidence_commitment} - kept
    assert (kept, missing) == ({1}, {2})
    assert missing <= may_be_missing(events)
    assert Suppression.objects.count() == 0


def test_evidence_that_is_gone_without_a_word_in_the_ledger_is_no_lawful_deletion(
    acme: Cast, noon: object
) -> None:
    point = acme.person()
    Evidence.objects.filter(event__point=point).delete()
    assert may_be_missing(ConsentEvent.objects.filter(point=point)) == set()


def test_the_command_erases_and_says_what_it_did(life: Life) -> None:
    out = io.StringIO()
    call_command("erase_contact", NUMBER, "--reason", "asked by mail", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["counts"]["contacts.Contact"] == 1
    assert told["finished_at"]
    call_command("consent_show", f"erased:{life.point.id}", stdout=(shown := io.StringIO()))
    assert "erased by system" in shown.getvalue()


def test_the_command_looks_without_erasing(life: Life) -> None:
    out = io.StringIO()
    call_command("erase_contact", "--contact", str(life.contact.id), "--dry-run", stdout=out)
    assert "This would be erased" in out.getvalue()
    assert life.contact.first_name == FIRST


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "give either an address or --contact"),
        (["+12065550199", "--reason", "x"], "nobody is known"),
        (["--contact", "12"], "is no id"),
        (["--contact", str(uuid.uuid4())], "there is no contact"),
        ([NUMBER], "--reason: is missing"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(
    acme: Cast, noon: object, arguments: list[str], problem: str
) -> None:
    acme.person(NUMBER)
    with pytest.raises(CommandError, match=problem):
        call_command("erase_contact", *arguments)
