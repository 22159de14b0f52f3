"""The preflight's pages: counts that grow, the people behind each of them, and the caps that stand in the way."""

import json
from typing import Any

import pytest
from django.test import Client

from campaigns import preflight, preflight_people
from campaigns.models import Campaign
from messaging import spend
from messaging.models import Capped
from tests.admin_story import client_of, url
from tests.campaigns.conftest import BODY, campaign_of
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def campaign(acme: Cast) -> Campaign:
    """Five who may be texted, two who left."""
    for number in range(5):
        acme.person(first_name=f"May{number}")
    for number in range(2):
        acme.stop(acme.person(first_name=f"Left{number}"))
    return campaign_of(acme)


@pytest.fixture
def marketer(acme: Cast) -> Client:
    return client_of(acme.team["marketer"])


def told(client: Client, campaign: Campaign) -> list[dict[str, Any]]:
    answer = client.get(url("campaigns.Campaign", "counts", campaign.pk))
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]  # type: ignore[attr-defined]


def page(client: Client, campaign: Campaign, kind: str, **query: object) -> str:
    answer = client.get(url("campaigns.Campaign", "people", campaign.pk, kind), query)
    assert answer.status_code == 200
    return answer.content.decode()


def names(html: str) -> set[str]:
    return {f"{kind}{number}" for kind in ("May", "Left") for number in range(5) if f"{kind}{number}" in html}


def test_the_counts_come_page_by_page_and_the_table_at_last(
    campaign: Campaign, marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "PAGE", 3)
    *steps, last = told(marketer, campaign)
    assert [(step["people"], step["of"]) for step in steps] == [(0, 7), (3, 7), (6, 7), (7, 7)]
    assert url("campaigns.Campaign", "people", campaign.pk, "number_closed") in last["html"]


def test_each_reason_leads_to_its_people_and_to_nobody_else(campaign: Campaign, marketer: Client) -> None:
    html = page(marketer, campaign, "number_closed")
    assert names(html) == {"Left0", "Left1"}
    assert "Asked to get no more texts" in html
    assert names(page(marketer, campaign, "permitted")) == {f"May{number}" for number in range(5)}
    assert names(page(marketer, campaign, "quiet_hours")) == set()


def test_a_long_list_goes_on_where_it_ended(
    campaign: Campaign, marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight_people, "MOST", 2)
    seen: list[set[str]] = []
    after = None
    for _ in range(3):
        found = preflight_people.people(campaign, "permitted", after=after)
        seen.append(names(page(marketer, campaign, "permitted", **({"after": after} if after else {}))))
        after = found.after
    assert [len(each) for each in seen] == [2, 2, 1]
    assert set.union(*seen) == {f"May{number}" for number in range(5)}
    assert after is None


def test_a_rare_reason_is_looked_for_only_so_far_at_once(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "PAGE", 2)
    monkeypatch.setattr(preflight_people, "LOOKED_AT", 4)
    first = preflight_people.people(campaign, "number_closed")
    assert (first.looked_at, first.rows) == (4, [])
    second = preflight_people.people(campaign, "number_closed", after=first.after)
    assert len(second.rows) == 2


def test_those_who_are_skipped_are_listed_with_what_their_text_lacks(acme: Cast, marketer: Client) -> None:
    acme.person(first_name="Left0", attributes={"roast": "x" * 1700})
    campaign = campaign_of(acme, body=BODY + " {{ attributes.roast|default:'It' }}")
    html = page(marketer, campaign, "skipped")
    assert names(html) == {"Left0"}
    assert "at most 1600" in html


@pytest.mark.parametrize(("kind", "query"), [("no_such_reason", {}), ("permitted", {"after": "x"})])
def test_what_is_no_reason_or_no_place_is_not_there(
    campaign: Campaign, marketer: Client, kind: str, query: dict[str, str]
) -> None:
    assert marketer.get(url("campaigns.Campaign", "people", campaign.pk, kind), query).status_code == 404


def test_a_cap_is_set_on_the_campaigns_page_and_the_preflight_says_what_it_leaves(
    campaign: Campaign, marketer: Client
) -> None:
    marketer.post(url("campaigns.Campaign", "cap", campaign.pk), {"most": "3"})
    assert "The campaign&#x27;s cap leaves 3 of 5 segments" in told(marketer, campaign)[-1]["html"]
    html = marketer.get(url("campaigns.Campaign", "change", campaign.pk)).content.decode()
    assert "0 of at most 3 segments spent" in html
    marketer.post(url("campaigns.Campaign", "cap", campaign.pk), {"most": ""})
    assert spend.cap_of(Capped.CAMPAIGN, campaign.id) is None


@pytest.mark.parametrize("said", ["-1", "many", "1.5", "10000000000"])
def test_a_cap_that_is_no_number_is_refused_in_words(campaign: Campaign, marketer: Client, said: str) -> None:
    answer = marketer.post(url("campaigns.Campaign", "cap", campaign.pk), {"most": said}, follow=True)
    assert "a whole number" in answer.content.decode()
    assert spend.cap_of(Capped.CAMPAIGN, campaign.id) is None


def test_the_day_of_a_program_is_capped_on_its_page(acme: Cast, campaign: Campaign, marketer: Client) -> None:
    spend.set_cap(acme.brand, Capped.PROGRAM_DAY, acme.program.id, 2)
    assert "The program&#x27;s cap of the day leaves 2 of 5" in told(marketer, campaign)[-1]["html"]
    html = marketer.get(url("consent.Program", "change", acme.program.pk)).content.decode()
    assert 'name="daily_segments" value="2"' in html


def test_the_preflight_says_what_the_day_of_the_sender_leaves(
    acme: Cast, campaign: Campaign, marketer: Client
) -> None:
    spend.set_cap(acme.brand, Capped.SENDER_DAY, acme.sender.id, 2)
    assert "The sender&#x27;s cap of the day leaves 2 of 5" in told(marketer, campaign)[-1]["html"]
