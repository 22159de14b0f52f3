"""The doubt that a reply raises as a whole: a linear classifier over its letters, words, their stems and concepts.

It was trained on labelled replies (`python -m benchmarks.opt_out_language.train`) and can only make a reply
that the phrases found ordinary wait for a person. It never closes a number, and never clears anything.
"""

import json
import math
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from consent import vocabulary

BUCKETS = 1 << 18
_SHORTEST, _LONGEST = 2, 5
# What a word keeps in most of its forms: unsu(bscribe), mens(ajes).
_STEM = 4
# A reply says what it says in far less; a flood of text must not cost seconds.
_MOST_WORDS = 150


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learned: a weight per bucket in units of `scale`, and the score from which a reply is held."""

    buckets: "array[int]"
    scale: float
    bias: float
    threshold: float
    trained_on: str


def is_raised(clauses: Sequence[Sequence[str]]) -> bool:
    """Whether the clauses of a reply resemble, as a whole, what people write who want to stop."""
    return score(clauses, weights()) >= weights().threshold


def score(clauses: Sequence[Sequence[str]], learned: Weights) -> float:
    """The log-odds that the reply is an opt-out, as the classifier sees it."""
    return learned.bias + learned.scale * sum(
        value * learned.buckets[bucket] for bucket, value in features(clauses).items()
    )


def features(clauses: Sequence[Sequence[str]]) -> dict[int, float]:
    """The weight of each bucket for a reply; letters, words, stems and concepts count the same in all."""
    families: tuple[set[str], ...] = (set(), set(), set(), set())
    for clause in _shortened(clauses):
        families[0].update(_letters(clause))
        families[1].update(_words(clause))
        families[2].update(_stems(clause))
        families[3].update(_concepts(clause))
    found: dict[int, float] = {}
    for family in families:
        for feature in family:
            bucket = zlib.crc32(feature.encode()) % BUCKETS
            found[bucket] = found.get(bucket, 0.0) + 1 / math.sqrt(len(family))
    return found


@cache
def weights() -> Weights:
    """The weights that are in use: `doubt.bin`."""
    return read(files("consent").joinpath("doubt.bin").read_bytes())


def read(stored: bytes) -> Weights:
    """Weights as they are stored: one line of JSON, then a signed byte per bucket."""
    head, _, body = stored.partition(b"\n")
    return Weights(buckets=array("b", body), **json.loads(head))


def _shortened(clauses: Sequence[Sequence[str]]) -> Iterator[Sequence[str]]:
    """The last words of a reply: people first tell their story, and then ask."""
    left = _MOST_WORDS
    for clause in reversed(clauses):
        yield clause[-left:]
        left -= len(clause)
        if left <= 0:
            return


def _letters(clause: Sequence[str]) -> Iterator[str]:
    for word in clause:
        padded = f" {word} "
        for length in range(_SHORTEST, _LONGEST + 1):
            for start in range(len(padded) - length + 1):
                yield padded[start : start + length]


def _words(clause: Sequence[str]) -> Iterator[str]:
    before = "^"
    for word in clause:
        yield f"word {word}"
        yield f"pair {before} {word}"
        before = word
    yield f"pair {before} $"


def _stems(clause: Sequence[str]) -> Iterator[str]:
    before = "^"
    for word in clause:
        stem = word[:_STEM]
        yield f"stem {stem}"
        yield f"stems {before} {stem}"
        before = stem
    yield f"stems {before} $"


def _concepts(clause: Sequence[str]) -> Iterator[str]:
    """The concepts of a clause and their order, in its likeliest language: the same for every language."""
    spoken = vocabulary.spoken(clause)
    if not spoken:
        return
    before = "^"
    for word in clause:
        letters = vocabulary.meaning(word, spoken[0].code)
        for letter in letters:
            yield f"concept {letter}"
            yield from (f"concepts {each}{letter}" for each in before)
        before = letters or before
