"""The rule packs as data: every row says where it comes from, and a wrong row is refused by name."""

import datetime as dt
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import pytest

from consent.rule_pack import RulePackError, current, parse, proposed
from consent.rule_pack_rows import Row
from contacts import geography

GOOD = """
[[rule]]
jurisdiction = "US"
by = "law"
purpose = "marketing"
weekdays = "10:00-20:00"
confidence = "policy"
source = "A statute"
reviewer = "Counsel"
effective_from = 2026-01-01
review_date = 2026-11-22
"""
SETTING = """
[[setting]]
name = "patience"
value = 3
confidence = "policy"
source = "Ours"
reviewer = "Counsel"
effective_from = 2026-01-01
review_date = 2026-12-01
"""

RULES = current().rules
ROWS: tuple[Row, ...] = current().rows
COUNTRIES = ("AU", "CA", "DE", "ES", "FR", "GB", "IE", "IT", "NL", "NZ", "US")

# The state table of the compliance notes: hours, Sunday and cap of every state with its own.
NO_HOLIDAYS = {"US-AL", "US-LA", "US-MS", "US-PA", "US-RI", "US-UT"}
STATES = {
    "US-AL": ("8-20", "none", None), "US-CA": ("9-21", "9-21", None), "US-CT": ("9-20", "9-20", None),
    "US-FL": ("8-20", "8-20", 3), "US-IL": ("9-21", "9-21", None), "US-KY": ("10-21", "10-21", None),
    "US-LA": ("8-20", "none", None), "US-MD": ("8-20", "8-20", 3), "US-MA": ("8-20", "8-20", None),
    "US-MI": ("9-21", "9-21", None), "US-MN": ("9-21", "9-21", None), "US-MS": ("8-20", "none", None),
    "US-NV": ("9-20", "9-20", None), "US-NJ": ("8-20", "8-20", None), "US-NM": ("9-21", "9-21", None),
    "US-OK": ("8-20", "8-20", 3), "US-OR": ("8-20", "8-20", 3), "US-PA": ("8-21", "8-21", None),
    "US-RI": ("9-18", "10-17", None), "US-TX": ("9-21", "12-21", None), "US-UT": ("8-21", "8-21", None),
    "US-VA": ("8-21", "8-21", None), "US-WA": ("8-20", "8-20", None),
}  # fmt: skip


def test_every_row_names_its_source_its_reviewer_and_its_dates() -> None:
    assert len(ROWS) > 90
    for row in ROWS:
        check_provenance(row)


def check_provenance(row: Row) -> None:
    assert row.source.strip()
    assert row.reviewer.strip()
    assert row.effective_from <= row.review_date
    assert row.effective_until is None or row.effective_until > row.effective_from


def test_every_place_and_zone_of_a_row_exists() -> None:
    for rule in RULES:
        country, _, state = rule.jurisdiction.partition("-")
        assert geography.zones_of_country(country)
        assert not state or geography.state_code(country, state) == rule.jurisdiction
        if rule.zone:
            ZoneInfo(rule.zone)


def test_every_country_has_hours_for_both_purposes_from_its_first_row_on() -> None:
    countries = {rule.jurisdiction.partition("-")[0] for rule in RULES}
    assert countries == set(COUNTRIES) == set(current().countries)
    for country in countries:
        whole = {rule.purpose for rule in RULES if rule.jurisdiction == country and not rule.effective_until}
        assert whole == {"marketing", "informational"}


def test_every_country_has_a_cap_of_three_a_day() -> None:
    for country in COUNTRIES:
        assert current().cap_per_day(frozenset({country}), "marketing", dt.date(2026, 11, 22)) == 3
        assert current().cap_per_day(frozenset({country}), "informational", dt.date(2026, 11, 22)) is None


@pytest.mark.parametrize("state", sorted(STATES))
def test_each_state_of_the_table_has_its_row(state: str) -> None:
    [rule] = [rule for rule in RULES if rule.jurisdiction == state]
    hours, sunday, cap = STATES[state]
    assert (text(rule.week[0]), text(rule.week[6]), rule.cap_per_day) == (hours, sunday, cap)
    assert (rule.purpose, rule.by) == ("marketing", "law")
    assert (rule.holidays == "none") is (state in NO_HOLIDAYS)


def test_no_state_has_a_row_that_the_table_does_not_know() -> None:
    assert {rule.jurisdiction for rule in RULES if "-" in rule.jurisdiction} == set(STATES)


def test_every_state_and_territory_of_the_united_states_has_a_row() -> None:
    """By the holiday library's list of them, not by our own table of places."""
    states = {
        f"US-{code}" for code in holidays.list_supported_countries()["US"] if code != "UM"
    }  # nobody lives on the outlying islands
    assert len(states) == 56
    inherited = {row.jurisdiction: row for row in current().inherited}
    assert states == set(STATES) | set(inherited)
    assert all(row.inherits == "US" and row.note for row in inherited.values())


