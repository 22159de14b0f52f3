"""consent_show: could we text this number then, and why."""

import datetime as dt
import io
import json
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import CommandError

from consent import gate, ledger
from consent.asking import Ask
from consent.models import Act, Evidence, Method
from contacts.models import ContactPoint
from tests import cast
from tests.cast import Cast
from tests.conftest import NOON

DAY = dt.timedelta(days=1)
ADDRESS = "+12065550123"


@pytest.fixture(autouse=True)
def _at_noon(noon: time_machine.Traveller) -> None:
    """Every test of this file is a Wednesday at 13:00 New York, unless it travels on."""


def told(*arguments: str) -> dict[str, Any]:
    """What the command says as JSON."""
    out = io.StringIO()
    call_command("consent_show", "--json", *arguments, stdout=out)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def outcome(*arguments: str, address: str = ADDRESS) -> tuple[str, list[str]]:
    [answer] = told(address, "--purpose", "marketing", *arguments)["answers"]
    return answer["outcome"], answer["reasons"]


def a_life(acme: Cast, noon: time_machine.Traveller) -> ContactPoint:
    """Agreed on Wednesday, stopped on Thursday, came back on Friday: each at 13:00 New York."""
    point = acme.person(ADDRESS, timezone="America/New_York", postal_code="10001")
    noon.move_to(NOON + DAY)
    acme.stop(point)
    noon.move_to(NOON + 2 * DAY)
    ledger.record(ledger.Entry(point_id=point.id, act=Act.RESUMED, method=Method.KEYWORD, actor="customer"))
    noon.move_to(NOON + 5 * DAY)
    return point


def test_it_answers_for_the_moment_asked_about(acme: Cast, noon: time_machine.Traveller) -> None:
    a_life(acme, noon)
    assert outcome("--at", "2026-11-18T17:59:59Z") == ("refuse", ["no_permission"])
    assert outcome("--at", "2026-11-18T18:00:00Z") == ("allow", ["permitted"])
    assert outcome("--at", "2026-11-19T17:59:59Z") == ("allow", ["permitted"])
    assert outcome("--at", "2026-11-19T13:00:00-05:00") == ("refuse", ["number_closed"])
    assert outcome("--at", "2026-11-20T18:00Z") == ("allow", ["permitted"])
    assert outcome("--at", "2026-11-20T02:00Z") == ("refuse", ["number_closed"])
    assert outcome("--at", "2026-11-21T02:00Z") == ("hold", ["quiet_hours"])
    assert outcome() == ("allow", ["permitted"])


def test_a_fact_counts_from_when_it_was_recorded_not_from_when_it_is_said_to_have_happened(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    point = cast.contact_point(acme.brand, ADDRESS)
    acme.grant(point, occurred_at=NOON - 300 * DAY)
    assert outcome("--at", (NOON - DAY).isoformat()) == ("refuse", ["no_permission"])


def test_it_says_what_the_gate_says(acme: Cast) -> None:
    people = [
        acme.person(),
        acme.person(agrees_to=()),
        acme.person(agrees_to=("informational",)),
        acme.person(),
    ]
    acme.stop(people[3])
    for point in people:
        for purpose in ("marketing", "informational"):
            ask = Ask(
                message_id=point.id, brand_id=acme.brand.id, point_id=point.id, program_id=acme.program.id,
                purpose=purpose,
            )  # fmt: skip
            [verdict] = gate.judge([ask], now=NOON)
            [answer] = told(point.address, "--purpose", purpose)["answers"]
            assert (answer["outcome"], tuple(answer["reasons"])) == (verdict.outcome, verdict.reasons)
            assert answer["facts"] == json.loads(json.dumps(verdict.facts))


def test_the_history_is_told_with_its_evidence_and_its_hashes(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    point = a_life(acme, noon)
    events = told(ADDRESS)["history"]
    assert [event["act"] for event in events] == ["granted", "revoked", "resumed"]
    assert events[0]["evidence"] == {"page": "https://acme.example/join", "ip": "203.0.113.9"}
    assert events[0]["disclosure"] == "checkout-2026 v1"
    assert [event["hash"] for event in events] == [
        event.hash for event in point.consent_events.order_by("seq")
    ]
    assert len(told(ADDRESS, "--at", "2026-11-19T00:00Z")["history"]) == 1


def test_erased_evidence_is_said_to_be_erased(acme: Cast) -> None:
    acme.person(ADDRESS)
    Evidence.objects.all().delete()
    [event] = told(ADDRESS)["history"]
    assert (event["evidence"], event["is_evidence_erased"]) == (None, True)


def test_it_reads_well(acme: Cast, noon: time_machine.Traveller) -> None:
    a_life(acme, noon)
    out = io.StringIO()
    call_command("consent_show", ADDRESS, "--at", "2026-11-19T18:00Z", stdout=out)
    text = out.getvalue()
    assert "Maria Young" in text
    assert "the number: Closed (keyword)" in text
    assert "acme-club: Active" in text
    assert "marketing of acme-club: no: Asked to get no more texts (rules 20" in text
    assert "frequency cap" in text


def test_it_tells_when_a_held_text_could_go(acme: Cast, noon: time_machine.Traveller) -> None:
    a_life(acme, noon)
    [answer] = told(ADDRESS, "--purpose", "marketing", "--at", "2026-11-21T02:00Z")["answers"]
    assert answer["until"] == "2026-11-21T15:00:00+00:00"
    assert answer["words"] == ["Quiet hours where the person is"]


def test_any_spelling_of_the_number_will_do(acme: Cast) -> None:
    acme.person(ADDRESS)
    assert told("(206) 555-0123")["address"] == ADDRESS


def test_it_asks_which_brand_when_two_know_the_number(acme: Cast, rival: Cast) -> None:
    acme.person(ADDRESS)
    rival.person(ADDRESS, agrees_to=())
    with pytest.raises(
        CommandError, match=r"^--brand: \+12065550123 is known to acme, rival; name one of them"
    ):
        told(ADDRESS)
    assert outcome("--brand", "acme") == ("allow", ["permitted"])
    assert outcome("--brand", "rival") == ("refuse", ["no_permission"])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["call me"], "^address: .*write it like"),
        (["+12065550199"], "^address: nobody is known under"),
        (["whatsapp:+12065550123"], "^address: nobody is known under"),
        (
            [ADDRESS, "--program", "rival-club"],
            "^--program: Acme Coffee has no 'rival-club'; it has acme-club",
        ),
        ([ADDRESS, "--brand", "nobody"], "^--brand: there is no brand 'nobody'"),
        ([ADDRESS, "--at", "yesterday"], "^--at: 'yesterday' is not a time; write 2026"),
        ([ADDRESS, "--at", "2026-03-02T14:03"], "^--at: .* has no time zone"),
        ([ADDRESS, "--purpose", "consent"], "^--purpose: people agree to marketing or informational"),
    ],
)
def test_a_wrong_argument_is_one_line_that_names_it_and_the_cure(
    acme: Cast, rival: Cast, arguments: list[str], problem: str
) -> None:
    acme.person(ADDRESS)
    with pytest.raises(CommandError, match=problem) as failure:
        told(*arguments)
    assert failure.value.returncode == 1
    assert "\n" not in str(failure.value)


def test_looking_changes_nothing_and_takes_a_number_of_queries_that_history_does_not_raise(
    acme: Cast, noon: time_machine.Traveller, django_assert_max_num_queries: Any
) -> None:
    point = a_life(acme, noon)
    for _ in range(10):
        acme.stop(point)
    with django_assert_max_num_queries(8):
        told(ADDRESS)
