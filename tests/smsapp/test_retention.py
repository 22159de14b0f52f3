"""What a rule no longer keeps goes, what law or work still needs stays, and the ledger is never touched."""

import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.management.base import CommandError

from consent import admin_upload, ledger, sealing
from consent.missing_evidence import may_be_missing
from consent.models import Access, Act, ConsentEvent, Evidence, Method, SignupAttempt
from contacts import clock
from contacts.models import ContactImport, ContactPoint, ImportRow, Kept, RetentionRule
from messaging.models import Message
from smsapp.privacy import minimums, retention
from smsapp.privacy.retiring import KINDS
from tests import calls
from tests.admin_story import hears, says
from tests.cast import Cast
from tests.ledger_story import verify
from tests.signup_visitor import signup_page
from webhooks.models import QuarantinedRequest, WebhookEvent

pytestmark = [pytest.mark.django_db]
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "VAR_DIR", tmp_path)


def keeps(cast: Cast, kind: str, days: int) -> RetentionRule:
    return RetentionRule.objects.create(brand=cast.brand, kind=kind, days=days)


def gone() -> dict[str, int]:
    """What a run took, by kind."""
    return {row.kind: row.count for row in retention.run()}


def test_every_kind_is_known() -> None:
    assert set(KINDS) == set(Kept.values)


def test_without_a_rule_nothing_goes(acme: Cast, noon: time_machine.Traveller) -> None:
    message = hears(acme, acme.person(), "Hello")
    noon.shift(4000 * DAY)
    assert gone() == {}
    message.refresh_from_db()
    assert message.body == "Hello"


def test_old_words_are_blanked_and_the_message_stays(acme: Cast, noon: time_machine.Traveller) -> None:
    keeps(acme, Kept.MESSAGE_BODIES, 30)
    old = hears(acme, acme.person(), "Hello", media=[{"url": "https://x.example/1"}])
    noon.shift(29 * DAY)
    assert gone() == {Kept.MESSAGE_BODIES: 0}
    noon.shift(2 * DAY)
    young = hears(acme, acme.person(), "Hi")
    assert gone() == {Kept.MESSAGE_BODIES: 1}
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.body, old.media, old.redacted_at, old.status) == ("", [], clock.now(), "received")
    assert (young.body, young.redacted_at) == ("Hi", None)


def test_a_text_that_may_still_go_out_keeps_its_words(acme: Cast, noon: time_machine.Traveller) -> None:
    keeps(acme, Kept.MESSAGE_BODIES, 1)
    waiting = says(acme, acme.person(), "Later")
    noon.shift(3 * DAY)
    assert gone() == {Kept.MESSAGE_BODIES: 0}
    Message.objects.filter(id=waiting.id).update(status="unknown")
    assert gone() == {Kept.MESSAGE_BODIES: 0}


def test_a_rule_is_for_its_own_brand(acme: Cast, rival: Cast, noon: time_machine.Traveller) -> None:
    keeps(acme, Kept.MESSAGE_BODIES, 1)
    theirs = hears(rival, rival.person(), "Hello")
    noon.shift(3 * DAY)
    gone()
    theirs.refresh_from_db()
    assert theirs.body == "Hello"


def test_raw_requests_lose_whom_they_were_about(acme: Cast, noon: time_machine.Traveller) -> None:
    keeps(acme, Kept.WEBHOOK_BODIES, 14)
    calls.text(acme.sender, acme.person(), "Hello", OptOutType="STOP", Surprise="Zed")
    unprocessed = WebhookEvent.objects.create(
        brand=acme.brand,
        kind="inbound",
        provider_sid="SM1",
        params={"From": ["+12065550100"]},
        received_at=clock.now(),
    )
    noon.shift(15 * DAY)
    assert gone() == {Kept.WEBHOOK_BODIES: 1}
    params = WebhookEvent.objects.exclude(id=unprocessed.id).get().params
    assert set(params) == {"MessageSid", "AccountSid", "NumMedia", "SmsStatus", "ApiVersion", "OptOutType"}
    unprocessed.refresh_from_db()
    assert unprocessed.params == {"From": ["+12065550100"]}
    assert gone() == {Kept.WEBHOOK_BODIES: 0}


