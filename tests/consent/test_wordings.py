"""What we text about consent itself, in every language."""

import pytest

from consent import wordings
from consent.models import Program
from messaging import segments

KINDS = (
    "goodbye",
    "welcome_back",
    "welcome",
    "help",
    "ask_word",
    "ask_word_again",
    "ask_age",
    "ask_age_again",
    "under_age",
    "ask_place",
)
VALUES = {
    "name": "Acme Coffee Club",
    "frequency": "4 msgs/month",
    "support": "help@acme.example",
    "word": "AGREE",
    "age": 21,
    "format": "MM/DD/YYYY",
}  # fmt: skip


def test_there_are_eight_languages() -> None:
    assert set(wordings.languages()) == {"en", "es", "fr", "pt", "de", "it", "nl", "pl"}


@pytest.mark.parametrize("language", wordings.languages())
@pytest.mark.parametrize("kind", KINDS)
def test_each_wording_names_the_program_and_fits_one_segment(kind: str, language: str) -> None:
    said = wordings.text(kind, language, **VALUES)
    counted = segments.count(said)
    assert "Acme Coffee Club" in said
    assert (counted.encoding, counted.segments) == ("GSM-7", 1), (len(said), counted.offending)


@pytest.mark.parametrize("language", wordings.languages())
def test_what_greets_and_what_asks_says_all_that_carriers_want(language: str) -> None:
    for kind in ("welcome", "ask_word"):
        said = wordings.text(kind, language, **VALUES)
        for needed in ("Acme Coffee Club", "4 msgs/month", "HELP", "STOP"):
            assert needed in said, (kind, needed)
        assert any(
            word in said.lower() for word in ("rates", "tarifas", "frais", "kosten", "costi", "oplaty")
        ), kind


@pytest.mark.parametrize("language", wordings.languages())
def test_leaving_is_told_in_every_text_that_asks(language: str) -> None:
    for kind in ("ask_word", "ask_word_again", "ask_age", "ask_age_again", "ask_place"):
        assert "STOP" in wordings.text(kind, language, **VALUES), kind


@pytest.mark.parametrize(
    ("locales", "wanted", "spoken"),
    [
        ([], ["es-MX"], "es"),
        ([], ["", "pt_BR"], "pt"),
        ([], ["ja", ""], "en"),
        (["fr-CA", "en"], ["es"], "fr"),
        (["fr-CA", "en"], ["en-GB"], "en"),
        (["ja"], ["de"], "de"),
    ],
)
def test_the_language_is_the_persons_where_the_program_speaks_it(
    locales: list[str], wanted: list[str], spoken: str
) -> None:
    assert wordings.choose(Program(locales=locales), wanted) == spoken


def test_dates_are_asked_for_in_the_order_of_the_country() -> None:
    assert wordings.date_format("en", "US") == "MM/DD/YYYY"
    assert wordings.date_format("en", "GB") == "DD/MM/YYYY"
    assert wordings.date_format("es", "US") == "MM/DD/AAAA"
