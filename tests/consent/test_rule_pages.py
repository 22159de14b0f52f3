"""The pages about rules and packs say what the code and the data say."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from consent import gate, rule_pages, rule_tables
from consent.management.commands import rules_docs
from consent.reasons import Reason
from consent.rule_pack import current

DAY = dt.date(2026, 11, 22)


def test_the_pages_in_docs_are_current() -> None:
    call_command("rules_docs", "--check")


def test_a_page_that_was_edited_by_hand_is_found(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ANN001
    monkeypatch.setattr(rules_docs, "DOCS", tmp_path)
    with pytest.raises(CommandError, match=r"docs/rules\.md"):
        call_command("rules_docs", "--check")
    call_command("rules_docs", verbosity=0)
    call_command("rules_docs", "--check")
    (tmp_path / "rule-packs.md").write_text("my own words")
    with pytest.raises(CommandError, match=r"docs/rule-packs\.md"):
        call_command("rules_docs", "--check")


def test_every_rule_has_a_line_with_its_words() -> None:
    told = list(rule_pages.rules())
    assert len(told) == len({judge for judges in gate.RULES.values() for judge in judges})
    assert all(title and len(words) > 20 for title, words, _ in told)
    assert len({title for title, _, _ in told}) == len(told)


def test_every_reason_is_in_words() -> None:
    page = rule_pages.rules_page()
    assert all(f"`{reason.value}`" in page for reason in Reason)


def test_every_place_is_in_the_table_and_on_the_map() -> None:
    found = rule_tables.places(current(), DAY)
    assert len(found) == len(current().countries) + 56
    on_map = {tile.place.code for tile in rule_tables.tiles(found)}
    assert on_map == {place.code for place in found} - {"US"}
    spots = [(tile.left, tile.top) for tile in rule_tables.tiles(found)]
    assert len(set(spots)) == len(spots)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("US", "Mon–Sat 10:00–20:00, Sun 12:00–17:00"),
        ("US-WY", "Mon–Sat 10:00–20:00, Sun 12:00–17:00"),
        ("US-AL", "Mon–Sat 10:00–20:00, Sun none"),
        ("US-RI", "Mon–Fri 10:00–18:00, Sat 10:00–17:00, Sun 12:00–17:00"),
        ("FR", "Mon–Fri 10:00–20:00, Sat 10:00–19:00, Sun none"),
    ],
)
def test_the_hours_of_a_place_are_those_that_all_its_rows_leave(code: str, words: str) -> None:
    [place] = [place for place in rule_tables.places(current(), DAY) if place.code == code]
    assert place.words == words


def test_every_row_of_every_kind_is_on_the_page_with_its_source() -> None:
    page = rule_pages.packs_page(current())
    pack = current()
    assert all(row.source in page for row in pack.rows)
    assert all(row.disagreement.rstrip(".") in page for row in pack.rules)
    assert all(row.name in page for row in pack.requirements)
    assert pack.version in page
