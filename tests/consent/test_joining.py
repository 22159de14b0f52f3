"""The way into a program: asked, answered from the handset, and only then agreed."""

import datetime as dt
import uuid

import pytest
import time_machine

from consent import join_requests, joining, ledger, opting
from consent.models import Act, ConsentEvent, Evidence, JoinRequest, Method, Status, Subscription
from consent.rebuild import rebuild
from contacts import clock
from contacts.models import ContactPoint
from messaging.models import Message, Thread
from tests.calls import text
from tests.cast import Cast, contact_point

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

PHONE = "+12065550150"


@pytest.fixture
def twice(acme: Cast) -> Cast:
    """Acme with double opt-in."""
    acme.program.double_opt_in = True
    acme.program.save()
    return acme


@pytest.fixture
def grown(acme: Cast) -> Cast:
    """Acme for people of 21 or older."""
    acme.program.age_gate = 21
    acme.program.save()
    return acme


def standing(acme: Cast, phone: str = PHONE) -> str:
    row = Subscription.objects.filter(point__address=phone, program=acme.program).first()
    return row.status if row else "none yet"


def replies() -> list[str]:
    return list(
        Message.objects.filter(purpose="consent").order_by("created_at", "id").values_list("body", flat=True)
    )


def acts(phone: str = PHONE) -> list[str]:
    return list(
        ConsentEvent.objects.filter(point__address=phone).order_by("seq").values_list("act", flat=True)
    )


def differences() -> list[object]:
    return [found for progress in rebuild(is_check=True) for found in progress.differences]


def web_form(acme: Cast, phone: str = PHONE) -> joining.Request:
    point = ContactPoint.objects.filter(address=phone).first() or contact_point(acme.brand, phone)
    return joining.request(
        point,
        acme.program,
        method=Method.WEB_FORM,
        purposes=opting.purposes_of(acme.program),
        disclosure=acme.disclosure,
        evidence={"page": "https://acme.example/join", "ip": "203.0.113.9"},
        locale="en",
    )


def test_a_join_word_with_double_opt_in_agrees_to_nothing_yet(twice: Cast) -> None:
    text(twice.sender, PHONE, "ACME")
    assert standing(twice) == Status.REQUESTED
    (asked,) = replies()
    for needed in (
        "Acme Coffee Club",
        "AGREE",
        "up to 4 msgs/month",
        "Msg&data rates may apply",
        "HELP",
        "STOP",
    ):
        assert needed in asked


def test_the_confirm_word_agrees_and_welcomes(twice: Cast) -> None:
    text(twice.sender, PHONE, "ACME")
    text(twice.sender, PHONE, "Agree")
    assert (standing(twice), acts()) == (Status.ACTIVE, [Act.REQUESTED, Act.CONFIRMED])
    assert replies()[1].startswith("Welcome to Acme Coffee Club")
    assert JoinRequest.objects.get().outcome == "confirmed"
    assert not differences()


def test_the_agreement_is_proved_by_what_was_asked_and_what_was_answered(twice: Cast) -> None:
    web_form(twice)
    text(twice.sender, PHONE, "AGREE")
    asked, confirmed = ConsentEvent.objects.filter(point__address=PHONE).order_by("seq")
    proof = Evidence.objects.get(event=confirmed).data
    assert (proof["request"], proof["request_hash"], proof["text"]) == (str(asked.id), asked.hash, "AGREE")
    assert confirmed.disclosure_id == asked.disclosure_id == twice.disclosure.id
    assert (confirmed.method, confirmed.purposes) == (Method.KEYWORD, asked.purposes)


def test_a_yes_is_asked_for_the_word_and_agrees_to_nothing(twice: Cast) -> None:
    text(twice.sender, PHONE, "ACME")
    text(twice.sender, PHONE, "YES")
    assert standing(twice) == Status.REQUESTED
    assert "exactly this word: AGREE" in replies()[1]


def test_after_two_reminders_we_fall_silent_and_a_person_is_called(twice: Cast) -> None:
    text(twice.sender, PHONE, "ACME")
    for _ in range(4):
        text(twice.sender, PHONE, "yes")
    assert len(replies()) == 3
    assert Thread.objects.get().waiting_since is not None
    text(twice.sender, PHONE, "agree")
    assert standing(twice) == Status.ACTIVE


