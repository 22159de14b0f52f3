"""The gate as a whole: facts from the database, rules combined, one verdict for each ask."""

import datetime as dt
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from consent import gate, ledger
from consent.asking import Ask, Verdict
from consent.models import Act, Method, Purpose, Subscription
from contacts.models import Contact, ContactPoint
from tests.cast import Cast
from tests.conftest import NOON
from tests.gate_facts import got

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon(noon: Iterator[time_machine.Traveller]) -> None:
    """Every test of this file is a Wednesday at 13:00 New York, unless it travels on."""


def ask(acme: Cast, point: ContactPoint, purpose: str = Purpose.MARKETING, **other: Any) -> Ask:
    fields: dict[str, Any] = {
        "message_id": uuid.uuid4(), "brand_id": acme.brand.id, "point_id": point.id,
        "program_id": acme.program.id, "purpose": purpose,
    }  # fmt: skip
    return Ask(**(fields | other))


def verdict(acme: Cast, point: ContactPoint, purpose: str = Purpose.MARKETING, **other: Any) -> Verdict:
    now = other.pop("now", NOON)
    [answer] = gate.judge([ask(acme, point, purpose, **other)], now=now)
    return answer


def held(point: ContactPoint, **fields: Any) -> None:
    ledger.record(
        ledger.Entry(point_id=point.id, act=Act.HELD, method=Method.PLAIN_WORDS, actor="customer", **fields)
    )


def test_it_allows_what_the_person_agreed_to_until_the_window_ends(acme: Cast) -> None:
    answer = verdict(acme, acme.person())
    assert (answer.outcome, answer.reasons) == ("allow", ("permitted",))
    assert answer.window_ends_at == dt.datetime(2026, 11, 19, 1, 0, tzinfo=dt.UTC)  # 20:00 in New York


def test_it_refuses_a_number_that_never_agreed(acme: Cast) -> None:
    answer = verdict(acme, acme.person(agrees_to=()))
    assert (answer.outcome, answer.reasons, answer.until) == ("refuse", ("no_permission",), None)


def test_it_refuses_after_stop_and_allows_again_after_start(acme: Cast) -> None:
    point = acme.person(agrees_to=("marketing", "informational"))
    acme.stop(point)
    for purpose in (Purpose.MARKETING, Purpose.INFORMATIONAL, Purpose.CONVERSATIONAL):
        answer = verdict(acme, point, purpose, last_inbound_at=NOON)
        assert (answer.outcome, answer.reasons) == ("refuse", ("number_closed",))
    assert verdict(acme, point, Purpose.CONSENT).reasons == ("consent_reply",)
    ledger.record(ledger.Entry(point_id=point.id, act=Act.RESUMED, method=Method.KEYWORD, actor="customer"))
    assert verdict(acme, point).outcome == "allow"


def test_a_refusal_beats_a_hold_and_every_refusal_is_named(acme: Cast) -> None:
    point = acme.person(agrees_to=())
    acme.stop(point)
    answer = verdict(acme, point, sender_problem="halted", now=NOON + dt.timedelta(hours=10))
    assert answer.outcome == "refuse"
    assert set(answer.reasons) == {"number_closed", "no_permission"}


def test_a_number_of_another_brand_is_unknown_whatever_is_asked(acme: Cast, rival: Cast) -> None:
    theirs = rival.person(agrees_to=("marketing", "informational"))
    for purpose in Purpose:
        answer = verdict(acme, theirs, purpose, last_inbound_at=NOON)
        assert (answer.outcome, answer.reasons[0]) == ("refuse", "no_permission")
        assert "zones" not in answer.facts


def test_a_program_of_another_brand_is_unknown(acme: Cast, rival: Cast) -> None:
    for purpose in Purpose:
        answer = verdict(acme, acme.person(), purpose, program_id=rival.program.id, last_inbound_at=NOON)
        assert (answer.outcome, answer.reasons[0]) == ("refuse", "no_permission")