def test_quarantined_requests_of_nobody_go_by_the_longest_rule(
    acme: Cast, rival: Cast, noon: time_machine.Traveller
) -> None:
    keeps(acme, Kept.QUARANTINE, 30)
    keeps(rival, Kept.QUARANTINE, 60)
    for to in (acme.sender.address, rival.sender.address, "+15005559999"):
        params = calls.inbound_params(acme.sender, "+12065550100", "STOP") | {"To": to}
        calls.post(calls.INBOUND, params, signature="forged")
    noon.shift(31 * DAY)
    retention.run()
    assert QuarantinedRequest.objects.count() == 2
    noon.shift(30 * DAY)
    retention.run()
    assert QuarantinedRequest.objects.count() == 0


def test_refused_rows_go_with_the_file_and_its_report(acme: Cast, noon: time_machine.Traveller) -> None:
    keeps(acme, Kept.IMPORT_ROWS, 10)
    header = "phone,consent_purpose,consent_method,consent_at,disclosure"
    file = ContentFile(f"{header}\n12,marketing,,,\n".encode(), name="people.csv")
    how = {"program": acme.program, "kind": "people", "filename": "people.csv", "user": acme.team["owner"]}
    draft = admin_upload.keep(file, **how)
    done = admin_upload.keep(file, **how)
    ContactImport.objects.filter(id=done.id).update(status="waiting")
    admin_upload.run(done.id)
    assert ImportRow.objects.exists()
    noon.shift(11 * DAY)
    assert gone() == {Kept.IMPORT_ROWS: 2}
    assert not ImportRow.objects.exists()
    assert not any(admin_upload.has_files(row) for row in (draft, done))
    done.refresh_from_db()
    assert done.refused == 1
    assert gone() == {Kept.IMPORT_ROWS: 0}


def test_tries_and_looks_go_by_their_age(acme: Cast, noon: time_machine.Traveller) -> None:
    keeps(acme, Kept.SIGNUP_ATTEMPTS, 30)
    keeps(acme, Kept.ACCESS_LOG, 365)
    SignupAttempt.objects.create(brand=acme.brand, page=signup_page(acme), at=clock.now(), outcome="asked")
    Access.objects.create(brand=acme.brand, user=acme.team["owner"], at=clock.now(), page="timeline")
    noon.shift(31 * DAY)
    assert gone() == {Kept.SIGNUP_ATTEMPTS: 1, Kept.ACCESS_LOG: 0}
    noon.shift(335 * DAY)
    assert gone() == {Kept.SIGNUP_ATTEMPTS: 0, Kept.ACCESS_LOG: 1}


# --- evidence ----------------------------------------------------------------------------------------

FIVE_YEARS = 1830 * DAY


def proofs(point: ContactPoint) -> list[int]:
    return list(
        Evidence.objects.filter(event__point=point)
        .order_by("event__seq")
        .values_list("event__seq", flat=True)
    )


