"""What a program file says about hosted sign-up pages."""

import pytest

from consent.models import SignupPage
from tests.campaigns.test_program_file import ACME, apply, problems

pytestmark = pytest.mark.django_db

PAGE = """[[program.signup_page]]
slug = "acme-club"
disclosure = "checkout-2026"
live = true
"""


def with_page(page: str = PAGE) -> str:
    assert PAGE in ACME
    return ACME.replace(PAGE, page)


def test_a_page_is_made_once_and_is_live() -> None:
    assert "+ signup_page acme-club" in apply(with_page())
    page = SignupPage.objects.get(slug="acme-club")
    assert page.live_at is not None
    assert (page.disclosure_slug, page.program.slug) == ("checkout-2026", "acme-club")
    assert apply(with_page()) == []


def test_a_page_that_a_person_took_down_stays_down() -> None:
    apply(with_page())
    SignupPage.objects.update(live_at=None)
    assert apply(with_page()) == ["! signup_page acme-club: was taken down by a person, and stays down"]
    assert SignupPage.objects.get().live_at is None


def test_a_page_without_its_disclosure_is_refused() -> None:
    found = problems(with_page(PAGE.replace("checkout-2026", "no-such")))
    assert "no-such" in found["program.signup_page[0].disclosure"]
    assert not SignupPage.objects.exists()


def test_one_address_for_one_page() -> None:
    assert "acme-club" in problems(with_page(f"{PAGE}\n{PAGE}"))["program.signup_page[1]"]


def test_a_page_may_have_words_of_its_own_in_each_language() -> None:
    words = """
[program.signup_page.words.en]
headline = "Join the roastery"
[program.signup_page.words.es]
headline = "Únase al tostador"
thanks = "Mire su teléfono."
"""
    apply(with_page(PAGE + words))
    page = SignupPage.objects.get()
    assert page.words == {
        "en": {"headline": "Join the roastery"},
        "es": {"headline": "Únase al tostador", "thanks": "Mire su teléfono."},
    }
    assert apply(with_page(PAGE + words)) == []
    assert apply(with_page()) == []
    assert SignupPage.objects.get().words == page.words


def test_words_of_a_page_in_no_language_are_refused() -> None:
    found = problems(with_page(f'{PAGE}\n[program.signup_page.words.English]\nheadline = "Join"\n'))
    assert any(path.startswith("program.signup_page[0].words") for path in found)
