"""The counts before a launch, and that they are what the queueing then does."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator

import pytest
import time_machine

from campaigns import fill, launch, preflight
from campaigns.models import Campaign
from consent import ledger
from consent.models import Act, Method
from messaging.models import Message, Sender
from tests.campaigns.conftest import campaign_of
from tests.cast import Cast
from tests.conftest import NOON

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file is a Wednesday at 13:00 New York, and no broker is asked."""


@pytest.fixture
def mixed(acme: Cast) -> Campaign:
    """A campaign for people of every kind: two may be texted, one sleeps, three may not."""
    acme.person()
    acme.person(first_name="Łukasz")
    acme.person("+12025550199", timezone="Pacific/Honolulu")  # 08:00 there
    acme.stop(acme.person())
    acme.person(agrees_to=("informational",))
    left = acme.person()
    ledger.record(
        ledger.Entry(
            point_id=left.id, program_id=acme.program.id, act=Act.REVOKED, method=Method.AGENT, actor="user:1"
        )
    )
    return campaign_of(acme)


def test_it_counts_everybody_once_by_outcome_and_reason(mixed: Campaign) -> None:
    found = preflight.preflight(mixed)
    assert found.people == 6
    assert found.outcomes == {"allow": 2, "hold": 1, "refuse": 3}
    assert found.by_reason == {
        "permitted": 2, "quiet_hours": 1, "number_closed": 1, "no_permission": 1, "left_program": 1,
    }  # fmt: skip
    assert {reason: len(sample) for reason, sample in found.samples.items()} == found.by_reason


def test_the_queueing_then_does_what_it_said(mixed: Campaign) -> None:
    said = preflight.preflight(mixed)
    launch.launch(mixed.id)
    fill.fill(mixed.id)
    done = Counter(Message.objects.values_list("status", flat=True))
    assert done == {
        "queued": said.outcomes["allow"], "held": said.outcomes["hold"], "refused": said.outcomes["refuse"],
    }  # fmt: skip


def test_it_writes_nothing(mixed: Campaign) -> None:
    preflight.preflight(mixed)
    assert Message.objects.count() == 0


def test_it_says_when_the_held_may_leave(mixed: Campaign) -> None:
    found = preflight.preflight(mixed)
    assert found.held_until == NOON + 2 * HOUR  # 10:00 in Honolulu


def test_it_counts_segments_and_names_the_letters_that_cost(acme: Cast) -> None:
    acme.person(first_name="Ann")
    acme.person(first_name="Łukasz")
    acme.stop(acme.person())
    found = preflight.preflight(campaign_of(acme, body="{{ first_name|default:'Hi' }} Acme STOP " + "x" * 64))
    assert (found.segments, found.by_segments) == (3, {1: 1, 2: 1})
    assert (found.unicode_people, found.unicode_characters) == (1, ["Ł"])


def test_it_says_when_it_would_finish_at_the_senders_rate(acme: Cast) -> None:
    Sender.objects.update(segments_per_second=1)
    for _ in range(5):
        acme.person()
    assert preflight.preflight(campaign_of(acme)).finishes_at == NOON + dt.timedelta(seconds=5)


def test_a_send_time_ahead_is_the_moment_it_judges_for(acme: Cast) -> None:
    acme.person()
    night = NOON + dt.timedelta(hours=9)
    found = preflight.preflight(campaign_of(acme, send_at=night))
    assert (found.at, found.by_reason) == (night, {"quiet_hours": 1})


def test_it_pages_and_tells_how_far_it_is(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight, "PAGE", 2)
    for _ in range(5):
        acme.person()
    told: list[int] = []
    assert preflight.preflight(campaign_of(acme), on_progress=told.append).people == 5
    assert told == [2, 4, 5]


def test_it_names_at_most_five_people_per_reason(acme: Cast) -> None:
    for _ in range(7):
        acme.person()
    assert len(preflight.preflight(campaign_of(acme)).samples["permitted"]) == 5


def test_a_text_that_cannot_be_written_is_said_instead_of_counts(acme: Cast) -> None:
    acme.person()
    found = preflight.preflight(campaign_of(acme, body="Hello {{ first_name }}"))
    assert (found.people, len(found.obstacles)) == (0, 1)


def test_a_person_for_whom_it_cannot_be_written_is_counted_apart(acme: Cast) -> None:
    acme.person()
    acme.person(attributes={"roast": "x" * 1700})
    found = preflight.preflight(
        campaign_of(acme, body="{{ attributes.roast|default:'It' }} is back. Acme STOP")
    )
    assert (found.people, found.skipped, found.outcomes["allow"]) == (2, 1, 1)
    assert sum(found.skipped_because.values()) == 1


def test_it_becomes_json_with_the_words_people_read(mixed: Campaign) -> None:
    shown = json.loads(json.dumps(preflight.preflight(mixed).as_dict()))
    assert shown["outcomes"] == {"allow": 2, "hold": 1, "refuse": 3}
    words = {row["reason"]: row["words"] for row in shown["reasons"]}
    assert words["number_closed"] == "Asked to get no more texts"
