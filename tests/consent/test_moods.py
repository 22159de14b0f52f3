"""Who sounds angry or sad, in the words people use."""

import pytest

from consent import moods


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("This is UNACCEPTABLE!!", "angry"),
        ("I'm so fed up with you", "angry"),
        ("Das ist eine Frechheit", "angry"),
        ("c'est une arnaque", "angry"),
        ("My husband passed away last week", "sad"),
        ("Mi madre falleció ayer", "sad"),
        ("Siamo in ospedale", "sad"),
        ("my dog died and your service is ridiculous", "angry"),
    ],
)
def test_it_hears_anger_and_grief(text: str, found: str) -> None:
    assert moods.mood(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "", "☕❤️", "V60, and it tastes a bit sour", "How do I get 20% off?", "I studied coffee", "Thanks!",
        "the worsted wool shop", "diedrich roasters", "Is it 5 pm?",
    ],
)  # fmt: skip
def test_it_hears_nothing_in_ordinary_words_or_in_parts_of_words(text: str) -> None:
    assert moods.mood(text) == ""
