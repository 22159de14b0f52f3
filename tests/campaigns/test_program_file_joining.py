"""What a program file says about joining: double opt-in, the confirm word, languages, age."""

import pytest

from consent.models import Disclosure, Program
from tests.campaigns.test_program_file import ACME, apply, problems

pytestmark = pytest.mark.django_db

WORDING = "I agree to receive recurring automated marketing texts."


def with_keys(*keys: str) -> str:
    return ACME.replace("[program]\n", "[program]\n" + "".join(f"{key}\n" for key in keys), 1)


def test_it_says_how_people_join() -> None:
    apply(
        with_keys("double_opt_in = true", 'confirm_word = "club"', 'locales = ["en", "es-MX"]', "fewer_per_week = 2")
    )  # fmt: skip
    program = Program.objects.get(slug="acme-club")
    assert (program.double_opt_in, program.confirm_word, program.locales, program.fewer_per_week) == (
        True, "CLUB", ["en", "es-MX"], 2,
    )  # fmt: skip
    assert apply(with_keys('confirm_word = "CLUB"')) == []


def test_a_changed_word_is_shown() -> None:
    apply(ACME)
    assert '~ program acme-club.confirm_word: "AGREE" → "CLUB"' in apply(with_keys('confirm_word = "CLUB"'))


@pytest.mark.parametrize("word", ["YES", "y", "OK", "Sí", "STOP", "Help", "START", "stopp", "I agree", "!!"])
def test_a_confirm_word_that_means_something_else_is_refused(word: str) -> None:
    assert set(problems(with_keys(f'confirm_word = "{word}"'))) == {"program.confirm_word"}


def test_a_join_word_cannot_confirm_itself() -> None:
    assert "join word" in problems(with_keys('confirm_word = "BREW"'))["program.confirm_word"]


def test_a_language_we_do_not_have_is_refused_with_those_we_have() -> None:
    assert "must be one of: en, es" in problems(with_keys('locales = ["ja"]'))["program.locales[0]"]


def test_a_disclosure_may_stand_there_once_in_each_language() -> None:
    in_two = "".join(
        f'\n[[program.disclosure]]\nslug = "form"\nlocale = "{locale}"\ntext = "{WORDING} ({locale})"\n'
        for locale in ("en", "es")
    )
    text = ACME.replace("\n[[template]]", f"{in_two}\n[[template]]", 1)
    apply(text)
    rows = Disclosure.objects.filter(slug="form").order_by("version").values_list("version", "locale")
    assert list(rows) == [(1, "en"), (2, "es")]
    assert apply(text) == []
    apply(text.replace("(en)", "(en, new)"))
    assert Disclosure.objects.filter(slug="form", locale="en").count() == 2
    assert "program.disclosure[3]" in problems(text.replace('locale = "es"', 'locale = "en"'))
