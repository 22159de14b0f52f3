"""What the team pastes and prints to bring people to a sign-up page, and what it needs before it is seen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from consent.models import JoinRequest, SignupPage
from tests import calls
from tests.admin_story import client_of
from tests.cast import Cast
from tests.signup_visitor import Visitor, disclosure, signup_page
from webhooks.signup import embed, going_live, qr

pytestmark = pytest.mark.django_db


def change_url(page: SignupPage) -> str:
    return reverse("admin:consent_signuppage_change", args=[page.pk])


def live_url(page: SignupPage) -> str:
    return reverse("admin:consent_signuppage_live", args=[page.pk])


# --- frames ----------------------------------------------------------------------------------------------


def test_no_other_site_may_frame_it_unless_it_is_named(page: SignupPage) -> None:
    answer = Client().get(f"/join/{page.slug}/")
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    page.embed_origins = ["https://shop.example/join", "https://www.acme.example:8443"]
    page.save()
    answer = Client().get(f"/join/{page.slug}/")
    assert answer["Content-Security-Policy"].endswith(
        "frame-ancestors https://shop.example https://www.acme.example:8443"
    )
    assert "X-Frame-Options" not in answer


@pytest.mark.parametrize(
    "url",
    ["https://a.example;script-src *", "javascript:alert(1)", "https://", "https://a b", "*", "https://[", "ftp://a.example",
     "https://user@a.example"],
)  # fmt: skip
def test_what_is_no_site_never_reaches_the_policy(url: str, page: SignupPage) -> None:
    page.embed_origins = [url]
    assert embed.frame_ancestors(page) in {"'none'", "https://a.example"}
    assert embed.origin(url) == ""


def test_the_snippet_is_a_frame_without_a_script(page: SignupPage) -> None:
    page.program.name = 'Acme "Club" <b>'
    html = embed.snippet(page)
    assert html.startswith('<iframe src="http://testserver/join/acme-texts/"')
    assert "&quot;Club&quot; &lt;b&gt;" in html
    assert "script" not in html


# --- links and codes ---------------------------------------------------------------------------------------


def test_the_link_opens_a_text_with_the_join_word_on_every_phone(acme: Cast, page: SignupPage) -> None:
    assert embed.sms_link(page) == "sms:+15005550006?&body=ACME"
    assert embed.sms_code(page) == "SMSTO:+15005550006:ACME"
    acme.program.join_words = ["CAFÉ AU LAIT"]
    acme.program.save()
    page.program.refresh_from_db()
    assert embed.sms_link(page) == "sms:+15005550006?&body=CAF%C3%89%20AU%20LAIT"


def test_without_a_join_word_there_is_no_link_and_no_code(acme: Cast, page: SignupPage) -> None:
    acme.program.join_words = []
    acme.program.save()
    page.program.refresh_from_db()
    assert embed.sms_link(page) == ""
    assert Client().get(f"/join/{page.slug}/text-qr.svg").status_code == 404


@pytest.mark.parametrize("name", ["qr.svg", "text-qr.svg"])
def test_a_code_is_an_svg_without_anything_active(name: str, page: SignupPage) -> None:
    answer = Client().get(f"/join/{page.slug}/{name}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<svg" in answer.content
    assert not re.search(rb"script|href", answer.content)


def test_two_contents_are_two_codes() -> None:
    assert qr.svg("SMSTO:+15005550006:ACME") != qr.svg("SMSTO:+15005550006:ACMF")
    assert b"viewBox" in qr.svg("x")


# --- the team -----------------------------------------------------------------------------------------------


def lose_disclosure(cast: Cast, page: SignupPage) -> None:
    page.disclosure_slug = "another"
    page.save()


def lose_links(cast: Cast, page: SignupPage) -> None:
    cast.program.terms_url = cast.program.privacy_url = ""
    cast.program.save()


def lose_sender(cast: Cast, page: SignupPage) -> None:
    cast.program.routes.all().delete()


def not_ready(cast: Cast, page: SignupPage) -> None:
    cast.program.ready_at = None
    cast.program.save()


@pytest.mark.parametrize(
    ("change", "need"),
    [
        (lose_disclosure, "a disclosure “another”"),
        (lose_links, "terms, a link to the program&#x27;s privacy page"),
        (lose_sender, "a sender"),
        (not_ready, "a program that is ready"),
    ],
)
def test_it_does_not_go_live_without_what_it_needs(
    change: Callable[[Cast, SignupPage], None], need: str, acme: Cast, page: SignupPage
) -> None:
    going_live.take_down(page)
    change(acme, page)
    answer = client_of(acme.team["marketer"]).post(live_url(page), follow=True)
    assert need in answer.content.decode()
    page.refresh_from_db()
    assert page.live_at is None


def test_the_team_switches_it_on_and_off(acme: Cast, page: SignupPage) -> None:
    client = client_of(acme.team["marketer"])
    client.post(live_url(page))
    assert Client().get(f"/join/{page.slug}/").status_code == 404
    client.post(live_url(page))
    assert Client().get(f"/join/{page.slug}/").status_code == 200


def test_it_is_made_worded_and_previewed_in_the_admin(acme: Cast, noon: object) -> None:
    disclosure(acme)
    disclosure(acme, "es", "Acepto")
    client = client_of(acme.team["marketer"])
    made = {
        "brand": acme.brand.pk, "program": acme.program.pk, "slug": "news", "disclosure_slug": "web-2026",
        "accent": "#005500", "ask_name": "on", "embed_origins": "https://shop.example/a, https://www.acme.example",
    }  # fmt: skip
    answer: Any = client.post(reverse("admin:consent_signuppage_add"), made, follow=True)
    assert answer.status_code == 200
    page = SignupPage.objects.get(slug="news")
    assert (page.live_at, page.embed_origins) == (None, ["https://shop.example", "https://www.acme.example"])
    words = {"headline_en": "Coffee news", "intro_es": "Noticias", "thanks_es": "  "}
    answer = client.post(change_url(page), {**made, **words}, follow=True)
    page.refresh_from_db()
    assert page.words == {"en": {"headline": "Coffee news"}, "es": {"intro": "Noticias"}}
    html = client.get(change_url(page)).content.decode()
    preview = re.search(r'href="(/join/news/\?preview=[^"]+)"', html)
    assert preview
    assert "Coffee news" in Client().get(preview[1]).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("accent", "blue", "#rrggbb"),
        ("embed_origins", "shop.example/;x", "https://www.example.com"),
        ("disclosure_slug", "nothing", "It has checkout-2026, web-2026"),
        ("slug", "", "required"),
    ],
)
def test_bad_input_names_the_field_and_the_cure(
    field: str, value: str, said: str, acme: Cast, noon: object
) -> None:
    disclosure(acme)
    made = {
        "brand": acme.brand.pk, "program": acme.program.pk, "slug": "news", "disclosure_slug": "web-2026",
        "accent": "#005500", "embed_origins": "",
    }  # fmt: skip
    answer = client_of(acme.team["marketer"]).post(
        reverse("admin:consent_signuppage_add"), {**made, field: value}
    )
    assert said in answer.content.decode()
    assert not SignupPage.objects.exists()


def test_another_brands_program_is_refused(acme: Cast, rival: Cast, noon: object) -> None:
    made = {
        "brand": acme.brand.pk, "program": rival.program.pk, "slug": "news", "disclosure_slug": "checkout-2026",
        "accent": "#005500", "embed_origins": "",
    }  # fmt: skip
    client_of(acme.team["marketer"]).post(reverse("admin:consent_signuppage_add"), made)
    assert not SignupPage.objects.exists()


def test_the_list_counts_who_was_asked_confirmed_and_limited(
    acme: Cast, rival: Cast, page: SignupPage, noon: Any
) -> None:
    second = signup_page(acme, slug="second")
    for _ in range(3):
        Visitor(page, noon).sends("206-555-7991")
    Visitor(page, noon).sends("206-555-7992")
    Visitor(second, noon).sends("206-555-7993")
    for number in ("+12065557991", "+12065557993"):
        calls.text(acme.sender, number, acme.program.confirm_word)
    assert JoinRequest.objects.filter(outcome="confirmed").count() == 2
    client = client_of(acme.team["auditor"])
    html = client.get(reverse("admin:consent_signuppage_changelist")).content.decode()
    rows = {
        name: re.findall(r"field-(asked|confirmed|limited)[^>]*>\s*(\d+)", row) for name, row in _rows(html)
    }
    assert rows["acme-texts"] == [("asked", "3"), ("confirmed", "1"), ("limited", "1")]
    assert rows["second"] == [("asked", "1"), ("confirmed", "1"), ("limited", "0")]


def _rows(html: str) -> list[tuple[str, str]]:
    parts = re.split(r"<tr", html)
    return [(name, part) for part in parts for name in ("acme-texts", "second") if f">{name}<" in part]
