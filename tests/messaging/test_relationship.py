"""The rules about the relationship on the whole way of a text: queue, claim, an answer, and what follows."""

import datetime as dt
import uuid
from typing import Any

import pytest
import time_machine

from consent.models import Program
from contacts import clock
from contacts.models import ContactPoint
from inbox import answer, reply
from inbox.models import AutoAnswer
from messaging import claim, judging, outbox
from messaging.models import Message, Status, Thread
from messaging.outbox import Draft
from messaging.receive import Inbound, receive
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = dt.timedelta(days=1)
# Texts about different things.
WORDS = (
    "Grind finer if your cup tastes sour", "Ana dries her beans under a glass roof", "Warm the cup before you pour",
    "A kettle with a thermometer costs little", "Our roaster sings while he works", "Water makes most of the taste",
)  # fmt: skip


def draft(acme: Cast, point: ContactPoint, body: str, **fields: Any) -> Draft:
    whole: dict[str, Any] = {
        "brand_id": acme.brand.id, "contact_id": point.contact_id, "point_id": point.id, "sender_id": acme.sender.id,
        "program_id": acme.program.id, "purpose": "marketing", "value": "know_how", "body": body,
        "origin": "campaign", "origin_id": uuid.uuid4(),
    }  # fmt: skip
    return Draft(**(whole | fields))


def queued(acme: Cast, point: ContactPoint, body: str, **fields: Any) -> tuple[str, str]:
    [message_id] = outbox.queue([draft(acme, point, body, **fields)])
    message = Message.objects.get(id=message_id)
    return message.status, message.reason


def leaves(acme: Cast) -> list[str]:
    """What leaves now; it counts as handed over."""
    outgoing = claim.claim(acme.sender, segments=100, limit=100).outgoing
    Message.objects.filter(status=Status.SENDING).update(status=Status.DELIVERED, handed_off_at=clock.now())
    return [one.body for one in outgoing]


def writes(acme: Cast, point: ContactPoint, body: str) -> Message:
    inbound = Inbound(
        sid=f"SM{uuid.uuid4().hex}", channel="sms", address=point.address, body=body, media=[],
        received_at=clock.now(),
    )  # fmt: skip
    return receive(inbound, sender=acme.sender, point=point, wants_answer=True)


def thread_of(point: ContactPoint) -> Thread:
    return Thread.objects.get(contact=point.contact_id)


def test_the_same_promotion_goes_to_a_person_once_whatever_name_is_filled_in(acme: Cast) -> None:
    maria, tom = acme.person(), acme.person()
    template = "{{ first_name }}, grind finer if your cup tastes sour. Acme"
    text = "Maria, grind finer if your cup tastes sour. Acme"
    assert queued(acme, maria, text, template=template, value="reward") == ("queued", "")
    assert leaves(acme) == [text]
    assert queued(acme, maria, text.replace("Maria", "Mary Ann"), template=template, value="reward") == (
        "refused",
        "already_said",
    )
    assert queued(acme, maria, text.upper(), value="reward") == ("refused", "already_said")
    assert queued(acme, tom, text, template=template, value="reward") == ("queued", "")


def test_of_two_that_say_the_same_and_wait_together_one_leaves(acme: Cast) -> None:
    maria = acme.person()
    for _ in range(2):
        assert queued(acme, maria, WORDS[0], value="reward") == ("queued", "")
    assert leaves(acme) == [WORDS[0]]
    assert sorted(Message.objects.values_list("status", "reason")) == [
        ("delivered", ""),
        ("refused", "already_said"),
    ]


