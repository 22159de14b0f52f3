"""What another rule pack would have decided, from the facts that each receipt kept."""

import datetime as dt
import itertools
import json
from importlib.resources import files
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command

from consent.models import Purpose
from messaging import outbox
from messaging.outbox import Draft
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
_lines = itertools.count(100)
NEW_YORK = {"region": "NY", "postal_code": "10001"}


@pytest.fixture
def proposed(tmp_path: Path) -> Path:
    """The shipped pack in a folder, to be changed."""
    for item in files("consent").joinpath("rulepacks").iterdir():
        (tmp_path / item.name).write_text(item.read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def texts(cast: Cast, count: int = 1, **fields: str) -> None:
    """So many marketing texts, queued now, each to another person."""
    for _ in range(count):
        point = cast.person(f"+1212555{next(_lines):04}", **(NEW_YORK | fields))
        outbox.queue([
            Draft(
                brand_id=cast.brand.id, contact_id=point.contact_id, point_id=point.id, sender_id=cast.sender.id,
                program_id=cast.program.id, purpose=Purpose.MARKETING, value="know_how", body="Hi", origin="reply",
            )
        ])  # fmt: skip


def rejudged(*arguments: str) -> dict[str, object]:
    said = StringIO()
    call_command("consent_rejudge", *arguments, "--json", stdout=said)
    found: dict[str, object] = json.loads(said.getvalue())
    return found


def change(pack: Path, name: str, was: str, becomes: str) -> None:
    text = (pack / name).read_text()
    assert was in text
    (pack / name).write_text(text.replace(was, becomes))


def test_the_pack_that_decided_decides_the_same_again(acme: Cast, noon: time_machine.Traveller) -> None:
    texts(acme, 2)
    noon.shift(dt.timedelta(hours=12))
    texts(acme)
    noon.shift(dt.timedelta(days=1))
    found = rejudged()
    assert (found["judged"], found["differ"], found["changes"]) == (3, 0, {})


def test_stricter_hours_would_have_held_what_went(
    acme: Cast, noon: time_machine.Traveller, proposed: Path
) -> None:
    texts(acme, 2)
    noon.shift(dt.timedelta(days=1))
    change(proposed, "us.toml", 'weekdays = "10:00-20:00"', 'weekdays = "14:00-20:00"')
    found = rejudged("--pack", str(proposed))
    assert found["changes"] == {"allow → hold (quiet_hours)": 2}
    assert len(found["samples"]["allow → hold (quiet_hours)"]) == 2  # type: ignore[index]


def test_wider_hours_would_have_let_go_what_waited(
    acme: Cast, noon: time_machine.Traveller, proposed: Path
) -> None:
    noon.shift(dt.timedelta(hours=7, minutes=30))  # 20:30 in New York
    texts(acme)
    noon.shift(dt.timedelta(hours=1))
    change(proposed, "us.toml", 'weekdays = "10:00-20:00"', 'weekdays = "10:00-21:00"')
    assert rejudged("--pack", str(proposed))["changes"] == {"hold (quiet_hours) → allow": 1}


def test_a_country_that_is_served_no_more_would_have_been_refused(
    acme: Cast, noon: time_machine.Traveller, proposed: Path
) -> None:
    texts(acme)
    noon.shift(dt.timedelta(hours=1))
    (proposed / "us.toml").unlink()
    [(told, count)] = rejudged("--pack", str(proposed))["changes"].items()  # type: ignore[attr-defined]
    assert (told.startswith("allow → refuse (country_not_served"), count) == (True, 1)


def test_who_had_not_agreed_stays_refused_whatever_the_pack_says(
    acme: Cast, noon: time_machine.Traveller, proposed: Path
) -> None:
    point = acme.person("+12125550199", agrees_to=(), **NEW_YORK)
    outbox.queue([
        Draft(
            brand_id=acme.brand.id, contact_id=point.contact_id, point_id=point.id, sender_id=acme.sender.id,
            program_id=acme.program.id, purpose=Purpose.MARKETING, value="know_how", body="Hi", origin="reply",
        )
    ])  # fmt: skip
    noon.shift(dt.timedelta(hours=1))
    assert rejudged()["differ"] == 0
    change(proposed, "us.toml", 'weekdays = "10:00-20:00"', 'weekdays = "14:00-20:00"')
    found = rejudged("--pack", str(proposed))
    assert found["changes"] == {"refuse (no_permission) → refuse (no_permission, quiet_hours)": 1}


def test_only_the_days_and_the_brand_that_were_asked_for_are_judged(
    acme: Cast, rival: Cast, noon: time_machine.Traveller
) -> None:
    texts(acme)
    noon.shift(dt.timedelta(days=40))
    texts(rival)
    noon.shift(dt.timedelta(minutes=1))
    assert rejudged()["judged"] == 1
    assert rejudged("--days", "60")["judged"] == 2
    assert rejudged("--days", "60", "--brand", "acme")["judged"] == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--pack", "/nowhere"), "--pack: /nowhere is not a folder"),
        (("--days", "0"), "--days must be 1 or more"),
        (("--brand", "nobody"), "--brand: there is no brand 'nobody'"),
    ],
)
def test_a_wrong_argument_is_one_line_that_names_it(arguments: tuple[str, str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        call_command("consent_rejudge", *arguments)