def test_an_answer_waits_for_nobody_and_a_question_does(twice: Cast) -> None:
    text(twice.sender, PHONE, "ACME")
    text(twice.sender, PHONE, "AGREE")
    assert Thread.objects.get().waiting_since is None
    text(twice.sender, PHONE, "Which grind for a V60?")
    assert Thread.objects.get().waiting_since is not None


def test_a_web_form_always_needs_the_handset(acme: Cast) -> None:
    assert web_form(acme).outcome == "asked"
    assert standing(acme) == Status.REQUESTED
    text(acme.sender, PHONE, "AGREE")
    assert standing(acme) == Status.ACTIVE


def test_a_confirm_word_without_a_request_agrees_to_nothing(acme: Cast) -> None:
    text(acme.sender, PHONE, "AGREE")
    assert (standing(acme), replies()) == ("none yet", [])


def test_nobody_confirms_for_another_number(twice: Cast) -> None:
    web_form(twice)
    text(twice.sender, "+12065550151", "AGREE")
    assert standing(twice) == Status.REQUESTED


def test_a_request_of_one_brand_is_not_answered_at_another(twice: Cast, rival: Cast) -> None:
    web_form(twice)
    text(rival.sender, PHONE, "AGREE")
    assert standing(twice) == Status.REQUESTED
    with pytest.raises(ValueError, match="different brands"):
        joining.request(
            ContactPoint.objects.get(address=PHONE, brand=twice.brand), rival.program, method=Method.WEB_FORM,
            purposes=("marketing:x",), disclosure=None, evidence={},
        )  # fmt: skip


def test_a_stop_ends_the_request_and_a_start_grants_nothing(twice: Cast) -> None:
    text(twice.sender, PHONE, "ACME")
    text(twice.sender, PHONE, "STOP")
    text(twice.sender, PHONE, "START")
    text(twice.sender, PHONE, "AGREE")
    assert (standing(twice), JoinRequest.objects.get().outcome) == (Status.NONE, "withdrawn")


def test_a_join_word_after_a_stop_opens_with_the_confirm_word_and_not_before(twice: Cast) -> None:
    twice.grant(contact_point(twice.brand, PHONE))
    text(twice.sender, PHONE, "STOP")
    text(twice.sender, PHONE, "ACME")
    number = Subscription.objects.get(point__address=PHONE, program=None)
    assert number.status == Status.CLOSED
    text(twice.sender, PHONE, "AGREE")
    number.refresh_from_db()
    assert (number.status, standing(twice)) == (Status.NONE, Status.ACTIVE)


def test_a_closed_or_held_number_is_not_asked_by_a_web_form(acme: Cast) -> None:
    point = contact_point(acme.brand, PHONE)
    opting.hold(point.id, evidence={})
    assert web_form(acme) == joining.Request("held", acme.program)
    acme.stop(point)
    assert web_form(acme) == joining.Request("closed", acme.program)
    assert Act.REQUESTED not in acts()


@pytest.mark.parametrize("method", [Method.CARRIER, Method.AGENT, Method.IMPORT, Method.API])
def test_a_join_word_does_not_pass_what_others_closed(twice: Cast, method: Method) -> None:
    point = contact_point(twice.brand, PHONE)
    ledger.record(ledger.Entry(point_id=point.id, act=Act.REVOKED, method=method, actor="carrier"))
    text(twice.sender, PHONE, "ACME")
    assert (standing(twice), replies()) == ("none yet", [])


def test_a_program_that_others_closed_is_not_joined_by_a_word(acme: Cast) -> None:
    point = acme.person(PHONE)
    opting.close(point.id, method=Method.API, actor="api:shop", program_id=acme.program.id, evidence={})
    text(acme.sender, PHONE, "ACME")
    assert (standing(acme), replies()) == (Status.CLOSED, [])


def test_what_was_not_answered_in_time_lapses(twice: Cast, noon: time_machine.Traveller) -> None:
    text(twice.sender, PHONE, "ACME")
    noon.shift(joining.ANSWER_WITHIN)
    text(twice.sender, PHONE, "AGREE")
    assert standing(twice) == Status.REQUESTED  # the sweep has not run, and it is too late all the same
    assert (join_requests.lapse(), join_requests.lapse()) == (1, 0)
    assert (standing(twice), acts()) == (Status.NONE, [Act.REQUESTED, Act.WITHDRAWN])
    assert not differences()


