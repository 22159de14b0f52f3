"""What people answer when asked where they are; what is not surely a place sets nothing."""

import datetime as dt

import pytest

from consent import asking_place, windows
from consent.asking_place import Answer, parse
from consent.models import Program
from consent.rule_pack import current
from contacts import zones

NIGHT = dt.datetime(2026, 11, 19, 4, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("78701", Answer(postal_code="78701", country="US")),
        ("78701-1234", Answer(postal_code="78701", country="US")),
        ("My zip is 78701.", Answer(postal_code="78701", country="US")),
        ("zip code: 02108 thanks", Answer(postal_code="02108", country="US")),
        ("Austin, TX 78701", Answer(postal_code="78701", country="US")),
        ("m5v 2t6", Answer(postal_code="M5V 2T6", country="CA")),
        ("Austin, TX", Answer(region="TX", country="US")),
        ("austin texas", Answer(region="TX", country="US")),
        ("I live in Portland, Oregon", Answer(region="OR", country="US")),
        ("I'm in St. Louis, MO!", Answer(region="MO", country="US")),
        ("Tulsa, OK", Answer(region="OK", country="US")),
        ("New York", Answer(region="NY", country="US")),
        ("Albuquerque New Mexico", Answer(region="NM", country="US")),
        ("Washington, District of Columbia", Answer(region="DC", country="US")),
        ("Hawaii", Answer(region="HI", country="US")),
        ("TX", Answer(region="TX", country="US")),
        ("Montréal, Québec", Answer(region="QC", country="CA")),
        ("Guam", Answer(region="GU", country="US")),
        ("Eastern time", Answer(timezone="America/New_York")),
        ("PST", Answer(timezone="America/Los_Angeles")),
        ("America/Phoenix", Answer(timezone="America/Phoenix")),
        ("America/New York", Answer(timezone="America/New_York")),
    ],
)
def test_a_place_in_any_of_the_ways_people_write_it(text: str, answer: Answer) -> None:
    assert parse(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "", "ok", "OK!", "hi", "me", "I'm ok", "oh no", "in", "or", "why?", "who is this", "yes", "STOP",
        "order 12345 is late", "my order number is 12345", "99999 bottles", "00000", "12345 or 78701",
        "I moved, OK", "that's fine, thanks", "don't text me in Texas", "Texas or Ohio", "TX and CA",
        "Austin", "somewhere", "Austin, TX 10001", "MST", "EST/EDT", "Europe", "call me at 5125550100",
        "I am leaving Austin, TX",
    ],
)  # fmt: skip
def test_what_is_not_surely_a_place_sets_nothing(text: str) -> None:
    assert parse(text) is None


def test_an_answer_settles_the_hours_where_none_fitted() -> None:
    nowhere = zones.zones_for(address="+18005550123", country="US")
    places = zones.jurisdictions_for(address="+18005550123", country="US")
    assert asking_place.when_to_ask(NIGHT, nowhere.names, places, pack=current()) is not None
    said = parse("Austin, TX")
    assert said is not None
    told = zones.zones_for(
        address="+18005550123", country=said.country, region=said.region, stated=said.timezone
    )
    assert len(nowhere.names) > len(told.names)


def test_the_question_waits_for_the_hours_of_informational_texts() -> None:
    places = frozenset({"US-NY"})
    opens = asking_place.when_to_ask(NIGHT, ("America/New_York",), places, pack=current())
    assert opens == dt.datetime(2026, 11, 19, 13, 0, tzinfo=dt.UTC)  # 8:00 in New York
    # No hour of marketing texts fits both, and yet the question finds one.
    far_apart = (("Pacific/Guam", "America/Puerto_Rico"), frozenset({"US-GU", "US-PR"}))
    assert windows.next_allowed(NIGHT, *far_apart, "marketing", pack=current()) is None
    opens = asking_place.when_to_ask(NIGHT, *far_apart, pack=current())
    assert opens == dt.datetime(2026, 11, 19, 22, 0, tzinfo=dt.UTC)
    assert asking_place.when_to_ask(NIGHT, (), places, pack=current()) is None


def test_the_question_names_the_program_and_how_to_leave() -> None:
    said = asking_place.question(Program(name="Acme Coffee Club"), "en")
    assert said.startswith("Acme Coffee Club: ")
    assert "ZIP" in said
    assert "STOP" in said
