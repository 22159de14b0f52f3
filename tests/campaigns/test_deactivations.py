"""A carrier's list of numbers taken back: what was agreed to before counts no more."""

import datetime as dt
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns import deactivations
from consent import gate
from consent.asking import Ask
from consent.models import Act, ConsentEvent, Method, Status, Subscription
from contacts import clock
from contacts.ids import new_id
from contacts.models import ContactPoint
from tests.calls import text
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

PHONE = "+12065550180"
YESTERDAY = dt.date(2026, 11, 17)


def take(*lines: str, day: dt.date | None = YESTERDAY) -> deactivations.Outcome:
    return deactivations.take(lines, day=day, listed_in="carrier.txt")


def outcome_for(acme: Cast, point: ContactPoint) -> str:
    ask = Ask(
        message_id=new_id(), brand_id=acme.brand.id, point_id=point.id, program_id=acme.program.id, purpose="marketing"
    )  # fmt: skip
    return gate.judge([ask], now=clock.now())[0].outcome


def test_a_number_that_was_taken_back_is_closed_and_its_agreements_end(acme: Cast) -> None:
    point = acme.person(PHONE)
    found = take("12065550180")
    assert (found.lines, found.closed, found.ended, found.problems) == (1, 1, 1, [])
    acts = ConsentEvent.objects.filter(point=point).order_by("seq").values_list("act", "method")
    assert list(acts)[1:] == [(Act.EXPIRED, Method.SYSTEM), (Act.UNDELIVERABLE, Method.SYSTEM)]
    assert outcome_for(acme, point) == "refuse"


def test_the_same_list_again_changes_nothing(acme: Cast) -> None:
    acme.person(PHONE)
    take(PHONE)
    assert (take(PHONE).closed, ConsentEvent.objects.count()) == (0, 3)


def test_whoever_has_the_number_now_may_join_and_brings_nothing_old_back(acme: Cast) -> None:
    point = acme.person(PHONE, agrees_to=("marketing", "informational"))
    take(PHONE)
    text(acme.sender, point, "START")
    assert outcome_for(acme, point) == "refuse"
    text(acme.sender, point, "ACME")
    assert outcome_for(acme, point) == "allow"


def test_an_agreement_made_since_counts(acme: Cast) -> None:
    point = acme.person(PHONE)
    acme.grant(point, occurred_at=clock.now() - dt.timedelta(hours=1))
    assert take(PHONE).closed == 0
    assert outcome_for(acme, point) == "allow"


def test_a_number_that_agreed_to_nothing_is_left_alone(acme: Cast) -> None:
    acme.person(PHONE, agrees_to=())
    assert (take(PHONE).closed, ConsentEvent.objects.exists()) == (0, False)


def test_each_brand_that_knows_the_number_is_told(acme: Cast, rival: Cast) -> None:
    acme.person(PHONE)
    rival.person(PHONE)
    assert take(f"{PHONE},2026-11-10", day=None).closed == 2
    assert Subscription.objects.filter(program=None, status=Status.CLOSED).count() == 2


def test_a_bad_line_is_reported_without_its_number_and_the_others_are_taken_in(acme: Cast) -> None:
    acme.person(PHONE)
    found = take("12065", f"{PHONE},2026-13-01", f"{PHONE},2027-01-01", "", PHONE)
    assert (found.lines, found.closed) == (4, 1)
    assert [problem.partition(":")[0] for problem in found.problems] == ["line 1", "line 2", "line 3"]
    assert "12065" not in str(found.problems)


def test_a_line_without_a_day_needs_one() -> None:
    assert "--date" in take(PHONE, day=None).problems[0]


def test_the_command_says_what_came_of_it(
    acme: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acme.person(PHONE)
    file = tmp_path / "list.txt"
    file.write_text(f"{PHONE},2026-11-10\n")
    call_command("import_deactivations", file)
    assert "1 numbers read; 1 closed" in capsys.readouterr().out
    file.write_text("nonsense,2026-11-10\n")
    with pytest.raises(CommandError, match="1 lines could not be read"):
        call_command("import_deactivations", file, "--json")
    with pytest.raises(CommandError, match="cannot read"):
        call_command("import_deactivations", tmp_path / "none.txt")
