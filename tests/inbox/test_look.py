"""What the team does about a wish to leave: closes a number on any thread, or writes down what support was told."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from consent.models import Act, ConsentEvent, Evidence, Method, Status, Subscription
from contacts import clock
from contacts.models import ContactPoint
from inbox import look
from messaging import outbox
from messaging.models import Message
from messaging.models import Status as MessageStatus
from tests.admin_story import client_of, hears
from tests.calls import text
from tests.cast import Cast
from tests.messaging.test_dispatch import draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def number(point: ContactPoint) -> str:
    row = Subscription.objects.filter(point=point, program=None).first()
    return row.status if row else "open"


def test_an_agent_closes_a_number_on_any_thread(acme: Cast) -> None:
    point = acme.person()
    thread = hears(acme, point, "What is this about?").thread
    (waiting,) = outbox.queue([draft(acme, point)])
    client = client_of(acme.team["agent"])
    assert b"Close the number" in client.get(reverse("inbox:thread", args=[thread.id])).content
    client.post(reverse("inbox:act", args=[thread.id, "close-number"]), {"reason": "angry on the phone, too"})
    assert number(point) == Status.CLOSED
    assert Message.objects.get(id=waiting).status == MessageStatus.CANCELED
    event = ConsentEvent.objects.get(point=point, act=Act.REVOKED)
    assert (event.method, event.actor) == (Method.AGENT, f"user:{acme.team['agent'].pk}")
    proof = Evidence.objects.get(event=event).data
    assert (proof["text"], proof["reason"]) == ("What is this about?", "angry on the phone, too")


def test_closing_it_again_changes_nothing(acme: Cast) -> None:
    point = acme.person()
    thread = hears(acme, point, "hm").thread
    assert [look.close_number(thread, acme.team["agent"]) for _ in range(2)] == [1, 0]
    assert ConsentEvent.objects.filter(point=point, act=Act.REVOKED).count() == 1


def test_a_start_does_not_open_what_the_team_closed(acme: Cast) -> None:
    point = acme.person()
    look.close_number(hears(acme, point, "hm").thread, acme.team["agent"])
    text(acme.sender, point, "START")
    assert number(point) == Status.CLOSED


def told(acme: Cast, point: ContactPoint, **changes: object) -> int:
    fields = {
        "by": "mail",
        "said_at": clock.now() - dt.timedelta(hours=3),
        "words": "No more texts",
        "reference": "7",
    }
    return look.told_support(point.contact, acme.team["agent"], **(fields | changes))  # type: ignore[arg-type]


def test_what_support_was_told_closes_the_number_with_when_and_how(acme: Cast) -> None:
    point = acme.person()
    assert (told(acme, point), told(acme, point)) == (1, 0)
    event = ConsentEvent.objects.get(point=point, act=Act.REVOKED)
    assert (event.method, event.occurred_at) == (Method.SUPPORT, clock.now() - dt.timedelta(hours=3))
    assert Evidence.objects.get(event=event).data == {
        "where": "a mail",
        "words": "No more texts",
        "reference": "7",
    }


def test_it_can_concern_one_program(acme: Cast) -> None:
    point = acme.person()
    told(acme, point, program=acme.program)
    assert (number(point), Subscription.objects.get(program=acme.program).status) == ("open", Status.CLOSED)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"by": "pigeon"}, "by"),
        ({"words": "x"}, "words"),
        ({"said_at": dt.datetime(2026, 11, 18, 18, 1, tzinfo=dt.UTC)}, "said_at"),
    ],
)
def test_what_is_missing_is_named(acme: Cast, changes: dict[str, object], field: str) -> None:
    with pytest.raises(look.CannotRecord) as refused:
        told(acme, acme.person(), **changes)
    assert refused.value.field == field


def test_it_is_written_down_on_the_persons_page(acme: Cast) -> None:
    point = acme.person()
    client = client_of(acme.team["agent"])
    page = reverse("inbox:told", args=[point.contact_id])
    assert (
        page.encode() in client.get(reverse("admin:contacts_contact_change", args=[point.contact_id])).content
    )
    form = {
        "by": "call",
        "said_at": "2026-11-18T09:00",
        "words": "Take me off the list",
        "reference": "",
        "program": "",
    }
    assert client.post(page, form | {"said_at": "2026-11-18T23:00"}).status_code == 200
    assert number(point) == "open"
    assert client.post(page, form).status_code == 302
    assert number(point) == Status.CLOSED
    assert ConsentEvent.objects.get(act=Act.REVOKED).occurred_at == dt.datetime(
        2026, 11, 18, 14, tzinfo=dt.UTC
    )


def test_an_auditor_and_another_brand_record_nothing(acme: Cast, rival: Cast) -> None:
    point = acme.person()
    page = reverse("inbox:told", args=[point.contact_id])
    assert client_of(acme.team["auditor"]).get(page).status_code == 403
    assert client_of(rival.team["owner"]).get(page).status_code == 404
    assert client_of(rival.team["owner"]).get(reverse("inbox:told", args=[uuid.uuid4()])).status_code == 404