def test_a_state_without_a_rule_of_its_own_is_bound_by_the_countrys_alone() -> None:
    rules = current().rules_for(frozenset({"US-WY"}), "marketing")
    assert {(rule.jurisdiction, rule.by) for rule in rules} == {("US", "law"), ("US", "house")}


def test_what_is_not_verified_says_so_and_what_differs_says_how() -> None:
    unsure = [row for row in ROWS if row.confidence == "conflicting"]
    assert unsure
    assert all(row.disagreement for row in unsure)
    by_place = {rule.jurisdiction: rule for rule in RULES if "-" in rule.jurisdiction}
    assert {place for place, rule in by_place.items() if rule.confidence == "unverified"} == {"US-NJ"}
    assert all(row.confidence == "unverified" for row in current().inherited)


def test_every_cap_says_what_it_counts() -> None:
    capped = [rule for rule in RULES if rule.cap_per_day is not None]
    assert {"US", "US-FL", "US-MD", "US-OK", "US-OR"} <= {rule.jurisdiction for rule in capped}
    assert all(rule.cap_counts for rule in capped)


def text(hours: tuple[int, int] | None) -> str:
    return "none" if hours is None else f"{hours[0] // 60}-{hours[1] // 60}"


def test_a_state_that_cannot_be_known_is_bound_by_all_of_them() -> None:
    pack = current()
    somewhere = set(pack.rules_for(frozenset({"US-??"}), "marketing"))
    for state in STATES:
        assert set(pack.rules_for(frozenset({state}), "marketing")) < somewhere
    assert {rule.jurisdiction[:2] for rule in somewhere} == {"US"}


def test_a_state_is_bound_by_its_country_and_by_no_other_state() -> None:
    rules = current().rules_for(frozenset({"US-FL"}), "marketing")
    assert {rule.jurisdiction for rule in rules} == {"US", "US-FL"}
    assert {rule.jurisdiction for rule in current().rules_for(frozenset({"CA-ON"}), "marketing")} == {"CA"}


def test_california_is_not_canada() -> None:
    canada = current().rules_for(frozenset({"CA"}), "marketing")
    assert all(rule.jurisdiction == "CA" for rule in canada)
    assert "US-CA" in {rule.jurisdiction for rule in current().rules_for(frozenset({"US-CA"}), "marketing")}


def test_the_version_is_the_newest_review_and_changes_with_every_byte() -> None:
    first = parse({"a.toml": GOOD, "b.toml": SETTING})
    assert first.version.startswith("2026-12-01.")
    assert parse({"b.toml": SETTING, "a.toml": GOOD}).version == first.version
    assert parse({"a.toml": GOOD + "# a remark\n", "b.toml": SETTING}).version != first.version
    assert parse({"c.toml": GOOD, "b.toml": SETTING}).version != first.version
    assert len(current().version) <= 40


def test_every_file_of_the_folder_is_read() -> None:
    names = {item.name for item in files("consent").joinpath("rulepacks").iterdir()}
    assert {"us.toml", "ca.toml", "gb.toml", "fr.toml", "everywhere.toml"} <= names
    assert current().setting("answer_within_hours") == 24


def test_an_unknown_setting_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        current().setting("patience")


FIELDS = "jurisdiction by purpose weekdays confidence source reviewer effective_from review_date"


@pytest.mark.parametrize("field", FIELDS.split())
def test_a_row_that_lacks_a_field_is_refused_by_name(field: str) -> None:
    lacking = "\n".join(line for line in GOOD.splitlines() if not line.startswith(field))
    with pytest.raises(RulePackError, match=f"x.toml: rule 1: {field} is missing"):
        parse({"x.toml": lacking})


@pytest.mark.parametrize(
    ("was", "becomes", "problem"),
    [
        ('"A statute"', '""', "source cannot be ''"),
        ('"policy"', '"certain"', "confidence cannot be 'certain'"),
        ('"marketing"', '"conversational"', "purpose must be one of marketing, informational"),
        ('"10:00-20:00"', '"20:00-10:00"', "does not end after it begins"),
        ('"10:00-20:00"', '"10:00-25:00"', "does not end after it begins"),
        ('"10:00-20:00"', '"ten to eight"', "is not .none. or hours"),
        ('"10:00-20:00"', "10", "is not .none. or hours"),
        ("2026-01-01", '"2026-01-01"', "effective_from cannot be"),
        ("review_date = 2026-11-22", "review_date = 2026-11-22\ncap = 3", "unknown cap"),
        ("review_date = 2026-11-22", 'review_date = 2026-11-22\nholidays = "never"', "holidays cannot be"),
        (
            "review_date = 2026-11-22",
            "review_date = 2026-11-22\ncap_per_day = true",
            "cap_per_day cannot be True",
        ),
        ("review_date = 2026-11-22", "review_date = 2026-11-22\ncap_per_day = 3", "cap_counts"),
        ('"policy"', '"conflicting"', "disagreement is missing"),
        ('"law"', '"custom"', "by cannot be 'custom'"),
        (
            "review_date = 2026-11-22",
            'review_date = 2026-11-22\nfriday = "late"',
            "friday: 'late' is not .none. or hours",
        ),
        (
            "review_date = 2026-11-22",
            "review_date = 2026-11-22\neffective_until = 2026-01-01",
            "effective_until must come after effective_from",
        ),
    ],
)
def test_a_wrong_row_is_refused_with_its_file_row_and_field(was: str, becomes: str, problem: str) -> None:
    assert was in GOOD
    with pytest.raises(RulePackError, match=f"x.toml: rule 1.*{problem}"):
        parse({"x.toml": GOOD.replace(was, becomes)})


