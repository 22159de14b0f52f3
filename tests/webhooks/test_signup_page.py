"""The hosted sign-up page: what it shows, what it takes, and what it asks of whom."""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from consent.models import (
    Act,
    Basis,
    ConsentEvent,
    JoinRequest,
    Method,
    SignupPage,
    Status,
    Subscription,
)
from contacts.models import ContactPoint
from messaging.models import Message
from tests import calls
from tests.cast import Cast
from tests.signup_visitor import AGREE, NUMBER, TYPED, Visitor, attempts, disclosure, said, signup_page
from webhooks.signup import going_live, words
from webhooks.signup.form_token import preview

pytestmark = [pytest.mark.django_db]


# --- what it shows -----------------------------------------------------------------------------------


def test_the_box_is_unticked_and_says_exactly_the_disclosure(ann: Visitor) -> None:
    answer = ann.opens()
    assert answer.status_code == 200
    html = said(answer)
    assert f"<span>{AGREE}</span>" in html
    assert "checked" not in html
    assert 'href="https://acme.example/terms"' in html
    assert 'href="https://acme.example/privacy"' in html


def test_it_is_small_sets_no_cookie_and_loads_nothing(ann: Visitor) -> None:
    answer = ann.opens()
    assert len(answer.content) < 10_000
    assert not answer.cookies
    assert "<script" not in said(answer)
    assert "src=" not in said(answer)
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("language", words.languages())
def test_every_language_renders(language: str, acme: Cast, ann: Visitor) -> None:
    disclosure(acme, language, f"Acepto / J’accepte ({language})")
    acme.program.locales = [language]
    acme.program.save()
    answer = ann.opens()
    assert f'<html lang="{language}">' in said(answer)
    assert answer["Content-Language"] == language
    assert f"({language})" in said(answer)
    assert words.of(language)["submit"] in said(answer).replace("&#x27;", "'")
    assert "{" not in said(ann.sends("1")).partition("<body>")[2]
    assert "{" not in said(ann.sends()).partition("<body>")[2]


def test_the_languages_have_the_same_words() -> None:
    names = set(words.of("en"))
    assert all(set(words.of(language)) == names for language in words.languages())


def test_the_browsers_language_rules_unless_another_is_asked_for(acme: Cast, ann: Visitor) -> None:
    disclosure(acme, "es-MX", "Acepto")
    disclosure(acme, "fr", "J’accepte")
    assert '<html lang="fr">' in said(ann.opens(**{"Accept-Language": "ja, fr-CA;q=0.8, es;q=0.5"}))
    assert '<html lang="es">' in said(ann.opens("?lang=es", **{"Accept-Language": "fr"}))
    assert '<html lang="en">' in said(ann.opens("?lang=ja"))


def test_a_language_without_a_disclosure_or_not_the_programs_is_not_offered(acme: Cast, ann: Visitor) -> None:
    disclosure(acme, "es", "Acepto")
    disclosure(acme, "fr", "J’accepte")
    acme.program.locales = ["en", "es", "de"]
    acme.program.save()
    html = said(ann.opens())
    assert "Español" in html
    assert "Français" not in html
    assert "Deutsch" not in html
    assert '<html lang="en">' in said(ann.opens("?lang=fr"))


def test_a_program_with_two_purposes_asks_for_each(acme: Cast, ann: Visitor) -> None:
    acme.program.purposes = {"marketing": "Recurring marketing texts.", "informational": "Order updates."}
    acme.program.save()
    html = said(ann.opens())
    assert html.count('type="checkbox"') == 2
    assert f'id="wording">{AGREE}<' in html
    assert "<span>Order updates.</span>" in html
    assert ann.sends(agree=["informational"]).status_code == 200
    (event,) = ConsentEvent.objects.filter(act=Act.REQUESTED)
    assert event.purposes == [acme.program.purpose_key("informational")]


def test_the_brands_own_words_and_colour_are_shown(ann: Visitor, page: SignupPage) -> None:
    page.words = {"en": {"headline": "Coffee <news>", "thanks": "See you soon."}}
    page.accent = "#ffee00"
    page.save()
    html = said(ann.opens())
    assert "<h1>Coffee &lt;news&gt;</h1>" in html
    assert "--accent:#ffee00;--on-accent:#000" in html
    assert "See you soon." in said(ann.sends())


