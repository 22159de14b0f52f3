"""Calls of the same moment are done as one, and each caller gets what is its own."""

import threading
from collections.abc import Sequence

import pytest

from webhooks.together import Together


class Work:
    """Doubles numbers; the first batch waits until the test lets it go on."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, items: Sequence[int]) -> list[int]:
        self.batches.append(list(items))
        if len(self.batches) == 1:
            self.begun.set()
            assert self.go_on.wait(10)
        if 13 in items:
            raise ValueError("thirteen")
        return [2 * item for item in items]


def ask(together: Together[int, int], items: Sequence[int], work: Work) -> dict[int, object]:
    """Call it once alone with 0, and with all the others while that is being worked on."""
    told: dict[int, object] = {}

    def call(position: int, item: int) -> None:
        try:
            told[position] = together(item)
        except ValueError as error:
            told[position] = error

    first = threading.Thread(target=call, args=(-1, 0))
    first.start()
    assert work.begun.wait(10)
    others = []
    for position, item in enumerate(items):
        others.append(threading.Thread(target=call, args=(position, item)))
        others[-1].start()
        while len(together._waiting) <= position and others[-1].is_alive():
            pass  # one after the other, so that their order is known
    work.go_on.set()
    for thread in (first, *others):
        thread.join(10)
    return told


def test_those_who_come_meanwhile_share_one_batch() -> None:
    work = Work()
    told = ask(Together(work, key=str, most=10), [1, 2, 3], work)
    assert work.batches == [[0], [1, 2, 3]]
    assert told == {-1: 0, 0: 2, 1: 4, 2: 6}


def test_a_batch_holds_no_more_than_it_may_and_no_two_of_a_kind() -> None:
    work = Work()
    together = Together(work, key=lambda item: item % 10, most=2)
    told = ask(together, [1, 11, 2, 3], work)
    assert work.batches == [[0], [1, 2], [11, 3]]
    assert told == {-1: 0, 0: 2, 1: 22, 2: 4, 3: 6}


def test_what_goes_wrong_is_told_to_the_callers_of_that_batch_alone() -> None:
    work = Work()
    together = Together(work, key=str, most=2)
    told = ask(together, [12, 13, 14], work)
    assert [type(told[position]) for position in range(3)] == [ValueError, ValueError, int]
    assert together(21) == 42


def test_alone_it_is_the_work_itself() -> None:
    together = Together[int, int](lambda items: [item + 1 for item in items], key=str, most=5)
    assert [together(item) for item in (1, 2)] == [2, 3]
    with pytest.raises(ZeroDivisionError):
        Together[int, float](lambda items: [1 / item for item in items], key=str, most=5)(0)
