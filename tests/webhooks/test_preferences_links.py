"""Links and forms of preference pages that are good, and those that are not; the link in a text."""

import html
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from campaigns import personal
from consent import preferences
from consent.models import Access
from contacts.models import ContactPoint
from messaging import rendering, throttle
from tests.cast import Cast
from tests.preferences_visitor import Reader, acts, said
from webhooks.preferences import door

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


# --- links and forms that are not good -----------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x", "x:y", "eyJhIjoxfQ:forged", "é\u2603", ":" * 3000])
def test_a_forged_form_changes_nothing(token: str, maria: Reader) -> None:
    assert "Please press again" in said(maria.presses("leave", token=token))
    assert acts(maria.point) == []


def test_a_form_of_another_persons_page_changes_nothing(acme: Cast, maria: Reader) -> None:
    theirs = Reader(acme.person()).token()
    maria.presses("leave", token=theirs)
    assert acts(maria.point) == []


def test_a_form_that_another_site_sends_changes_nothing(maria: Reader) -> None:
    maria.presses("leave", **{"Sec-Fetch-Site": "cross-site"})
    assert acts(maria.point) == []


@pytest.mark.parametrize(
    "button", ["", " ", "data", "since", "off", "left nowhere", "title {brand}", "off x y"]
)
def test_a_button_that_there_is_not_does_nothing(button: str, maria: Reader) -> None:
    assert maria.presses(button).status_code == 200
    assert acts(maria.point) == []


def refused(link: str) -> int:
    for counter in throttle.connection().scan_iter("preferences-failures:*"):
        throttle.connection().delete(counter)
    point = ContactPoint.objects.order_by("created_at").first()
    assert point
    return int(Reader(point, link=link).opens().status_code)


def test_a_link_with_any_letter_changed_leads_nowhere(maria: Reader) -> None:
    start, token = maria.link[:-35], maria.link[-35:]
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        assert refused(start + token[:place] + other + token[place + 1 :]) == 404
    for wrong in (
        token[:-1],
        token + "A",
        token + "=",
        "x" * 35,
        "é" * 35,
        "%00" * 9,
        preferences.sample_link()[-35:],
    ):
        assert refused(start + wrong) == 404
    assert refused(maria.link) == 200


def test_a_link_is_dead_once_the_number_is_somebody_elses(acme: Cast, maria: Reader) -> None:
    maria.point.contact = acme.person(agrees_to=()).contact
    maria.point.save()
    assert refused(maria.link) == 404


def test_a_link_is_dead_once_the_person_is_erased(maria: Reader) -> None:
    maria.point.address = f"erased:{maria.point.id}"
    maria.point.save()
    assert refused(maria.link) == 404


def test_a_link_outlives_a_change_of_the_secret_key(maria: Reader, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert refused(maria.link) == 200
    settings.SECRET_KEY_FALLBACKS = []
    assert refused(maria.link) == 404


def test_a_link_is_short_says_no_number_and_ends_in_a_letter_or_digit(acme: Cast, settings: Any) -> None:
    for _ in range(20):
        point = acme.person(agrees_to=())
        token = preferences.link(point).removeprefix(f"{settings.PUBLIC_BASE_URL}/p/")
        assert len(token) == len(preferences.sample_link().rpartition("/")[2]) == 35
        assert token[-1].isalnum()
        assert point.address[-4:] not in token


def test_who_guesses_is_slowed_down_and_who_has_a_link_never_is(maria: Reader) -> None:
    assert refused("/p/" + "x" * 35) == 404
    answers = [maria.client.get(f"/p/{'x' * 34}{n}").status_code for n in range(door.FAILURES_PER_MINUTE)]
    assert answers == [404] * (door.FAILURES_PER_MINUTE - 1) + [429]
    assert "reply STOP" in html.unescape(maria.client.get("/p/x").content.decode())
    assert "You have left everything" in said(maria.presses("leave"))


# --- the link in a text --------------------------------------------------------------------------------


def test_a_text_carries_the_link_of_its_reader(acme: Cast, maria: Reader) -> None:
    body = "New beans are in. {{ preferences_url }} STOP to end"
    assert rendering.check(body) == []
    text = rendering.render(
        body, personal.variables(maria.point.contact, program=acme.program, point=maria.point)
    )
    assert maria.link in text
    assert Reader(maria.point, link=text.split()[4]).opens().status_code == 200


def test_a_preview_shows_a_link_of_the_same_length_that_leads_nowhere(acme: Cast, maria: Reader) -> None:
    sample = personal.variables(maria.point.contact, program=acme.program)["preferences_url"]
    assert len(sample) == len(maria.link)
    assert refused(sample) == 404


# --- links that are renewed, and what the team sees of one ----------------------------------------------


def test_a_renewed_link_opens_and_every_earlier_one_is_dead(maria: Reader, acme: Cast) -> None:
    other = Reader(acme.person())
    first = maria.link
    second = preferences.renew(maria.point)
    assert refused(first) == 404
    assert Reader(maria.point, link=second).opens().status_code == 200
    third = preferences.renew(maria.point)
    assert [refused(first), refused(second)] == [404, 404]
    assert Reader(maria.point, link=third).opens().status_code == 200
    assert other.opens().status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_command_gives_a_link_and_renews_it_and_both_are_on_record(acme: Cast) -> None:
    maria, out = Reader(acme.person()), StringIO()
    call_command("preference_link", maria.point.address, stdout=out)
    assert out.getvalue().strip() == maria.link
    out = StringIO()
    call_command("preference_link", maria.point.address, "--renew", "--json", stdout=out)
    renewed = json.loads(out.getvalue())
    assert (renewed["is_renewed"], renewed["link"] == maria.link) == (True, False)
    assert [refused(maria.link), refused(renewed["link"])] == [404, 200]
    pages = Access.objects.filter(contact_id=maria.point.contact_id).values_list("page", flat=True)
    assert sorted(pages) == ["preference link", "preference link renewed"]


def test_the_team_sees_that_there_was_a_link_and_cannot_use_it(maria: Reader) -> None:
    text = f"New beans. {maria.link} STOP to end, or see https://acme.example/p/beans"
    shown = preferences.without_keys(text)
    assert shown == f"New beans. {maria.link[:-35]}… STOP to end, or see https://acme.example/p/beans"
