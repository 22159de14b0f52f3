"""What the campaign and journey tests share: builders, and a broker that only remembers."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from campaigns import launch
from campaigns.models import Campaign, Journey, Stage
from consent import ledger
from consent.models import Act, Method
from contacts import clock
from contacts.models import ContactPoint
from tests.cast import Cast

DAY = dt.timedelta(days=1)
BODY = "{{ first_name|default:'Hi' }}, grind finer. {{ brand }}, STOP to end"


@pytest.fixture
def kicks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that would have been sent to the broker."""
    sent: list[str] = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, **_: sent.append(name))
    return sent


def campaign_of(cast: Cast, **fields: Any) -> Campaign:
    """A draft for everybody in the program."""
    defaults = {
        "brand": cast.brand, "program": cast.program, "slug": "brew-tips", "name": "Brew tips",
        "purpose": "marketing", "value": "know_how", "body": BODY, "created_at": clock.now(),
    }  # fmt: skip
    return Campaign.objects.create(**(defaults | fields))


def launched(cast: Cast, **fields: Any) -> Campaign:
    """The same, launched."""
    campaign = campaign_of(cast, **fields)
    launch.launch(campaign.id)
    campaign.refresh_from_db()
    return campaign


def journey_of(cast: Cast, waits: Sequence[dt.timedelta] = (DAY, DAY, DAY), **fields: Any) -> Journey:
    """A journey that was switched on now, with a stage per wait."""
    defaults = {
        "brand": cast.brand, "program": cast.program, "slug": "welcome", "name": "Welcome",
        "active_since": clock.now(), "created_at": clock.now(),
    }  # fmt: skip
    journey = Journey.objects.create(**(defaults | fields))
    for position, wait in enumerate(waits, start=1):
        Stage.objects.create(
            brand=cast.brand, journey=journey, position=position, name=f"Stage {position}",
            purpose="informational", value="know_how", wait=wait,
            body=f"Step {position}, {{{{ first_name|default:'Hi' }}}}",
        )  # fmt: skip
    return journey


def joins(cast: Cast, **fields: Any) -> ContactPoint:
    """A person who joins the program now."""
    point = cast.person(agrees_to=(), **fields)
    cast.grant(point, ("marketing", "informational"), occurred_at=clock.now())
    return point


def says(
    cast: Cast, point: ContactPoint, act: Act, method: Method = Method.AGENT, *, everywhere: bool = False
) -> None:
    program = None if everywhere else cast.program.id
    ledger.record(ledger.Entry(point_id=point.id, program_id=program, act=act, method=method, actor="user:1"))