def test_who_asks_again_has_one_open_request(twice: Cast) -> None:
    web_form(twice)
    web_form(twice)
    assert sorted(JoinRequest.objects.values_list("outcome", flat=True)) == ["", "withdrawn"]
    text(twice.sender, PHONE, "agree")
    assert standing(twice) == Status.ACTIVE


def test_a_join_word_asks_for_the_age_where_there_is_a_gate(grown: Cast) -> None:
    text(grown.sender, PHONE, "ACME")
    (asked,) = replies()
    assert "21 or older" in asked
    assert "MM/DD/YYYY" in asked
    text(grown.sender, PHONE, "3/25/1990")
    assert (standing(grown), acts()) == (Status.ACTIVE, [Act.REQUESTED, Act.CONFIRMED])


def test_a_date_of_birth_is_not_kept_in_the_ledger(grown: Cast) -> None:
    text(grown.sender, PHONE, "ACME")
    text(grown.sender, PHONE, "3/25/1990")
    proof = Evidence.objects.get(event__act=Act.CONFIRMED).data
    assert "1990" not in str(proof)
    assert "at least 21 years" in proof["why"]


def test_a_web_form_with_a_gate_asks_for_the_age_and_then_for_the_word(grown: Cast) -> None:
    assert "date of birth" in web_form(grown).text
    text(grown.sender, PHONE, "25 MAR 1990")
    assert "AGREE" in replies()[0]
    assert standing(grown) == Status.REQUESTED
    text(grown.sender, PHONE, "AGREE")
    assert standing(grown) == Status.ACTIVE


def test_an_unclear_date_is_asked_for_again(grown: Cast) -> None:
    text(grown.sender, PHONE, "ACME")
    text(grown.sender, PHONE, "11/12/2005")
    assert "5 MAR 1990" in replies()[1]
    text(grown.sender, PHONE, "12 NOV 2005")
    assert standing(grown) == Status.ACTIVE


def test_somebody_under_age_is_refused_and_no_other_date_counts_for_a_day(
    grown: Cast, noon: time_machine.Traveller
) -> None:
    text(grown.sender, PHONE, "ACME")
    text(grown.sender, PHONE, "25 MAR 2010")
    assert (standing(grown), acts()) == (Status.NONE, [Act.REQUESTED, Act.WITHDRAWN])
    assert "21 or older" in replies()[1]
    text(grown.sender, PHONE, "25 MAR 1990")
    text(grown.sender, PHONE, "ACME")
    assert (standing(grown), web_form(grown).outcome) == (Status.NONE, "under_age")
    assert not Subscription.objects.filter(program=None).exclude(closed_by=[]).exists()
    noon.shift(joining.UNDER_AGE_FOR + dt.timedelta(seconds=1))
    text(grown.sender, PHONE, "ACME")
    assert standing(grown) == Status.REQUESTED


def test_somebody_too_young_for_one_program_may_join_one_for_younger_people(grown: Cast) -> None:
    text(grown.sender, PHONE, "ACME")
    text(grown.sender, PHONE, "25 MAR 2010")
    grown.program.pk, grown.program.slug, grown.program.age_gate = uuid.uuid4(), "acme-juniors", 13
    grown.program.save(force_insert=True)
    assert web_form(grown).outcome == "asked"


def test_the_texts_are_in_the_persons_language(twice: Cast) -> None:
    contact_point(twice.brand, PHONE, locale="es-MX")
    text(twice.sender, PHONE, "ACME")
    text(twice.sender, PHONE, "AGREE")
    assert replies()[0].startswith("Acme Coffee Club: responda AGREE")
    assert replies()[1].startswith("Bienvenido")


def test_a_program_says_its_own_welcome(twice: Cast) -> None:
    twice.program.welcome = "Hi from Acme. STOP to end."
    twice.program.save()
    text(twice.sender, PHONE, "ACME")
    text(twice.sender, PHONE, "AGREE")
    assert replies()[1] == "Hi from Acme. STOP to end."


def test_an_answer_older_than_the_question_is_none(twice: Cast) -> None:
    web_form(twice)
    point = ContactPoint.objects.get(address=PHONE)
    assert joining.read(point, "AGREE", said_at=clock.now() - dt.timedelta(seconds=1)) is None