def test_what_may_go_to_a_person_counts_for_what_follows_in_the_batch(acme: Cast) -> None:
    Program.objects.update(marketing_cap_per_day=9, marketing_cap_per_week=9, quiet_after=3)
    maria, tom = acme.person(), acme.person()
    offers = [draft(acme, maria, body, value=value) for body, value in (
        (WORDS[0], "offer"), (WORDS[1], "reward"), (WORDS[2], "offer"), (WORDS[3], "offer"), (WORDS[1], "reward"),
        (WORDS[4], "story"), (WORDS[5], "story"),
    )]  # fmt: skip
    said = judging.judge([*offers, draft(acme, tom, WORDS[1])], now=clock.now())
    assert [(verdict.outcome, *verdict.reasons) for verdict in said] == [
        ("hold", "offer_not_due"),
        ("allow", "permitted"),
        ("allow", "permitted"),
        ("hold", "offer_not_due"),
        ("refuse", "already_said"),
        ("allow", "permitted"),
        ("hold", "frequency_cap", "no_answers"),
        ("allow", "permitted"),
    ]


def test_who_never_answers_hears_less_and_an_answer_changes_that(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    maria = acme.person()
    for body in WORDS[:4]:
        queued(acme, maria, body)
        assert leaves(acme) == [body]
        noon.shift(2 * DAY)
    assert queued(acme, maria, WORDS[4]) == ("held", "no_answers")
    assert Message.objects.get(reason="no_answers").due_at == clock.now() + 5 * DAY
    writes(acme, maria, "Which grinder?")
    reply.mark_answered(thread_of(maria))
    assert queued(acme, maria, WORDS[5]) == ("queued", "")


def test_a_person_who_waits_for_us_gets_nothing_automatic_until_it_is_settled(acme: Cast) -> None:
    maria = acme.person(agrees_to=("marketing", "informational"))
    writes(acme, maria, "Is my kettle too hot?")
    assert queued(acme, maria, WORDS[0]) == ("held", "waits_for_us")
    assert queued(acme, maria, "Your order is ready", purpose="informational") == ("held", "waits_for_us")
    assert leaves(acme) == []
    reply.mark_answered(thread_of(maria))
    assert sorted(leaves(acme)) == [WORDS[0], "Your order is ready"]


def test_after_our_answer_campaigns_keep_quiet_for_two_hours(
    acme: Cast, noon: time_machine.Traveller
) -> None:
    maria = acme.person()
    writes(acme, maria, "Is my kettle too hot?")
    reply.send_reply(thread_of(maria), "Let it stand for a minute.", acme.team["agent"])
    assert queued(acme, maria, WORDS[0]) == ("held", "in_conversation")
    assert leaves(acme) == ["Let it stand for a minute."]
    noon.shift(dt.timedelta(hours=2))
    assert leaves(acme) == [WORDS[0]]


def test_an_angry_text_is_remembered_until_somebody_has_settled_it(acme: Cast) -> None:
    maria = acme.person()
    writes(acme, maria, "This is ridiculous!")
    writes(acme, maria, "Where is my order?")
    assert thread_of(maria).mood == "angry"
    assert queued(acme, maria, WORDS[0]) == ("held", "upset")
    reply.mark_answered(thread_of(maria))
    assert thread_of(maria).mood == ""
    assert leaves(acme) == [WORDS[0]]


def test_no_machine_answers_somebody_who_is_upset(acme: Cast) -> None:
    maria = acme.person()
    for question in ("My dog died", "Where are you"):
        AutoAnswer.objects.create(brand=acme.brand, question=question, body="On Main Street.")
    assert answer.answer(writes(acme, maria, "My dog died!")) is False
    assert thread_of(maria).waiting_since is not None
    assert answer.answer(writes(acme, acme.person(), "Where are you?")) is True


def test_a_landline_is_refused(acme: Cast) -> None:
    Program.objects.update(countries=["US", "GB"])
    london = acme.person("+442071234567", timezone="Europe/London")
    ContactPoint.objects.filter(id=london.id).update(country="GB")
    assert queued(acme, london, WORDS[0]) == ("refused", "not_a_mobile")


def test_the_gate_asks_as_much_for_one_text_as_for_thirty(acme: Cast, django_assert_num_queries: Any) -> None:
    people = [acme.person() for _ in range(30)]
    for point in people[:15]:
        queued(acme, point, WORDS[0])
    leaves(acme)
    for count in (1, 30):
        asked = [draft(acme, point, WORDS[1]) for point in people[:count]]
        with django_assert_num_queries(2):
            judging.judge(asked, now=clock.now())
