"""Can we text her now: the gate's own answer on the person's page, with the hours of her week."""

import datetime as dt

import pytest
import time_machine

from consent.models import Program
from inbox.can_text import CanText, can_text
from messaging import judging, outbox
from tests.admin_story import client_of, url
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def told(cast: Cast, **fields: object) -> CanText:
    found = can_text(cast.person(**fields))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_it_says_yes_for_what_was_agreed_to_and_no_for_the_rest(acme: Cast) -> None:
    answers = {answer.purpose: (answer.pill, answer.reasons) for answer in told(acme).answers}
    assert ">Yes<" in answers["Marketing"][0]
    assert ">No<" in answers["Informational"][0]
    assert answers["Informational"][1] == ("Never agreed to this kind of text",)


def test_it_says_when_on_the_persons_own_clock(acme: Cast) -> None:
    sleeps = told(acme, timezone="Pacific/Honolulu", region="HI", postal_code="96813")
    (marketing, _) = sleeps.answers
    assert ">Not now<" in marketing.pill
    assert "in Honolulu" in marketing.earliest
    assert sleeps.clock_name == "Pacific/Honolulu"


def test_it_is_the_answer_that_the_send_would_get(acme: Cast, noon: time_machine.Traveller) -> None:
    point = acme.person()
    for hours in (0, 1, 2):
        outbox.queue([draft(acme, point, origin_id=None, due_at=None)])
        noon.shift(dt.timedelta(hours=hours))
        asked = draft(acme, point, value="care", body="")
        (verdict,) = judging.judge([asked], now=dt.datetime.now(tz=dt.UTC))
        shown = can_text(point)
        assert shown is not None
        assert shown.answers[0].reasons == tuple(str(label) for label in _labels(verdict.reasons))


def _labels(reasons: tuple[str, ...]) -> list[str]:
    from consent.reasons import Reason

    return [Reason(reason).label for reason in reasons]


def test_each_program_has_an_answer_of_its_own(acme: Cast) -> None:
    second = Program.objects.get(pk=acme.program.pk)
    second.pk, second.slug, second.name = None, "second", "Second Club"
    second._state.adding = True
    second.id = Program._meta.pk.get_default()
    second.save()
    point = acme.person()
    answers = can_text(point).answers  # type: ignore[union-attr]
    assert [answer.program for answer in answers if ">Yes<" in answer.pill] == ["Acme Coffee Club"]
    assert len(answers) == 4


def test_no_hours_are_drawn_beside_a_no(acme: Cast) -> None:
    point = acme.person()
    assert [week.purposes for week in can_text(point).weeks] == ["Marketing"]  # type: ignore[union-attr]
    acme.stop(point)
    assert can_text(point).weeks == []  # type: ignore[union-attr]


def test_purposes_with_the_same_hours_share_a_drawing(acme: Cast) -> None:
    assert {week.purposes for week in told(acme, region="CA", timezone="America/Los_Angeles").weeks} <= {
        "Marketing and Informational", "Marketing", "Informational",
    }  # fmt: skip


def test_a_person_nobody_can_place_has_no_hours(acme: Cast) -> None:
    lost = told(acme, timezone="Europe/Moscow", postal_code="96813")
    assert any(week.is_empty for week in lost.weeks)


def test_the_page_shows_answers_drawing_and_the_same_in_words(acme: Cast) -> None:
    point = acme.person(timezone="Pacific/Honolulu")
    page = (
        client_of(acme.team["agent"])
        .get(url("contacts.Contact", "change", point.contact_id))
        .content.decode()
    )
    assert "Can we text Maria Young now?" in page
    assert page.count('class="week-row"') >= 7
    assert "Quiet hours where the person is" in page
    assert "Wednesday, 18 November" in page