@pytest.mark.parametrize("accent", ["red", "#12345", "#000}</style><script>", ""])
def test_a_colour_that_is_none_does_no_harm(accent: str, ann: Visitor, page: SignupPage) -> None:
    SignupPage.objects.update(accent=accent[:7])
    assert "--accent:#1f4b99" in said(ann.opens())


# --- what is not there ---------------------------------------------------------------------------------


def test_an_unknown_page_and_one_that_is_not_live_are_not_there(ann: Visitor, page: SignupPage) -> None:
    token = ann.token()
    going_live.take_down(page)
    for path in ("/join/nobody/", ann.path, f"{ann.path}qr.svg", f"{ann.path}text-qr.svg"):
        assert Client().get(path).status_code == 404
    assert ann.sends(token=token).status_code == 404


def test_the_team_sees_it_beforehand_but_nobody_can_send_it(ann: Visitor, page: SignupPage) -> None:
    token = ann.token()
    going_live.take_down(page)
    pass_ = preview(page)
    assert "A preview" in said(ann.opens(f"?preview={pass_}"))
    answer = ann.client.post(
        f"{ann.path}?preview={pass_}", {"token": token, "phone": TYPED, "agree": "marketing"}
    )
    assert "A preview" in said(answer)
    assert attempts() == []
    ann.time.shift(dt.timedelta(hours=2))
    assert ann.opens(f"?preview={pass_}").status_code == 404
    assert ann.opens("?preview=forged").status_code == 404


def test_a_preview_of_one_page_opens_no_other(rival: Cast, ann: Visitor) -> None:
    theirs = signup_page(rival, live_at=None)
    assert Client().get(f"/join/{theirs.slug}/?preview={preview(ann.page)}").status_code == 404
    assert Client().get(f"/join/{theirs.slug}/?preview={preview(theirs)}").status_code == 200


def pause_program(cast: Cast) -> None:
    cast.program.paused_at = cast.program.created_at
    cast.program.save()


def pause_brand(cast: Cast) -> None:
    cast.brand.paused_at = cast.brand.created_at
    cast.brand.save()


def lose_sender(cast: Cast) -> None:
    cast.program.routes.all().delete()


def speak_otherwise(cast: Cast) -> None:
    cast.program.locales = ["pl"]
    cast.program.save()


@pytest.mark.parametrize("change", [pause_program, pause_brand, lose_sender, speak_otherwise])
def test_while_it_cannot_take_anybody_it_says_so(
    change: Callable[[Cast], None], acme: Cast, ann: Visitor
) -> None:
    token = ann.token()
    change(acme)
    assert ann.opens().status_code == 503
    assert ann.sends(token=token).status_code == 503
    assert attempts() == []


# --- what it takes -------------------------------------------------------------------------------------


def test_the_handset_is_asked_and_nothing_is_agreed_yet(acme: Cast, ann: Visitor) -> None:
    answer = ann.sends(headers={"User-Agent": "Firefox"})
    assert answer.status_code == 200
    assert "ending in 91" in said(answer)
    point = ContactPoint.objects.get(address=NUMBER)
    assert (point.contact.first_name, point.contact.locale) == ("Ann", "en")
    row = Subscription.objects.get(point=point, program=acme.program)
    assert (row.status, row.purposes) == (Status.REQUESTED, [])
    message = Message.objects.get(point=point)
    assert (message.purpose, message.status, message.sender) == ("consent", "queued", acme.sender)
    assert acme.program.confirm_word in message.body
    assert attempts() == [("asked", "")]


def test_the_answer_of_the_handset_agrees(acme: Cast, ann: Visitor) -> None:
    ann.sends()
    calls.text(acme.sender, NUMBER, acme.program.confirm_word)
    row = Subscription.objects.get(point__address=NUMBER, program=acme.program)
    assert (row.status, row.purposes) == (Status.ACTIVE, [acme.program.purpose_key("marketing")])


def test_a_yes_is_not_the_word_and_a_stop_wins(acme: Cast, ann: Visitor) -> None:
    ann.sends()
    calls.text(acme.sender, NUMBER, "YES")
    assert not Subscription.objects.filter(point__address=NUMBER, status=Status.ACTIVE).exists()
    calls.text(acme.sender, NUMBER, "STOP")
    calls.text(acme.sender, NUMBER, acme.program.confirm_word)
    assert not Subscription.objects.filter(point__address=NUMBER, status=Status.ACTIVE).exists()


