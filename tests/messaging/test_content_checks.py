"""What a text must not say or lacks, each with the boundary on both sides."""

import pytest

from consent.models import Program
from contacts.models import Brand
from messaging.content_checks import check, unfilled

ACME = Brand(name="Acme Coffee", slug="acme")


def program(**fields: object) -> Program:
    return Program(**({"brand": ACME, "name": "The Bean Club", "country": "US"} | fields))


def blocked(body: str, *, is_first: bool = False, **fields: object) -> list[str]:
    found = check(body, program=program(**fields), is_first=is_first)
    return [problem.words for problem in found if problem.severity == "block"]


def warned(body: str, *, is_first: bool = False, **fields: object) -> list[str]:
    found = check(body, program=program(**fields), is_first=is_first)
    return [problem.words for problem in found if problem.severity == "warn"]


def test_an_ordinary_text_has_nothing_wrong() -> None:
    assert check("Maria, grind finer. Acme, STOP to end", program=program(), is_first=True) == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("20 % off all wine", "wine"),
        ("CIGARS are back", "cigars"),
        ("Try our CBD roast", "cbd"),
        ("Free ammo with each gun", "gun"),
        ("Hot hookups near you", "hookups"),
        ("Join the White  Power rally", "white power"),
    ],
)
def test_an_age_gated_topic_blocks_a_text_and_is_named(body: str, word: str) -> None:
    (words,) = blocked(body)
    assert f"“{word}”" in words


@pytest.mark.parametrize(
    "body",
    [
        "A glue gun for your crafts",
        "Root beer floats today",
        "Begin again",
        "Rumour has it",
        "Swine and winery-free",
    ],
)
def test_a_word_inside_another_or_a_harmless_phrase_is_none(body: str) -> None:
    assert [words for words in blocked(body) if "winery" not in words] == []


def test_a_harmless_phrase_does_not_hide_the_word_beside_it() -> None:
    assert blocked("Root beer and beer") != []


@pytest.mark.parametrize(("age", "country", "is_blocked"), [(None, "US", True), (20, "US", True), (21, "US", False),
                                                            (18, "GB", False), (17, "GB", True)])  # fmt: skip
def test_alcohol_needs_the_age_gate_of_the_country(age: int | None, country: str, is_blocked: bool) -> None:
    assert bool(blocked("New wines are in", age_gate=age, country=country)) is is_blocked


@pytest.mark.parametrize("topic", ["cannabis", "guns"])
def test_no_age_gate_opens_what_carriers_never_carry(topic: str) -> None:
    assert blocked(f"All about {topic}", age_gate=21) != []


@pytest.mark.parametrize(
    "link", ["https://bit.ly/3xY", "bit.ly/3xY", "www.tinyurl.com/a", "HTTP://T.CO/x", "(bit.ly/a)"]
)
def test_a_public_short_link_blocks_a_text(link: str) -> None:
    assert blocked(f"See {link} now") != []


@pytest.mark.parametrize(
    "link",
    ["https://acme.example/bit.lying", "https://rabbit.ly/x", "https://bit.ly.acme.example", "yet.come"],
)
def test_another_domain_that_only_looks_alike_does_not(link: str) -> None:
    assert blocked(f"See {link} now") == []


@pytest.mark.parametrize(
    "held",
    ["{{ first_name }}", "{first_name}", "${name}", "%NAME%", "[[name]]", "<<name>>", "*|FNAME|*", "{% if"],
)
def test_a_placeholder_that_nothing_was_put_into_blocks_a_text(held: str) -> None:
    assert unfilled(f"Hi {held}, hello") != ""
    assert blocked(f"Hi {held}, hello") != []


@pytest.mark.parametrize(
    "body", ["20% off, 50% more", "Save {5} today", "a < b > c", "5% or 10% extra", "* | *"]
)
def test_signs_that_people_write_are_no_placeholder(body: str) -> None:
    assert unfilled(body) == ""


def test_a_first_text_says_who_writes_and_how_to_leave() -> None:
    assert len(warned("Grind finer.", is_first=True)) == 2
    assert len(warned("Grind finer. Acme", is_first=True)) == 1
    assert len(warned("Grind finer. STOP to end", is_first=True)) == 1
    assert warned("Grind finer.") == blocked("Grind finer.", is_first=True) == []


@pytest.mark.parametrize("country", ["CA", "GB", "DE", "AU"])
def test_where_the_law_asks_for_it_a_first_text_without_it_is_blocked(country: str) -> None:
    assert len(blocked("Grind finer.", is_first=True, countries=["US", country])) == 2
    assert blocked("Acme: grind finer. STOP to end", is_first=True, countries=["US", country]) == []


@pytest.mark.parametrize("who", ["Acme Coffee", "ACME", "the bean club", "Àcme"])
def test_the_brand_may_be_called_by_its_name_its_first_word_or_the_programs_name(who: str) -> None:
    assert warned(f"{who}: hello. STOP to end", is_first=True) == []


@pytest.mark.parametrize(
    ("way_out", "is_one"), [("STOP to end", True), ("ARRET pour finir", True), ("please stop by", False)]
)
def test_the_way_out_is_a_word_in_capitals_that_closes(way_out: str, is_one: bool) -> None:
    assert (warned(f"Acme: hello. {way_out}", is_first=True) == []) is is_one


def test_more_than_six_letters_of_ten_in_capitals_are_shouting() -> None:
    assert warned("ABCDEFGHIJKLabcdefgh 1") == []  # 12 of 20
    assert warned("ABCDEFGHIJKLabcdefghi") == []  # 12 of 21
    assert len(warned("ABCDEFGHIJKLMabcdefgh")) == 1  # 13 of 21
    assert warned("ABCDEFGHIJKLMabcdefg") == []  # 13 of 20: too few to say


def test_a_link_in_capitals_shouts_at_nobody() -> None:
    assert warned("see it on https://acme.example/ABCDEFGHIJKLMNOPQRSTUVWXYZ today") == []


def test_a_fourth_segment_is_a_warning() -> None:
    assert warned("x" * 459) == []
    assert len(warned("x" * 460)) == 1
