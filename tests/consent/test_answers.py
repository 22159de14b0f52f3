"""What a handset may answer to a join request."""

import datetime as dt

import pytest

from consent import answers

TODAY = dt.date(2026, 11, 18)


@pytest.mark.parametrize(
    "text",
    ["AGREE", "agree.", " Agree! ", "A G R E E", "i agree", "Yes, agree", "agree please", "agreee", "agrre", "“AGREE”"],
)  # fmt: skip
def test_the_confirm_word_is_known_however_it_is_typed(text: str) -> None:
    assert answers.to_the_word(text, "AGREE") == "agreed"


@pytest.mark.parametrize("text", ["YES", "y", "ok", "Sí", "oui", "d'accord", "yes please", "Sim", "tak"])
def test_a_yes_is_not_the_word(text: str) -> None:
    assert answers.to_the_word(text, "AGREE") == "not_the_word"


@pytest.mark.parametrize(
    "text", ["disagree", "I don't agree", "agree to what?", "who is this?", "", "👍", "never agree"]
)
def test_anything_else_answers_nothing(text: str) -> None:
    assert answers.to_the_word(text, "AGREE") is None


def test_a_short_word_must_be_typed_right() -> None:
    assert answers.to_the_word("clubs", "CLUB") is None


@pytest.mark.parametrize(
    "text",
    [
        "3/25/1990", "25.3.1990", "1990-03-25", "25 MAR 1990", "March 25, 1990", "25 de marzo de 1990", "25. März 1990",
        "25 mars 1990", "25 marca 1990", "25 maart 1990", "25 marzo 1990", "25 de março de 1990", "25th of March 1990",
        "03251990", "1990 mar 25", "I was born 25/03/90",
    ],
)  # fmt: skip
def test_a_birth_date_is_read_in_every_common_form(text: str) -> None:
    assert dt.date(1990, 3, 25) in answers.birth_dates(text)
    assert answers.to_the_age(text, least=21, on=TODAY) == "of_age"


def test_a_date_with_two_readings_counts_when_both_are_of_age() -> None:
    assert answers.birth_dates("5/3/1990") == {dt.date(1990, 3, 5), dt.date(1990, 5, 3)}
    assert answers.to_the_age("5/3/1990", least=21, on=TODAY) == "of_age"


@pytest.mark.parametrize("text", ["11/12/2005", "10-12-2005"])
def test_a_date_that_is_of_age_in_one_reading_only_is_unclear(text: str) -> None:
    assert answers.to_the_age(text, least=21, on=TODAY) == "unclear"
    assert answers.to_the_age("12 NOV 2005", least=21, on=TODAY) == "of_age"
    assert answers.to_the_age("11 DEC 2005", least=21, on=TODAY) == "under_age"


def test_the_birthday_itself_is_of_age_and_the_day_before_is_not() -> None:
    assert answers.to_the_age("18 NOV 2005", least=21, on=TODAY) == "of_age"
    assert answers.to_the_age("19 NOV 2005", least=21, on=TODAY) == "under_age"


@pytest.mark.parametrize(
    "text", ["34", "1990", "31/02/1990", "1/1/2091", "12 foo 1990", "I'm 34", "3/4/1800"]
)
def test_what_has_figures_and_is_no_birth_date_is_unclear(text: str) -> None:
    assert answers.to_the_age(text, least=21, on=TODAY) == "unclear"


@pytest.mark.parametrize("text", ["who is this?", "hello", "I ordered 3 bags of beans last week and got 2"])
def test_what_tries_to_be_no_date_answers_nothing(text: str) -> None:
    assert answers.to_the_age(text, least=21, on=TODAY) is None
