"""The preference page: a person leaves, pauses, asks for fewer or for their data, by a link and without a login."""

import datetime as dt
import json
import uuid
from html import unescape
from typing import Any

import pytest
import time_machine

from consent import ledger, preferences
from consent.models import Act, ConsentEvent, Method, Subscription
from contacts import clock
from contacts.models import ContactPoint
from inbox.models import Note
from messaging import dispatch, outbox
from messaging.models import Message, Origin, Thread
from tests import calls
from tests.cast import Cast
from tests.preferences_visitor import Reader, acts, said
from webhooks.preferences import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
DAY = dt.timedelta(days=1)


def of_number(point: ContactPoint) -> Subscription:
    return Subscription.objects.get(point=point, program=None)


def of_program(point: ContactPoint) -> Subscription:
    return Subscription.objects.get(point=point, program__isnull=False)


def queued(acme: Cast, point: ContactPoint, **fields: Any) -> Message:
    whole: dict[str, Any] = {
        "brand_id": acme.brand.id, "contact_id": point.contact_id, "point_id": point.id, "sender_id": acme.sender.id,
        "program_id": acme.program.id, "purpose": "marketing", "value": "know_how", "body": "Grind finer.",
        "origin": Origin.CAMPAIGN, "origin_id": uuid.uuid4(),
    }  # fmt: skip
    draft = outbox.Draft(**(whole | fields))
    return Message.objects.get(id=outbox.queue([draft])[0])


# --- what it shows -------------------------------------------------------------------------------------


def test_it_tells_what_one_gets_since_when_and_in_which_words_one_agreed(acme: Cast, maria: Reader) -> None:
    page = said(maria.opens())
    assert "Your texts from Acme Coffee" in page
    assert "How often: up to 4 msgs/month." in page
    assert "You agreed on 19 October 2026, on a web page." in page
    assert acme.disclosure.text in page
    for wording in acme.program.purposes.values():
        assert wording in page


def test_the_number_is_not_on_it(maria: Reader) -> None:
    page = said(maria.opens())
    assert f"For the number ending in {maria.point.address[-2:]}" in page
    assert maria.point.address[-4:] not in page
    assert "Maria" not in page


@pytest.mark.parametrize("language", words.languages())
def test_who_has_left_is_not_told_to_leave(language: str, maria: Reader) -> None:
    way_out = words.of(language)["erase_or_leave"]
    assert way_out in unescape(said(maria.opens(f"?lang={language}")))
    maria.presses("leave")
    assert way_out not in unescape(said(maria.opens(f"?lang={language}")))


def test_opening_it_changes_nothing_however_it_is_opened(maria: Reader) -> None:
    for query in ("", "?do=leave", f"?do=leave&token={maria.token()}"):
        maria.opens(query)
        maria.client.head(maria.path + query)
    assert acts(maria.point) == []
    assert not Thread.objects.exists()


@pytest.mark.parametrize("language", words.languages())
def test_it_is_read_in_every_language(language: str, maria: Reader) -> None:
    maria.presses("pause")
    for answer in (maria.opens(f"?lang={language}"), maria.opens(**{"Accept-Language": language})):
        assert f'<html lang="{language}">' in said(answer)
        assert words.of(language)["leave"] in said(answer)
        assert "{" not in said(answer).partition("</style>")[2]


def test_every_language_says_all_of_it() -> None:
    known = set(words.of("en"))
    assert {code: known ^ set(words.of(code)) for code in words.languages()} == {
        code: set() for code in words.languages()
    }


def test_it_speaks_the_persons_own_language_to_a_browser_that_names_none(acme: Cast) -> None:
    assert '<html lang="pl">' in said(Reader(acme.person(locale="pl-PL")).opens())


def test_nobody_keeps_it_finds_it_frames_it_or_is_told_its_address(maria: Reader) -> None:
    answer = maria.opens()
    assert answer["Cache-Control"] == "no-store"
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer.cookies == {}