def test_a_batch_of_two_brands_answers_each_from_its_own_people(acme: Cast, rival: Cast) -> None:
    ours, theirs = acme.person(), rival.person(agrees_to=())
    asks = [ask(acme, ours), ask(rival, theirs), ask(rival, ours, Purpose.CONSENT)]
    answers = gate.judge(asks, now=NOON)
    assert [answer.outcome for answer in answers] == ["allow", "refuse", "refuse"]
    assert "zones" not in answers[2].facts


def test_an_automatic_text_without_a_program_is_refused(acme: Cast) -> None:
    assert verdict(acme, acme.person(), program_id=None).reasons == ("no_permission",)


def test_an_unknown_number_or_purpose_is_refused(acme: Cast) -> None:
    point = acme.person()
    assert verdict(acme, point, point_id=uuid.uuid4()).outcome == "refuse"
    assert verdict(acme, point, "megaphone").reasons == ("purpose_not_sent",)


def test_editing_a_wording_makes_a_purpose_nobody_agreed_to(acme: Cast) -> None:
    point = acme.person()
    acme.program.purposes = {Purpose.MARKETING: "Something else entirely."}
    acme.program.save()
    assert verdict(acme, point).reasons == ("no_permission",)


def test_a_consent_stays_with_the_person_who_gave_it_when_the_number_moves_on(acme: Cast) -> None:
    point = acme.person()
    point.contact = Contact.objects.create(brand=acme.brand, first_name="Somebody", created_at=NOON)
    point.save()
    assert verdict(acme, point).reasons == ("no_permission",)


def test_a_hold_waits_for_a_person_and_lets_a_person_answer(acme: Cast) -> None:
    point = acme.person()
    held(point)
    answer = verdict(acme, point)
    assert (answer.outcome, answer.reasons, answer.until) == ("hold", ("number_held",), None)
    assert verdict(acme, point, Purpose.CONVERSATIONAL, last_inbound_at=NOON).outcome == "allow"


def test_an_answer_needs_no_permission_no_program_and_no_daylight(acme: Cast) -> None:
    midnight = dt.datetime(2026, 11, 19, 5, 0, tzinfo=dt.UTC)
    answer = verdict(
        acme,
        acme.person(agrees_to=()),
        Purpose.CONVERSATIONAL,
        program_id=None,
        last_inbound_at=midnight,
        now=midnight,
    )
    assert (answer.outcome, answer.reasons, answer.window_ends_at) == ("allow", ("answering",), None)


def test_a_paused_brand_holds_what_is_automatic_and_still_answers(acme: Cast) -> None:
    point = acme.person()
    acme.brand.paused_at = NOON
    acme.brand.save()
    assert verdict(acme, point).reasons == ("brand_paused",)
    assert verdict(acme, point, Purpose.CONVERSATIONAL, last_inbound_at=NOON).outcome == "allow"
    assert verdict(acme, point, Purpose.CONSENT).outcome == "allow"


def test_a_halted_sender_holds_everything(acme: Cast) -> None:
    point = acme.person(agrees_to=("marketing", "informational"))
    for purpose in Purpose:
        answer = verdict(acme, point, purpose, sender_problem="halted", last_inbound_at=NOON)
        assert (answer.outcome, answer.reasons, answer.until) == ("hold", ("sender_not_ready",), None)


def test_quiet_hours_hold_until_the_next_morning(acme: Cast) -> None:
    evening = dt.datetime(2026, 11, 19, 1, 0, tzinfo=dt.UTC)  # 20:00 in New York, the first moment outside
    answer = verdict(acme, acme.person(postal_code="10001"), now=evening)
    assert (answer.outcome, answer.reasons) == ("hold", ("quiet_hours",))
    assert answer.until == dt.datetime(2026, 11, 19, 15, 0, tzinfo=dt.UTC)
    assert (
        verdict(acme, acme.person(postal_code="10001"), now=evening - dt.timedelta(seconds=1)).outcome
        == "allow"
    )


