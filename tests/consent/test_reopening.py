"""Opening a closed number at the team's word: on evidence, by two people, with the history kept."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from consent import gate, ledger, opting, reopening
from consent.asking import Ask
from consent.models import Act, ConsentEvent, Evidence, Method, Program, Reopening, Status, Subscription
from contacts import clock
from contacts.ids import new_id
from contacts.models import ContactPoint
from tests.admin_story import client_of, url
from tests.calls import text
from tests.cast import Cast, contact_point

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HOUR = dt.timedelta(hours=1)
WORDS = "I never meant to stop, please text me again"


def left(acme: Cast, method: Method = Method.KEYWORD, act: Act = Act.REVOKED) -> ContactPoint:
    """Somebody who agreed a month ago and whose number closed two hours ago."""
    point = acme.person()
    opting.close(point.id, method=method, act=act, evidence={}, said_at=clock.now() - 2 * HOUR)
    return point


def ask(acme: Cast, point: ContactPoint, who: str = "agent", **changes: object) -> Reopening:
    fields = {"agreed_at": clock.now() - HOUR, "words": WORDS, "where": "a call", "reference": "ticket 7"}
    return reopening.ask(point, user=acme.team[who], **(fields | changes))  # type: ignore[arg-type]


def decide(acme: Cast, row: Reopening, who: str = "owner", *, is_approved: bool = True) -> Reopening:
    return reopening.decide(
        row.id, user=acme.team[who], is_approved=is_approved, answer="heard the recording"
    )


def number(point: ContactPoint) -> str:
    return Subscription.objects.get(point=point, program=None).status


def is_allowed(acme: Cast, point: ContactPoint, program: Program | None = None) -> bool:
    ask = Ask(
        message_id=new_id(), brand_id=acme.brand.id, point_id=point.id,
        program_id=(program or acme.program).id, purpose="marketing",
    )  # fmt: skip
    return gate.judge([ask], now=clock.now())[0].outcome == "allow"


def test_asking_changes_nothing(acme: Cast) -> None:
    point = left(acme)
    before = ConsentEvent.objects.count()
    ask(acme, point)
    assert (number(point), ConsentEvent.objects.count()) == (Status.CLOSED, before)


def test_a_second_person_opens_it_and_the_record_names_both(acme: Cast) -> None:
    point = left(acme)
    row = decide(acme, ask(acme, point))
    assert (number(point), is_allowed(acme, point)) == (Status.NONE, True)
    event = ConsentEvent.objects.filter(point=point).latest("seq")
    proof = Evidence.objects.get(event=event).data
    assert (event.act, event.method) == (Act.RESUMED, Method.AGENT)
    assert (proof["asked_by"], proof["approved_by"]) == (
        f"user:{acme.team['agent'].pk}", f"user:{acme.team['owner'].pk}",
    )  # fmt: skip
    assert (proof["words"], proof["reopening"]) == (WORDS, str(row.id))
    assert ConsentEvent.objects.filter(point=point, act=Act.REVOKED).exists()


@pytest.mark.parametrize(
    "method", [Method.AGENT, Method.API, Method.SUPPORT, Method.IMPORT, Method.PLAIN_WORDS]
)
def test_it_undoes_a_mistaken_closing_whoever_made_it(acme: Cast, method: Method) -> None:
    point = left(acme, method)
    decide(acme, ask(acme, point))
    assert is_allowed(acme, point)


def test_with_a_program_it_also_agrees_to_it(acme: Cast) -> None:
    point = contact_point(acme.brand, "+12065550170")
    opting.close(point.id, method=Method.AGENT, evidence={}, said_at=clock.now() - 2 * HOUR)
    purposes = opting.purposes_of(acme.program)
    decide(acme, ask(acme, point, program=acme.program, purposes=purposes))
    agreed = ConsentEvent.objects.get(point=point, act=Act.GRANTED)
    assert (agreed.occurred_at, tuple(agreed.purposes)) == (clock.now() - HOUR, tuple(sorted(purposes)))
    assert is_allowed(acme, point)


def test_a_program_that_was_left_is_opened_alone(acme: Cast) -> None:
    point = acme.person()
    opting.close(
        point.id,
        method=Method.SUPPORT,
        program_id=acme.program.id,
        evidence={},
        said_at=clock.now() - 2 * HOUR,
    )
    with pytest.raises(reopening.CannotReopen, match="Nothing is closed here"):
        ask(acme, point)
    decide(acme, ask(acme, point, program=acme.program, purposes=opting.purposes_of(acme.program)))
    assert is_allowed(acme, point)


def test_who_asked_does_not_decide(acme: Cast) -> None:
    row = ask(acme, left(acme), "owner")
    with pytest.raises(reopening.CannotReopen, match="second person"):
        decide(acme, row, "owner")
    assert decide(acme, row, "marketer").is_approved


@pytest.mark.parametrize("role", ["agent", "auditor"])
def test_only_owners_and_marketers_decide(acme: Cast, role: str) -> None:
    row = ask(acme, left(acme), "owner")
    with pytest.raises(reopening.CannotReopen, match="owner or a marketer"):
        decide(acme, row, role)


def test_an_auditor_does_not_even_ask(acme: Cast) -> None:
    with pytest.raises(reopening.CannotReopen, match="role"):
        ask(acme, left(acme), "auditor")


def test_somebody_of_another_brand_neither_asks_nor_decides(acme: Cast, rival: Cast) -> None:
    point = left(acme)
    with pytest.raises(reopening.CannotReopen, match="role"):
        reopening.ask(
            point, user=rival.team["owner"], agreed_at=clock.now() - HOUR, words=WORDS, where="a call"
        )
    row = ask(acme, point)
    with pytest.raises(reopening.CannotReopen, match="of the brand"):
        decide(rival, row)
    with pytest.raises(reopening.CannotReopen, match="same brand"):
        ask(acme, point, program=rival.program, purposes=("marketing:x",))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"words": "yes"}, "words"),
        ({"where": " "}, "where"),
        ({"agreed_at": dt.datetime(2026, 11, 18, 15, 59, tzinfo=dt.UTC)}, "agreed_at"),
        ({"agreed_at": dt.datetime(2026, 11, 18, 16, 0, tzinfo=dt.UTC)}, "agreed_at"),
        ({"agreed_at": dt.datetime(2026, 11, 18, 18, 1, tzinfo=dt.UTC)}, "agreed_at"),
    ],
)
def test_evidence_that_proves_nothing_is_refused_with_its_field(
    acme: Cast, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(reopening.CannotReopen) as refused:
        ask(acme, left(acme), **changes)
    assert refused.value.field == field


def test_a_leaving_after_the_asking_rules(acme: Cast) -> None:
    point = left(acme)
    row = ask(acme, point)
    acme.stop(point)
    with pytest.raises(reopening.CannotReopen, match="later word"):
        decide(acme, row)
    assert (number(point), Reopening.objects.get().decided_at) == (Status.CLOSED, None)


def test_a_closing_recorded_late_does_not_hide_a_newer_one(acme: Cast) -> None:
    point = left(acme)
    opting.close(point.id, method=Method.IMPORT, evidence={}, said_at=clock.now() - 100 * HOUR)
    with pytest.raises(reopening.CannotReopen, match="later word"):
        ask(acme, point, agreed_at=clock.now() - 3 * HOUR)


def test_a_refusal_keeps_the_history_and_can_be_asked_anew(acme: Cast) -> None:
    point = left(acme)
    row = decide(acme, ask(acme, point), is_approved=False)
    assert (row.is_approved, number(point)) == (False, Status.CLOSED)
    ask(acme, point)
    assert Reopening.objects.count() == 2


def test_what_was_decided_stays_decided(acme: Cast) -> None:
    row = ask(acme, left(acme))
    decide(acme, row, is_approved=False)
    with pytest.raises(reopening.CannotReopen, match="decided already"):
        decide(acme, row)


def test_it_is_asked_once_at_a_time(acme: Cast) -> None:
    point = left(acme)
    ask(acme, point)
    with pytest.raises(reopening.CannotReopen, match="asked already"):
        ask(acme, point)


def test_where_twilio_blocks_the_number_the_persons_own_start_must_come_first(acme: Cast) -> None:
    point = left(acme, Method.CARRIER, Act.BLOCKED_BY_CARRIER)
    row = ask(acme, point)
    with pytest.raises(reopening.CannotReopen, match="text START"):
        decide(acme, row)
    text(acme.sender, point, "START")
    assert number(point) == Status.CLOSED
    decide(acme, row)
    assert number(point) == Status.NONE


def test_an_erased_person_is_not_brought_back(acme: Cast) -> None:
    point = left(acme, Method.SUPPORT)
    ledger.record(ledger.Entry(point_id=point.id, act=Act.ERASED, method=Method.SUPPORT, actor="user:1"))
    with pytest.raises(reopening.CannotReopen, match="erased"):
        ask(acme, point)


def test_it_does_not_end_a_persons_own_pause(acme: Cast) -> None:
    point = acme.person()
    ledger.record(
        ledger.Entry(point_id=point.id, act=Act.PAUSED, method=Method.PREFERENCES, actor="customer")
    )
    opting.close(point.id, method=Method.AGENT, evidence={}, said_at=clock.now() - 2 * HOUR)
    decide(acme, ask(acme, point))
    assert number(point) == Status.PAUSED


def form(**changes: str) -> dict[str, str]:
    return {
        "words": WORDS,
        "where": "a call",
        "agreed_at": "2026-11-18T12:00",
        "reference": "",
        "program": "",
    } | changes


def test_it_is_asked_and_decided_on_its_pages(acme: Cast) -> None:
    point = left(acme)
    address = url("consent.Reopening", "ask", point.pk)
    agent, owner = client_of(acme.team["agent"]), client_of(acme.team["owner"])
    assert b"Open +1" in agent.get(address).content
    assert agent.post(address, form()).status_code == 302
    row = Reopening.objects.get()
    assert row.agreed_at == clock.now() - HOUR  # 12:00 in New York
    decision = url("consent.Reopening", "decide", row.pk)
    assert agent.post(decision, {"how": "approve"}).status_code == 403
    assert b"Approve" in owner.get(url("consent.Reopening", "change", row.pk)).content
    assert owner.post(decision, {"how": "approve"}).status_code == 302
    assert number(point) == Status.NONE


def test_the_page_says_what_is_wrong_beside_the_field(acme: Cast) -> None:
    point = left(acme)
    page = client_of(acme.team["agent"]).post(
        url("consent.Reopening", "ask", point.pk),
        form(agreed_at="2026-11-18T09:00", program=str(acme.program.pk)),
    )
    assert page.status_code == 200
    assert b"at least one purpose" in page.content
    assert not Reopening.objects.exists()


def test_another_brands_number_is_not_there(acme: Cast, rival: Cast) -> None:
    point = left(rival)
    client = client_of(acme.team["owner"])
    row = ask(rival, point)
    assert client.get(url("consent.Reopening", "ask", point.pk)).status_code == 404
    assert client.post(url("consent.Reopening", "decide", row.pk), {"how": "approve"}).status_code == 404
    assert Client().get(reverse("admin:consent_reopening_ask", args=[point.pk])).status_code == 302


def test_a_superuser_who_asked_needs_a_second_person_too(acme: Cast) -> None:
    root = User.objects.create_superuser("root", password="correct horse")
    row = reopening.ask(left(acme), user=root, agreed_at=clock.now() - HOUR, words=WORDS, where="a call")
    with pytest.raises(reopening.CannotReopen, match="second person"):
        reopening.decide(row.id, user=root, is_approved=True)
