"""The command `launch_campaign`."""

import io
import json
from collections.abc import Iterator

import pytest
import time_machine
from django.core.management import CommandError, call_command

from campaigns.models import Campaign, CampaignStatus
from tests.campaigns.conftest import campaign_of
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller], kicks: list[str]) -> None:
    """Every test of this file is a Wednesday at 13:00 New York, and no broker is asked."""


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("launch_campaign", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_it_shows_the_counts_in_words_and_launches(acme: Cast) -> None:
    acme.person()
    acme.stop(acme.person())
    campaign_of(acme)
    said = run("brew-tips")
    assert "        1  Agreed to, and now is a good time" in said
    assert "        1  Asked to get no more texts" in said
    assert said.endswith("Launched.\n")
    assert Campaign.objects.get().status == CampaignStatus.FILLING


def test_a_dry_run_launches_nothing(acme: Cast) -> None:
    campaign_of(acme)
    assert run("brew-tips", "--dry-run").endswith("Dry run: nothing was launched.\n")
    assert Campaign.objects.get().status == CampaignStatus.DRAFT


def test_it_is_safe_to_repeat(acme: Cast) -> None:
    campaign_of(acme)
    run("brew-tips")
    assert run("brew-tips") == "Already launched at 2026-11-18 18:00 UTC; it is filling.\n"


def test_it_speaks_json(acme: Cast) -> None:
    acme.person()
    campaign_of(acme)
    first, second = (json.loads(run("brew-tips", "--json")) for _ in range(2))
    assert (first["launched"], first["already_launched"], first["status"]) == (True, False, "filling")
    assert first["preflight"]["outcomes"] == {"allow": 1, "hold": 0, "refuse": 0}
    assert (second["launched"], second["already_launched"], second["preflight"]) == (False, True, None)


def test_an_unknown_slug_is_one_line(acme: Cast) -> None:
    with pytest.raises(CommandError, match="there is no campaign 'nope'; check the slug and --brand"):
        run("nope")


def test_a_slug_of_several_brands_asks_which(acme: Cast, rival: Cast) -> None:
    campaign_of(acme)
    campaign_of(rival)
    with pytest.raises(CommandError, match="--brand: acme, rival each have a campaign"):
        run("brew-tips")
    assert run("brew-tips", "--brand", "rival", "--dry-run")


def test_an_obstacle_is_one_line_and_launches_nothing(acme: Cast) -> None:
    campaign_of(acme, body="Hello {{ first_name }}")
    with pytest.raises(CommandError, match="first_name may be blank"):
        run("brew-tips")
    assert Campaign.objects.get().status == CampaignStatus.DRAFT
