"""The page of the rule packs: for everybody of a team, with every row and its source, and nothing to change."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from consent.rule_pack import current
from tests.admin_story import client_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["owner", "marketer", "agent", "auditor"])
def test_everybody_of_a_team_reads_the_packs(acme: Cast, role: str) -> None:
    response = client_of(acme.team[role]).get(reverse("rule-packs"))
    assert response.status_code == 200
    shown = response.content.decode()
    assert current().version in shown
    assert all(escape(row.source) in shown for row in (*current().rules, *current().requirements))
    assert all(escape(row.disagreement) in shown for row in current().rules)
    assert shown.count("<title>") >= 66  # one for each tile of the map, said by a screen reader


def test_a_stranger_is_sent_to_log_in(client: Client) -> None:
    assert client.get(reverse("rule-packs")).status_code == 302


def test_there_is_nothing_to_post(acme: Cast) -> None:
    assert client_of(acme.team["owner"]).post(reverse("rule-packs")).status_code in {403, 405}