def test_an_unknown_table_is_refused() -> None:
    with pytest.raises(RulePackError, match=r"x.toml: unknown table rules"):
        parse({"x.toml": GOOD.replace("[[rule]]", "[[rules]]")})


def test_a_row_may_follow_the_sunday_hours_on_holidays() -> None:
    row = GOOD + 'sunday = "12:00-17:00"\nholidays = "sunday"\n'
    [rule] = parse({"x.toml": row}).rules
    assert rule.hours_on(dt.date(2026, 12, 25)) == (12 * 60, 17 * 60)
    assert rule.hours_on(dt.date(2026, 12, 24)) == (10 * 60, 20 * 60)


def test_a_day_of_the_week_may_have_hours_of_its_own() -> None:
    [rule] = parse({"x.toml": GOOD + 'friday = "10:00-13:00"\nsunday = "none"\n'}).rules
    assert [text(hours) for hours in rule.week] == ["10-20"] * 4 + ["10-13", "10-20", "none"]


def test_two_rows_of_one_subject_at_once_are_refused_by_name() -> None:
    second = GOOD.replace("2026-01-01", "2026-06-01")
    with pytest.raises(
        RulePackError, match=r"^x.toml: rule 2: US marketing by law is in effect .* x.toml: rule 1 still is"
    ):
        parse({"x.toml": GOOD + second})
    with pytest.raises(RulePackError, match=r"y.toml: rule 1: US marketing by law .* x.toml: rule 1"):
        parse({"x.toml": GOOD, "y.toml": GOOD})


def test_a_row_may_follow_another_from_the_day_on_which_that_ends() -> None:
    first = GOOD + "effective_until = 2026-06-01\n"
    pack = parse({"x.toml": first + GOOD.replace("2026-01-01", "2026-06-01")})
    days = (dt.date(2026, 5, 31), dt.date(2026, 6, 1))
    assert [[rule.is_in_effect(day) for rule in pack.rules] for day in days] == [[True, False], [False, True]]
    too_late = GOOD + "effective_until = 2026-06-02\n"
    with pytest.raises(RulePackError, match="rule 2"):
        parse({"x.toml": too_late + GOOD.replace("2026-01-01", "2026-06-01")})


def test_the_house_may_be_stricter_than_the_law_at_the_same_time() -> None:
    pack = parse({"x.toml": GOOD + GOOD.replace('"law"', '"house"')})
    assert {rule.by for rule in pack.rules} == {"law", "house"}


INHERITED = """
[[inherited]]
jurisdiction = "US-FL"
inherits = "US"
confidence = "unverified"
source = "Nobody"
reviewer = "Counsel"
effective_from = 2026-01-01
review_date = 2026-11-22
"""


def test_a_state_has_a_law_of_its_own_or_inherits_but_not_both_at_once() -> None:
    florida = GOOD.replace('"US"', '"US-FL"')
    with pytest.raises(RulePackError, match=r"x.toml: inherited 1: US-FL: has rules of its own or inherits"):
        parse({"x.toml": florida + INHERITED})
    parse(
        {"x.toml": florida + "effective_until = 2026-06-01\n" + INHERITED.replace("2026-01-01", "2026-06-01")}
    )
    parse({"x.toml": florida.replace('"law"', '"house"') + INHERITED})


def test_a_file_that_is_no_toml_is_refused_by_name() -> None:
    with pytest.raises(RulePackError, match=r"^x.toml: "):
        parse({"x.toml": "[[rule"})


def test_a_proposed_pack_is_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "us.toml").write_text(GOOD)
    (tmp_path / "readme.md").write_text("not a pack")
    assert [rule.jurisdiction for rule in proposed(tmp_path).rules] == ["US"]
    with pytest.raises(RulePackError, match="is not a folder"):
        proposed(tmp_path / "nowhere")
    (tmp_path / "us.toml").unlink()
    with pytest.raises(RulePackError, match=r"holds no .toml file with rules"):
        proposed(tmp_path)
