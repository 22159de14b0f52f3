import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.segments import GSM_BASIC, GSM_EXTENSION, count

BASIC = st.sampled_from(sorted(GSM_BASIC))
ANY_GSM = st.text(alphabet=st.sampled_from(sorted(GSM_BASIC | GSM_EXTENSION)))
UNICODE = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("body", "encoding", "units", "segments", "remaining"),
    [
        ("", "GSM-7", 0, 1, 160),
        ("a" * 160, "GSM-7", 160, 1, 0),
        ("a" * 161, "GSM-7", 161, 2, 145),
        ("a" * 306, "GSM-7", 306, 2, 0),
        ("a" * 307, "GSM-7", 307, 3, 152),
        ("é" * 160, "GSM-7", 160, 1, 0),
        ("€" * 80, "GSM-7", 160, 1, 0),
        ("ж" * 70, "UCS-2", 70, 1, 0),
        ("ж" * 71, "UCS-2", 71, 2, 63),
        ("ж" * 134, "UCS-2", 134, 2, 0),
        ("ж" * 135, "UCS-2", 135, 3, 66),
        ("😀" * 35, "UCS-2", 70, 1, 0),
    ],
)
def test_it_counts_at_the_edges(body: str, encoding: str, units: int, segments: int, remaining: int) -> None:
    counted = count(body)
    assert (counted.encoding, counted.units, counted.segments, counted.remaining) == (
        encoding,
        units,
        segments,
        remaining,
    )


def test_a_brace_is_never_split_over_two_segments() -> None:
    body = "a" * 152 + "{" + "a" * 152
    assert count(body).units == 306  # two parts of 153, were the brace split
    assert count(body).segments == 3
    assert count("a" * 152 + "{" + "a" * 151).segments == 2


def test_an_emoji_is_never_split_over_two_segments() -> None:
    body = "a" * 66 + "😀" + "a" * 66
    assert count(body).units == 134  # two parts of 67, were the pair split
    assert count(body).segments == 3
    assert count("a" * 66 + "😀" + "a" * 65).segments == 2


def test_one_curly_quote_makes_one_segment_into_two_and_is_named() -> None:
    body = "Don’t miss it, don’t be late" + "." * 60
    assert count(body.replace("’", "'")).segments == 1
    counted = count(body)
    assert counted.segments == 2
    assert counted.offending == ("’",)


def test_it_names_each_offender_once_in_order() -> None:
    assert count("¡Así — así! á 😀 á").offending == ("í", "—", "á", "😀")


def test_the_accents_that_gsm_has_cost_nothing() -> None:
    assert count("é à è ì ò ù ñ Ñ ä ö ü Ä Ö Ü ß Ç ¿ ¡ £ ¥ § Δ").encoding == "GSM-7"


def test_a_tab_is_not_a_gsm_character() -> None:
    assert count("a\tb").offending == ("\t",)


@given(ANY_GSM)
def test_gsm_text_costs_its_septets(body: str) -> None:
    counted = count(body)
    assert counted.encoding == "GSM-7"
    assert counted.units == len(body) + sum(c in GSM_EXTENSION for c in body)
    assert counted.offending == ()


@given(UNICODE)
def test_ucs2_units_are_utf16_code_units(body: str) -> None:
    counted = count(body + "ж")
    assert counted.units == len((body + "ж").encode("utf-16-le")) // 2


@given(UNICODE)
def test_the_parts_hold_the_body_and_no_smaller_number_could(body: str) -> None:
    counted = count(body)
    assert 0 <= counted.remaining <= counted.per_segment
    assert counted.units <= counted.segments * counted.per_segment - counted.remaining
    # Each part but the last wastes at most the one unit in front of a character of two.
    assert counted.units >= (counted.segments - 1) * (counted.per_segment - 1)
    assert counted.segments == 1 or counted.units > 70


@given(UNICODE, BASIC)
def test_a_longer_body_never_costs_less(body: str, more: str) -> None:
    assert count(body + more).segments >= count(body).segments


@given(ANY_GSM, st.integers(0, 200))
def test_remaining_is_exactly_how_much_fits(body: str, extra: int) -> None:
    counted = count(body)
    fits = count(body + "a" * extra).segments == counted.segments
    assert fits == (extra <= counted.remaining)