def test_the_evidence_says_what_was_shown_where_when_and_to_whom(ann: Visitor) -> None:
    shown = ann.page.program.disclosures.get(slug="web-2026")
    ann.sends(headers={"User-Agent": "Firefox/150"})
    event = ConsentEvent.objects.get(act=Act.REQUESTED)
    assert (event.method, event.basis, event.disclosure) == (Method.WEB_FORM, Basis.EXPRESS, shown)
    proof = event.evidence.data
    assert proof["page"] == "http://testserver/join/acme-texts/"
    assert proof["signup_page"] == "acme-texts"
    assert (proof["disclosure"], proof["disclosure_version"]) == (str(shown.id), 1)
    assert proof["disclosure_sha256"] == shown.sha256
    assert AGREE in proof["shown"]
    assert proof["shown_sha256"] == hashlib.sha256(proof["shown"].encode()).hexdigest()
    assert (proof["locale"], proof["ticked"]) == ("en", ["marketing"])
    assert (proof["ip"], proof["user_agent"]) == (ann.ip, "Firefox/150")
    assert dt.datetime.fromisoformat(proof["at"]) == event.occurred_at


def test_what_is_recorded_is_what_was_shown_even_if_a_new_wording_came_in_between(
    acme: Cast, ann: Visitor
) -> None:
    token = ann.token()
    disclosure(acme, text="A newer wording.")
    assert ann.sends(token=token).status_code == 200
    event = ConsentEvent.objects.get(act=Act.REQUESTED)
    assert event.disclosure is not None
    assert event.disclosure.text == AGREE
    assert "A newer wording." in said(ann.opens())


def test_a_changed_purpose_is_shown_again_before_anybody_agrees_to_it(acme: Cast, ann: Visitor) -> None:
    token = ann.token()
    acme.program.purposes = {"marketing": "Twice as many texts."}
    acme.program.save()
    answer = ann.sends(token=token)
    assert answer.status_code == 400
    assert "checked" not in said(answer)
    assert attempts() == []


def test_a_number_of_another_country_of_the_program_is_read(ann: Visitor) -> None:
    assert ann.sends("+1 416 555 7991").status_code == 200
    assert ContactPoint.objects.get().country == "CA"


@pytest.mark.parametrize(
    ("field", "value", "words_of_it"),
    [
        ("phone", "", "phone_missing"),
        ("phone", "12345", "phone_bad"),
        ("phone", "my phone", "phone_bad"),
        ("phone", "206-555-7991 " * 9, "phone_bad"),
        ("phone", "800-555-7991", "phone_kind"),
        ("phone", "+49 151 23456789", "phone_country"),
        ("first_name", "http://spam.example", "name_bad"),
        ("first_name", "A" * 41, "name_bad"),
        ("first_name", "Ann\0", "name_bad"),
        ("agree", None, "agree_one"),
        ("agree", ["everything"], "agree_one"),
        ("subject", "Buy now", "trap_filled"),
    ],
)
def test_bad_input_is_told_at_its_field_and_what_was_typed_stays(
    field: str, value: Any, words_of_it: str, ann: Visitor
) -> None:
    answer = ann.sends(**{field: value})
    html = said(answer)
    assert answer.status_code == 400
    assert words.of("en")[words_of_it] in html
    assert attempts() == []
    if field in {"phone", "first_name", "agree"}:
        assert f'href="#{field}"' in html
        assert f'id="{field}-wrong"' in html
        assert html.count("autofocus") == 1
    if field not in {"first_name", "phone"}:
        assert f'value="{TYPED}"' in html
    if field == "phone":
        assert "checked" in html


def test_a_name_of_letters_in_any_script_is_welcome(ann: Visitor) -> None:
    ann.sends(first_name="Zoë-Ann O’Neil Жанна")
    assert ContactPoint.objects.get().contact.first_name == "Zoë-Ann O’Neil Жанна"


def test_nobody_renames_a_person_who_is_known(acme: Cast, ann: Visitor) -> None:
    point = acme.person(NUMBER, agrees_to=(), first_name="Maria")
    ann.sends(first_name="Mallory")
    point.contact.refresh_from_db()
    assert point.contact.first_name == "Maria"
    assert JoinRequest.objects.get().point == point


def test_a_program_with_an_age_gate_says_so_and_asks_by_text(acme: Cast, ann: Visitor) -> None:
    acme.program.age_gate = 21
    acme.program.save()
    assert "21 or older" in said(ann.opens())
    ann.sends()
    assert JoinRequest.objects.get().awaits == JoinRequest.Awaits.AGE
