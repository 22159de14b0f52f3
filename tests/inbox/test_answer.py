"""The automatic answer: whole questions only, at most once, never in a loop, never past a STOP."""

import datetime as dt

import pytest
import time_machine

from consent import opting
from contacts import clock
from inbox import answer
from inbox.models import AutoAnswer
from messaging.models import Message, Origin, Thread
from tests.admin_story import hears
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def hours(noon: time_machine.Traveller, acme: Cast) -> AutoAnswer:
    """Acme knows when it opens."""
    return AutoAnswer.objects.create(brand=acme.brand, question="When do you open?", body="At 8, every day.")


def answers() -> list[str]:
    return list(Message.objects.filter(origin=Origin.AUTO).values_list("body", flat=True))


def clock_of(message: Message) -> dt.datetime | None:
    return Thread.objects.get(id=message.thread_id).waiting_since


@pytest.mark.parametrize("text", ["When do you open?", "when DO you open", "  Whén do you open?! ☕"])
def test_it_answers_the_whole_question_however_it_is_written(
    acme: Cast, hours: AutoAnswer, text: str
) -> None:
    asked = hears(acme, acme.person(), text)
    assert answer.answer(asked)
    assert answers() == ["At 8, every day."]
    assert clock_of(asked) is None


@pytest.mark.parametrize(
    "text", ["When do you open on Sunday?", "open", "", "When do you open? And do you sell beans?"]
)
def test_it_leaves_anything_else_to_a_person(acme: Cast, hours: AutoAnswer, text: str) -> None:
    asked = hears(acme, acme.person(), text)
    assert not answer.answer(asked)
    assert answers() == []
    assert clock_of(asked) is not None


def test_the_same_text_is_answered_once(acme: Cast, hours: AutoAnswer) -> None:
    asked = hears(acme, acme.person(), "When do you open?")
    answer.answer(asked)
    answer.answer(asked)
    assert len(answers()) == 1


def test_a_loop_is_cut_and_a_person_called(
    noon: time_machine.Traveller, acme: Cast, hours: AutoAnswer
) -> None:
    point = acme.person()
    told = []
    for _ in range(5):
        noon.shift(dt.timedelta(seconds=30))
        asked = hears(acme, point, "When do you open?")
        told.append(answer.answer(asked))
    assert told == [True, True, True, False, False]
    assert clock_of(asked) is not None
    noon.shift(dt.timedelta(minutes=11))
    assert answer.answer(hears(acme, point, "When do you open?"))


def test_an_older_question_still_waits_for_a_person(
    noon: time_machine.Traveller, acme: Cast, hours: AutoAnswer
) -> None:
    point = acme.person()
    first = hears(acme, point, "My order is broken")
    noon.shift(dt.timedelta(minutes=1))
    answer.answer(hears(acme, point, "When do you open?"))
    assert clock_of(first) == first.created_at


def test_a_closed_number_gets_no_answer(acme: Cast, hours: AutoAnswer) -> None:
    point = acme.person()
    acme.stop(point)
    asked = hears(acme, point, "When do you open?")
    assert not answer.answer(asked)
    assert clock_of(asked) is not None


def test_it_is_silent_when_switched_off_or_of_another_brand(
    acme: Cast, rival: Cast, hours: AutoAnswer
) -> None:
    assert not answer.answer(hears(rival, rival.person(), "When do you open?"))
    hours.is_active = False
    hours.save()
    assert not answer.answer(hears(acme, acme.person(), "When do you open?"))


def test_a_held_number_hears_from_people_only(acme: Cast, hours: AutoAnswer) -> None:
    point = acme.person()
    opting.hold(point.id, evidence={"text": "who is this?"})
    asked = hears(acme, point, "When do you open?")
    assert not answer.answer(asked)
    assert clock_of(asked) is not None


def test_a_paused_brand_answers_nothing_by_itself(acme: Cast, hours: AutoAnswer) -> None:
    acme.brand.paused_at = clock.now()
    acme.brand.save()
    assert not answer.answer(hears(acme, acme.person(), "When do you open?"))
