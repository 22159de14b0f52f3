"""What a verdict rests on, as people read it."""

import zoneinfo

import pytest

from messaging.fact_words import told
from messaging.models import Decision
from tests.admin_story import client_of, says, url
from tests.cast import Cast

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
RECEIPT = {
    "purpose": "marketing", "value": "know_how", "country": "US", "zones": ["America/New_York", "America/Chicago"],
    "zone_source": "area_code", "jurisdictions": ["US-FL", "US-??"], "purpose_key": "marketing:0123456789ab",
    "permission": {"status": "active", "seq": 3}, "number": {"status": "none", "seq": 3}, "is_waiting": True,
    "last_inbound_at": "2026-11-18T15:30:00+00:00", "recent_marketing": 2, "latest_values": ["offer", ""],
}  # fmt: skip


def test_every_fact_is_told_in_words() -> None:
    assert told(RECEIPT, zone=NEW_YORK) == [
        ("Kind of text", "Marketing; brings: know-how"),
        (
            "What they must have agreed to",
            "The program's wording for marketing texts at that moment, fingerprint 012345…",
        ),
        ("In the program", "Active, as of event 3 of this number in the ledger"),
        ("The number", "Open, as of event 3 of this number in the ledger"),
        ("Country of the number", "US"),
        ("Their clock", "America/New_York or America/Chicago, by the area code"),
        ("Whose law counts", "Florida, US, state not known"),
        ("They last wrote", "18 Nov 2026, 10:30 EST"),
        ("They wait for an answer", "yes"),
        ("Marketing texts in the 24 hours before", "2"),
        ("What the latest ones brought", "offer"),
    ]


def test_what_is_not_there_is_said_as_that() -> None:
    shown = dict(
        told({"purpose": "marketing", "purpose_key": None, "permission": None, "number": None, "zones": []})
    )
    assert shown["What they must have agreed to"] == "None: the program sends no texts of this kind"
    assert shown["In the program"] == "Nothing on record"
    assert shown["The number"] == "Open, nothing on record"
    assert shown["Their clock"] == "Not known"


def test_a_fact_without_words_is_shown_all_the_same() -> None:
    assert told({"moon_phase": {"is_full": True}}) == [("Moon phase", "is full yes")]


@pytest.mark.django_db
@pytest.mark.usefixtures("noon")
def test_the_page_of_a_decision_says_it_in_words(acme: Cast) -> None:
    message = says(acme, acme.person(), "Grind finer")
    decision = Decision.objects.filter(message=message).latest("id")
    page = (
        client_of(acme.team["auditor"]).get(url("messaging.Decision", "change", decision.pk)).content.decode()
    )
    assert "as of event 1 of this number in the ledger" in page
    assert "&quot;seq&quot;" not in page
    assert decision.facts["purpose_key"] not in page
