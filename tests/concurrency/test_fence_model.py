"""The model of the fence: nothing goes wrong in any interleaving, and without any one of its rules something does."""

import dataclasses

import pytest

from tests.concurrency.fence_model import Rules, explore

RULES = [rule.name for rule in dataclasses.fields(Rules)]


def test_no_interleaving_breaks_it() -> None:
    explored = explore(Rules())
    assert explored.wrong == "", "\n".join(explored.way)
    assert explored.states > 10_000


@pytest.mark.parametrize("rule", RULES)
def test_without_any_one_of_its_rules_it_breaks(rule: str) -> None:
    explored = explore(dataclasses.replace(Rules(), **{rule: False}))
    expected = "doubled" if rule == "looks_before_a_second_try" else "after_stop"
    assert explored.wrong == expected


def test_it_tells_the_shortest_way_to_what_is_wrong() -> None:
    explored = explore(Rules(stop_waits_for_what_is_sending=False))
    assert explored.way[-1].endswith("has it accepted")
    assert "STOP is answered" in explored.way