def test_evidence_of_a_permission_that_ended_goes_and_the_ledger_says_so(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    keeps(acme, Kept.CLOSED_EVIDENCE, 1830)
    stays, leaves = acme.person(), acme.person()
    acme.stop(leaves)
    hashes = list(ConsentEvent.objects.filter(point=leaves).order_by("seq").values_list("hash", flat=True))
    noon.shift(FIVE_YEARS - DAY)
    assert gone() == {Kept.CLOSED_EVIDENCE: 0}
    noon.shift(2 * DAY)
    assert gone() == {Kept.CLOSED_EVIDENCE: 1}
    assert (proofs(stays), proofs(leaves)) == ([1], [])
    events = list(ConsentEvent.objects.filter(point=leaves).order_by("seq"))
    assert [event.hash for event in events[:2]] == hashes
    assert (events[-1].act, events[-1].actor, events[-1].program_id) == (
        Act.EVIDENCE_DELETED, "system", acme.program.id,
    )  # fmt: skip
    assert may_be_missing(events) == {1}
    sealing.seal_due()
    assert verify()["findings"] == []
    assert gone() == {Kept.CLOSED_EVIDENCE: 0}


def test_evidence_of_a_number_where_something_happened_since_stays(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    keeps(acme, Kept.CLOSED_EVIDENCE, 1830)
    point = acme.person()
    acme.stop(point)
    noon.shift(FIVE_YEARS)
    acme.stop(point)
    noon.shift(DAY)
    assert gone() == {Kept.CLOSED_EVIDENCE: 0}


def test_leaving_one_program_leaves_the_evidence_of_the_others(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    keeps(acme, Kept.CLOSED_EVIDENCE, 1830)
    point = acme.person()
    ledger.record(
        ledger.Entry(
            point_id=point.id, program_id=None, act=Act.HELD, method=Method.PLAIN_WORDS, actor="customer",
            evidence={"text": "hm"},
        )
    )  # fmt: skip
    ledger.record(
        ledger.Entry(
            point_id=point.id, program_id=acme.program.id, act=Act.REVOKED, method=Method.PREFERENCES, actor="customer",
            evidence={"page": "preferences"},
        )
    )  # fmt: skip
    noon.shift(FIVE_YEARS + DAY)
    assert gone() == {Kept.CLOSED_EVIDENCE: 2}
    assert proofs(point) == [2]


@pytest.mark.parametrize(
    ("countries", "days"),
    [(["US"], 1827), (["US", "CA"], 1827), (["CA"], 1827), (["US", "GB"], 2192), (["US", "DE"], 2192)],
)
def test_the_law_of_every_country_served_sets_the_minimum(
    acme: Cast, countries: list[str], days: int
) -> None:
    acme.program.countries = countries
    acme.program.save()
    least = minimums.minimum_for(acme.brand, Kept.CLOSED_EVIDENCE)
    assert least is not None
    assert least.days == days


def test_a_rule_below_the_minimum_is_not_run_and_says_why(acme: Cast, noon: time_machine.Traveller) -> None:
    keeps(acme, Kept.CLOSED_EVIDENCE, 1826)
    point = acme.person()
    acme.stop(point)
    noon.shift(FIVE_YEARS + DAY)
    [row] = retention.run()
    assert (row.count, row.problem[:33]) == (0, "days: must be at least 1827 for e")
    assert "310.5" in row.problem
    assert proofs(point) == [1]


def test_each_minimum_names_a_kind_and_its_source() -> None:
    for row in minimums.minimums():
        assert row.kind in Kept.values
        assert row.source
        assert row.confidence in {"law", "reading", "house"}


# --- the command -------------------------------------------------------------------------------------


def told(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("retention", *arguments, stdout=out)
    return out.getvalue()


def test_a_dry_run_says_what_would_go_and_changes_nothing(acme: Cast, noon: time_machine.Traveller) -> None:
    keeps(acme, Kept.MESSAGE_BODIES, 30)
    hears(acme, acme.person(), "Hello")
    noon.shift(31 * DAY)
    assert (
        told("--dry-run") == "acme: Words of messages, kept 30 days: 1 would go, the oldest of 2026-11-18\n"
    )
    [row] = json.loads(told("--dry-run", "--json"))["rules"]
    assert (row["kind"], row["count"]) == ("message_bodies", 1)
    assert (
        told("--brand", "acme") == "acme: Words of messages, kept 30 days: 1 gone, the oldest of 2026-11-18\n"
    )
    assert "0 would go" in told("--dry-run")


def test_the_command_names_a_brand_that_is_not_there(acme: Cast) -> None:
    with pytest.raises(CommandError, match="--brand: there is no brand 'nobody'"):
        told("--brand", "nobody")


def test_without_rules_it_says_so(acme: Cast) -> None:
    assert "no rule is set" in told()
