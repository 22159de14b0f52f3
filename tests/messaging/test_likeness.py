"""Which texts say the same."""

import pytest

from consent.rules.repetition import is_same
from messaging import likeness

TIP = (
    "{{ first_name|default:'Hi' }}, grind finer if your cup tastes sour. Reply with your brewer and we'll tune it. "
    "Acme, STOP to end"
)
OFFER = "20% off all beans this weekend with code SAVE20. Shop https://acme.example/s Acme, STOP to end"


def same(one: str, other: str) -> bool:
    return is_same(likeness.of(one), likeness.of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TIP, TIP.upper().replace("{{ FIRST_NAME|DEFAULT:'HI' }}", "{{ last_name }}")),
        (TIP, TIP.replace("sour", "too sour")),
        (OFFER, OFFER.replace("20", "30").replace("/s", "/summer")),
        (OFFER, OFFER.replace("20% off all beans", "20% off all beans ☕!")),
    ],
)
def test_names_numbers_links_case_and_a_word_make_no_other_text(one: str, other: str) -> None:
    assert same(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (TIP, OFFER),
        (OFFER, "Free shipping on all beans this weekend. Acme, STOP to end"),
        ("How was the Kenya? Reply and tell us. STOP to end", "How was the Brazil? Reply and tell us. STOP to end"),
        ("Tip of the day: rinse your filter. Acme, STOP to end", "Tip of the day: warm your cup. Acme, STOP to end"),
        ("Step 1", "Step 2"),
        ("Hi", "Hello"),
    ],
)  # fmt: skip
def test_what_is_about_something_else_is_another_text(one: str, other: str) -> None:
    assert not same(one, other)


def test_it_fits_into_a_signed_column_and_is_nothing_without_words() -> None:
    assert all(-(2**63) <= likeness.of(f"word{n} of a text") < 2**63 for n in range(50))
    assert any(likeness.of(f"word{n} alone") < 0 for n in range(50))
    assert likeness.of("☕❤️ https://acme.example") == 0
