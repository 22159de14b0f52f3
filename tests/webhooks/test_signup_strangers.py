"""What a stranger can neither learn from a sign-up page nor do with its form."""

import datetime as dt
from collections.abc import Callable

import pytest

from consent import ledger, opting
from consent.models import Act, Basis, Method
from consent.suppressions import add as suppress
from contacts.models import ContactPoint
from messaging.models import Message
from tests import calls
from tests.cast import Cast
from tests.signup_visitor import NUMBER, TYPED, Visitor, attempts, disclosure, said, signup_page
from webhooks.signup import form_token

pytestmark = pytest.mark.django_db


def close(cast: Cast) -> None:
    cast.stop(cast.person(NUMBER, agrees_to=()))


def hold(cast: Cast) -> None:
    opting.hold(cast.person(NUMBER, agrees_to=()).id, evidence={"text": "who is this??"})


def enrol(cast: Cast) -> None:
    cast.person(NUMBER)


def erase(cast: Cast) -> None:
    suppress(cast.brand.id, [("sms", NUMBER)])


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        (close, ("refused", "closed")),
        (hold, ("refused", "held")),
        (enrol, ("already", "")),
        (erase, ("refused", "erased")),
    ],
)
def test_the_answer_is_the_same_whatever_is_known_of_the_number(
    known: Callable[[Cast], None], outcome: tuple[str, str], acme: Cast, ann: Visitor
) -> None:
    stranger = said(ann.sends("206-555-8091"))
    known(acme)
    Message.objects.all().delete()
    answer = ann.sends(TYPED)
    assert answer.status_code == 200
    assert said(answer) == stranger
    assert not Message.objects.exists()
    assert attempts() == [("asked", ""), outcome]


def test_it_tells_everybody_how_to_come_back(acme: Cast, ann: Visitor) -> None:
    html = said(ann.sends())
    assert f"Send ACME to {acme.sender.address}" in html
    assert "send START" in html


def test_an_erased_number_leaves_no_row(acme: Cast, ann: Visitor) -> None:
    erase(acme)
    ann.sends()
    assert not ContactPoint.objects.filter(address=NUMBER).exists()


def test_what_was_only_implied_may_be_agreed_to(acme: Cast, ann: Visitor) -> None:
    point = acme.person(NUMBER, agrees_to=())
    acme.grant(point, basis=Basis.IMPLIED_PURCHASE, until=ann.page.created_at + dt.timedelta(days=90))
    ann.sends()
    assert attempts() == [("asked", "")]


def test_who_came_back_with_start_is_a_member_as_before(acme: Cast, ann: Visitor) -> None:
    point = acme.person(NUMBER)
    acme.stop(point)
    calls.text(acme.sender, point, "START")
    ann.time.shift(dt.timedelta(minutes=1))
    ann.sends()
    assert attempts() == [("already", "")]


def test_who_left_only_the_program_is_asked_again(acme: Cast, ann: Visitor) -> None:
    point = acme.person(NUMBER)
    left = ledger.Entry(
        point_id=point.id, program_id=acme.program.id, act=Act.REVOKED, method=Method.PREFERENCES, actor="customer",
        purposes=(acme.program.purpose_key("marketing") or "",),
    )  # fmt: skip
    ledger.record(left)
    ann.sends()
    assert attempts() == [("asked", "")]


# --- forms that are not taken --------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "x:y", "eyJhIjoxfQ:forged", "é\u2603", ":" * 3000])
def test_a_forged_form_is_not_taken(token: str, ann: Visitor) -> None:
    answer = ann.sends(token=token)
    assert answer.status_code == 400
    assert "Please read it again" in said(answer)
    assert attempts() == []


def test_a_changed_form_is_not_taken(ann: Visitor) -> None:
    token = ann.token()
    assert ann.sends(token="A" + token[1:]).status_code == 400
    assert ann.sends(token=token[:-1]).status_code == 400
    assert attempts() == []


def test_a_form_of_another_page_is_not_taken(rival: Cast, ann: Visitor) -> None:
    theirs = Visitor(signup_page(rival), ann.time)
    assert ann.sends(token=theirs.token()).status_code == 400
    assert attempts() == []


def test_a_form_of_two_hours_ago_is_shown_again_with_its_boxes_unticked(ann: Visitor) -> None:
    token = ann.token()
    ann.time.shift(form_token.GOOD_FOR)
    answer = ann.sends(token=token)
    assert answer.status_code == 400
    assert f'value="{TYPED}"' in said(answer)
    assert "checked" not in said(answer)


def test_a_form_sent_within_a_moment_is_a_programs(ann: Visitor) -> None:
    token = ann.token()
    ann.time.shift(dt.timedelta(seconds=-9))
    answer = ann.sends(token=token)
    assert answer.status_code == 400
    assert "very quick" in said(answer)
    ann.time.shift(dt.timedelta(seconds=5))
    assert ann.sends(token=token).status_code == 200


@pytest.mark.parametrize(("site", "status"), [("cross-site", 400), ("same-site", 400), ("same-origin", 200)])
def test_a_form_sent_by_another_site_is_not_taken(site: str, status: int, ann: Visitor) -> None:
    assert ann.sends(headers={"Sec-Fetch-Site": site}).status_code == status


def test_a_double_click_is_one_text_and_one_try(ann: Visitor) -> None:
    token = ann.token()
    first, second = ann.sends(token=token), ann.sends(token=token)
    assert said(first) == said(second)
    assert Message.objects.count() == 1
    assert attempts() == [("asked", "")]


def test_a_form_serves_for_one_number(ann: Visitor) -> None:
    token = ann.token()
    ann.sends(token=token)
    answer = ann.sends("206-555-8091", token=token)
    assert answer.status_code == 400
    assert "sent already" in said(answer)
    assert "checked" in said(answer)
    assert Message.objects.count() == 1


def test_a_new_wording_is_never_ticked_beforehand(acme: Cast, ann: Visitor) -> None:
    token = ann.token()
    ann.sends(token=token)
    disclosure(acme, text="A newer wording.")
    html = said(ann.sends("206-555-8091", token=token))
    assert "A newer wording." in html
    assert "checked" not in html