def test_what_another_person_agreed_to_on_the_same_phone_is_not_shown(acme: Cast, maria: Reader) -> None:
    other = acme.person(agrees_to=()).contact
    Subscription.objects.filter(point=maria.point).update(contact=other)
    page = said(maria.opens())
    assert "You have agreed to no texts of Acme Coffee." in page
    assert acme.program.name not in page


# --- leaving -------------------------------------------------------------------------------------------


def test_one_press_leaves_everything_and_what_waited_is_canceled(acme: Cast, maria: Reader) -> None:
    waiting = queued(acme, maria.point)
    page = said(maria.presses("leave"))
    assert "Done. You have left everything." in page
    waiting.refresh_from_db()
    assert waiting.status == "canceled"
    assert of_number(maria.point).closed_by == ["preferences"]
    event = ConsentEvent.objects.get(point=maria.point, act=Act.REVOKED)
    assert event.actor == "customer"
    assert event.evidence.data["words"] == "Leave everything"
    assert maria.path.removeprefix("/p/") not in json.dumps(event.evidence.data)


def test_pressed_twice_it_is_told_once(maria: Reader) -> None:
    token = maria.token()
    maria.presses("leave", token=token)
    assert "You have left everything" in said(maria.presses("leave", token=token))
    assert acts(maria.point) == [("revoked", "preferences")]


def test_the_page_opens_nothing_again_and_says_what_does(acme: Cast, maria: Reader) -> None:
    token = maria.token()
    maria.presses("leave")
    for button in ("resume", f"more {acme.program.slug}", "start", "join"):
        maria.presses(button, token=token)
    assert of_number(maria.point).status == "closed"
    assert f"send START from this phone to this number: {acme.sender.address}" in said(maria.opens())
    calls.text(acme.sender, maria.point, "START")
    assert of_number(maria.point).status != "closed"


def test_who_was_closed_by_others_is_sent_to_support(acme: Cast, maria: Reader) -> None:
    ledger.record(
        ledger.Entry(
            point_id=maria.point.id, act=Act.BLOCKED_BY_CARRIER, method=Method.CARRIER, actor="carrier"
        )
    )
    page = said(maria.opens())
    assert "ask help@acme.example" in page
    assert "START" not in page


def test_leaving_one_kind_of_text_leaves_the_other(acme: Cast, maria: Reader) -> None:
    news, order = queued(acme, maria.point), queued(acme, maria.point, purpose="informational")
    page = said(maria.presses(f"off {acme.program.slug} marketing"))
    assert "These texts have stopped" in page
    assert acme.program.purposes["marketing"] not in page
    assert [Message.objects.get(id=each.id).status for each in (news, order)] == ["canceled", "queued"]
    assert of_program(maria.point).purposes == [acme.program.purpose_key("informational")]


def test_leaving_a_program_tells_how_to_come_back(
    acme: Cast, maria: Reader, noon: time_machine.Traveller
) -> None:
    page = said(maria.presses(f"left {acme.program.slug}"))
    assert f"Done. You have left {acme.program.name}." in page
    assert "send ACME from this phone" in page
    assert of_program(maria.point).closed_by == ["preferences"]
    noon.shift(dt.timedelta(minutes=1))
    calls.text(acme.sender, maria.point, "ACME")
    assert of_program(maria.point).status == "active"


def test_a_program_of_another_brand_is_not_there(rival: Cast, maria: Reader) -> None:
    assert "nothing was changed" in said(maria.presses(f"left {rival.program.slug}"))
    assert acts(maria.point) == []


def test_who_leaves_is_not_texted_by_a_drain_that_comes_after(acme: Cast, maria: Reader) -> None:
    message = queued(acme, maria.point)
    maria.presses("leave")
    dispatch.send_batch(acme.sender, segments=100)
    message.refresh_from_db()
    assert message.status == "canceled"


# --- a pause, and fewer --------------------------------------------------------------------------------


