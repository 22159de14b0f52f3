"""Slips of the finger: which long word was meant by one that is nearly it."""

from collections.abc import Iterable, Mapping

# Shorter words lie too near to each other: stop, shop, step.
SHORTEST = 7


def is_one_slip(word: str, target: str) -> bool:
    """Whether one letter added, dropped, changed or two neighbours swapped turns `target` into `word`."""
    start = 0
    while start < min(len(word), len(target)) and word[start] == target[start]:
        start += 1
    end = 0
    while end < min(len(word), len(target)) - start and word[-1 - end] == target[-1 - end]:
        end += 1
    one, other = word[start : len(word) - end], target[start : len(target) - end]
    return max(len(one), len(other)) == 1 or (len(one) == 2 and one == other[::-1])  # noqa: PLR2004 - a swapped pair


def index(words: Iterable[str]) -> dict[str, list[str]]:
    """The long ones of some words by each way to leave one of their letters out, for `meant`."""
    found: dict[str, list[str]] = {}
    for word in words:
        if len(word) >= SHORTEST:
            for way in _one_left_out(word):
                found.setdefault(way, []).append(word)
    return found


def meant(word: str, indexed: Mapping[str, list[str]]) -> str:
    """The indexed word that `word` misses by one slip, or ""."""
    if len(word) < SHORTEST - 1:
        return ""
    near = (target for way in _one_left_out(word) for target in indexed.get(way, ()))
    return next((target for target in near if is_one_slip(word, target)), "")


def _one_left_out(word: str) -> list[str]:
    return [word, *(word[:n] + word[n + 1 :] for n in range(len(word)))]