def test_the_end_of_one_hold_inside_another_is_not_yet_the_end(acme: Cast) -> None:
    sent = got(*(dt.datetime(2026, 11, 18, hour, tzinfo=dt.UTC) for hour in (2, 3, 4)))
    answer = verdict(acme, acme.person(), recent_marketing=sent)
    assert answer.reasons == ("frequency_cap",)
    # The cap is over at 2:00 UTC, which is 21:00 in New York; the hours open at 10:00 there.
    assert answer.until == dt.datetime(2026, 11, 19, 15, 0, tzinfo=dt.UTC)
    again = verdict(acme, acme.person(), recent_marketing=sent, now=answer.until)
    assert again.outcome == "allow"


def test_no_hour_fits_both_guam_and_san_juan_so_it_waits_without_an_end(acme: Cast) -> None:
    point = acme.person(timezone="Pacific/Guam", postal_code="00901", region="PR")
    answer = verdict(acme, point)
    assert (answer.outcome, answer.reasons, answer.until) == ("hold", ("no_allowed_instant",), None)


def test_a_hold_without_an_end_has_no_end_beside_one_that_has(acme: Cast) -> None:
    point = acme.person()
    held(point)
    answer = verdict(acme, point, now=NOON + dt.timedelta(hours=10))
    assert (set(answer.reasons), answer.until) == ({"number_held", "quiet_hours"}, None)


def test_texts_allowed_earlier_in_a_batch_count_towards_the_cap_in_order(acme: Cast) -> None:
    point, other = acme.person(), acme.person()
    asks = [ask(acme, point, recent_marketing=got(NOON - dt.timedelta(hours=1))) for _ in range(4)]
    answers = gate.judge([*asks, ask(acme, other)], now=NOON)
    assert [answer.outcome for answer in answers] == ["allow", "allow", "hold", "hold", "allow"]
    assert [answer.message_id for answer in answers[:4]] == [each.message_id for each in asks]
    assert answers[2].until == NOON + dt.timedelta(hours=23)


def test_a_refused_text_does_not_count_towards_the_cap(acme: Cast) -> None:
    point = acme.person()
    refused = [ask(acme, point, program_id=None) for _ in range(3)]
    assert gate.judge([*refused, ask(acme, point)], now=NOON)[-1].outcome == "allow"


def test_informational_texts_do_not_count_towards_the_cap(acme: Cast) -> None:
    point = acme.person(agrees_to=("marketing", "informational"))
    order_updates = [ask(acme, point, Purpose.INFORMATIONAL) for _ in range(5)]
    answers = gate.judge([*order_updates, ask(acme, point)], now=NOON)
    assert {answer.outcome for answer in answers} == {"allow"}


def test_it_takes_one_round_trip_for_one_ask_or_for_fifty(acme: Cast, django_assert_num_queries: Any) -> None:
    asks = [ask(acme, acme.person()) for _ in range(50)]
    for some in (asks[:1], asks):
        with django_assert_num_queries(1):
            answers = gate.judge(some, now=NOON)
        assert {answer.outcome for answer in answers} == {"allow"}


def test_nothing_to_judge_asks_the_database_nothing(acme: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert gate.judge([], now=NOON) == []


def test_the_receipt_names_the_facts_and_no_person(acme: Cast) -> None:
    point = acme.person(first_name="Henrietta", postal_code="98101")
    answer = verdict(acme, point, value="care", recent_marketing=got(NOON - DAY))
    assert answer.facts["purpose_key"] == acme.program.purpose_key("marketing")
    assert answer.facts["permission"] == {"status": "active", "seq": 1}
    assert answer.facts["number"] is None
    assert answer.facts["zones"]
    assert "US-WA" in answer.facts["jurisdictions"]
    assert answer.rule_pack.startswith("20")
    text = repr(answer)
    assert "Henrietta" not in text
    assert point.address not in text
    assert "98101" not in text


def test_a_stop_is_seen_by_the_very_next_verdict(acme: Cast) -> None:
    points = [acme.person() for _ in range(5)]
    asks = [ask(acme, point) for point in points]
    assert {answer.outcome for answer in gate.judge(asks, now=NOON)} == {"allow"}
    acme.stop(points[2])
    outcomes = [answer.outcome for answer in gate.judge(asks, now=NOON)]
    assert outcomes == ["allow", "allow", "refuse", "allow", "allow"]
    assert Subscription.objects.filter(program=None).count() == 1