def test_a_pause_holds_what_waits_until_its_end_and_its_end_lets_it_go(
    acme: Cast, maria: Reader, noon: time_machine.Traveller
) -> None:
    page = said(maria.presses("pause"))
    ends_at = clock.now() + preferences.PAUSE
    assert "Nothing is sent until 18 December 2026." in page
    assert of_number(maria.point).paused_until == ends_at
    held = queued(acme, maria.point)
    assert (held.status, held.reason, held.due_at) == ("held", "paused", ends_at)
    assert "End the pause" in said(maria.opens())


def test_ending_the_pause_wakes_what_it_held_and_keeps_fewer(acme: Cast, maria: Reader) -> None:
    maria.presses(f"fewer {acme.program.slug}")
    maria.presses("pause")
    held = queued(acme, maria.point)
    assert "The pause is over" in said(maria.presses("resume"))
    held.refresh_from_db()
    assert held.due_at == clock.now()
    assert (of_number(maria.point).paused, of_program(maria.point).fewer) == (False, True)


def test_a_pause_of_one_program_is_ended_too_and_its_fewer_is_kept(acme: Cast, maria: Reader) -> None:
    maria.presses(f"fewer {acme.program.slug}")
    paused: dict[str, Any] = {
        "act": Act.PAUSED,
        "method": Method.PREFERENCES,
        "actor": "customer",
        "until": clock.now() + DAY,
    }
    ledger.record(ledger.Entry(point_id=maria.point.id, program_id=acme.program.id, **paused))
    assert "Paused until 19 November 2026." in said(maria.opens())
    maria.presses("resume")
    assert (of_program(maria.point).paused, of_program(maria.point).fewer) == (False, True)


def test_as_many_as_before_lifts_fewer_and_keeps_a_pause(acme: Cast, maria: Reader) -> None:
    maria.presses(f"fewer {acme.program.slug}")
    until = clock.now() + DAY
    paused: dict[str, Any] = {
        "act": Act.PAUSED,
        "method": Method.PREFERENCES,
        "actor": "customer",
        "until": until,
    }
    ledger.record(ledger.Entry(point_id=maria.point.id, program_id=acme.program.id, **paused))
    maria.presses(f"more {acme.program.slug}")
    row = of_program(maria.point)
    assert (row.fewer, row.paused, row.paused_until) == (False, True, until)


def test_who_asked_for_fewer_gets_one_text_a_week(
    acme: Cast, maria: Reader, noon: time_machine.Traveller
) -> None:
    page = said(maria.presses(f"fewer {acme.program.slug}"))
    assert "You asked for fewer: at most 1 a week with news and offers." in page
    first = queued(acme, maria.point)
    assert first.status == "queued"
    sent_at = clock.now()
    Message.objects.filter(id=first.id).update(status="handed_off", handed_off_at=sent_at, due_at=None)
    noon.shift(2 * DAY)
    second = queued(acme, maria.point, body="Warm the cup.")
    assert (second.status, second.reason) == ("held", "asked_for_fewer")
    assert second.due_at == sent_at + 7 * DAY
    assert queued(acme, maria.point, purpose="informational").status == "queued"
    maria.presses(f"more {acme.program.slug}")
    second.refresh_from_db()
    assert second.due_at == clock.now()


@pytest.mark.parametrize(
    "button", ["leave", "pause", "fewer acme-club", "left acme-club", "off acme-club marketing"]
)
def test_asking_for_less_works_from_a_page_of_last_year(
    button: str, acme: Cast, maria: Reader, noon: time_machine.Traveller
) -> None:
    token = maria.token()
    noon.shift(365 * DAY)
    assert "Done." in said(maria.presses(button, token=token))
    assert len(acts(maria.point)) == 1


@pytest.mark.parametrize("button", ["resume", "more acme-club", "erase"])
def test_asking_for_more_needs_a_page_of_now(
    button: str, acme: Cast, maria: Reader, noon: time_machine.Traveller
) -> None:
    maria.presses("pause")
    maria.presses("fewer acme-club")
    token, before = maria.token(), acts(maria.point)
    noon.shift(dt.timedelta(hours=2, seconds=1))
    assert "Please press again" in said(maria.presses(button, token=token))
    assert acts(maria.point) == before
    assert not Note.objects.exists()
